import { askedAtTerminal } from '../../src/main/confirm.ts';
import type { NetworkHandlerModules } from '../../src/main/ipc/network-handlers.ts';
import { silentLogger } from '../../src/main/engine/logger.ts';
import type { AskServer } from '../../src/main/networks/ask-server.ts';
import { Networks } from '../../src/main/networks/networks.ts';
import { StorageMover } from '../../src/main/storage-mover.ts';

/** What the calls about networks need, over a folder of a test. No server answers unless `ask` does. */
export function aNetworkDesk(
  dataDir: string,
  { ask = noServer }: { ask?: AskServer } = {},
): NetworkHandlerModules & { readonly storage: StorageMover } {
  const networks = new Networks({ dataDir, ask });
  const storage = new StorageMover({ dataDir, logger: silentLogger });
  return { networks, storage, dataDir, confirm: askedAtTerminal, signal: new AbortController().signal };
}

const noServer: AskServer = async (url) => {
  throw new Error(`Nobody answers at ${url} in this test`);
};
