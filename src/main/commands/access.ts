import type { Api } from '../../shared/api.ts';
import { createClient, createEvents, type OnEvent } from '../../shared/client.ts';
import type { Bridge, Client } from '../../shared/contract.ts';
import { reachNode } from '../control/controlclient.ts';
import { untilAborted } from '../engine/lib/abort.ts';
import { commandError } from './errors.ts';

/** What a command speaks to: the node that runs, or, where that is enough, the data folder through the same handlers. */
export interface NodeAccess {
  readonly client: Client<Api>;
  readonly onEvent: OnEvent<Api>;
  readonly isRunning: boolean;
  /** Resolves when a node that ran cannot be reached any more. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface AccessOptions {
  readonly dataDir: string;
  /** `node`: without one there is nothing to say. `folder`: the data folder is enough. */
  readonly needs: 'node' | 'folder';
  readonly signal: AbortSignal;
}

export type OpenAccess = (options: AccessOptions) => Promise<NodeAccess>;

/** @throws CommandError NODE_NOT_RUNNING; or an abort error */
export const openAccess: OpenAccess = async ({ dataDir, needs, signal }) => {
  const bridge = await reachNode(dataDir, { signal });
  if (bridge) {
    const { closed } = bridge;
    return { ...speaking(bridge, signal), isRunning: true, closed, close: async () => bridge.close() };
  }
  if (needs === 'node') {
    const message = `The node is not running. Start it with "slotkeeper run", or name its data folder with --data (this is ${dataDir}).`;
    throw commandError('NODE_NOT_RUNNING', message);
  }
  return openHere({ dataDir, signal });
};

/** The data folder in this process. Exports of the wallet go to `exportTo`; without it there are none. */
export async function openHere({
  dataDir,
  exportTo,
  signal,
}: {
  dataDir: string;
  exportTo?: string;
  signal: AbortSignal;
}): Promise<NodeAccess> {
  // The engine is large, and most commands have no need of it.
  const { openFolder } = await import('./folder.ts');
  const folder = await openFolder(dataDir, exportTo === undefined ? {} : { exportTo });
  const forever = new Promise<void>(() => {});
  return { ...speaking(folder.bridge, signal), isRunning: false, closed: forever, close: folder.close };
}

/** A client whose calls end when the command is interrupted. */
function speaking(bridge: Bridge, signal: AbortSignal): Pick<NodeAccess, 'client' | 'onEvent'> {
  const whole = createClient<Api>(bridge) as Record<string, (input: unknown) => Promise<unknown>>;
  const client = new Proxy(whole, {
    get: (target, name) => {
      const call = typeof name === 'string' ? target[name] : undefined;
      return call && ((input: unknown) => untilAborted(call(input), signal));
    },
  });
  return { client: client as Client<Api>, onEvent: createEvents<Api>(bridge) };
}
