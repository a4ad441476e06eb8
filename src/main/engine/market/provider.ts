import type { Deployment } from '../contracts/deployment.ts';
import { isEngineError } from '../errors.ts';
import { throwIfAborted } from '../lib/abort.ts';
import type { Logger } from '../logger.ts';
import { checkClock, checkCode, checkMarketplace, untilSynced, type CheckedMarketplace } from './checks.ts';
import { Contract } from './contract.ts';
import { MarketError } from './errors.ts';
import type { Servers } from './rpc.ts';
import type { ServerStatus } from './servers/health.ts';
import { openServers, type ServersOptions } from './servers/open.ts';
import type { ServerPool } from './servers/pool.ts';

/** A checked way to a marketplace. */
export interface Connection extends CheckedMarketplace {
  readonly rpc: Servers;
  readonly marketplace: Contract;
  /** How well each server serves. */
  readonly servers: () => readonly ServerStatus[];
  /** Told when a server becomes better or worse, or another one is used. Returns the unsubscribe. */
  readonly onServers: (listener: (servers: readonly ServerStatus[]) => void) => () => void;
  /** Ends all connections; calls under way reject. */
  close(): void;
}

export interface ConnectModules {
  /** Servers of the same chain, the preferred first. */
  rpcUrls: readonly string[];
  deployment: Deployment;
  logger: Logger;
}

/**
 * Reaches the chain and makes sure that it is the right one, that there is a contract at the address, and that it is a
 * marketplace of the family the ABI describes. A server of another chain is left out as long as there is one that is right.
 * @throws MarketError CHAIN_UNREACHABLE, WRONG_CHAIN, NO_CONTRACT, NOT_A_MARKETPLACE, WRONG_FAMILY; each message says what
 *   to do
 */
export async function connect(
  { rpcUrls, deployment, logger }: ConnectModules,
  { signal, servers = {} }: { signal: AbortSignal; servers?: ServersOptions },
): Promise<Connection> {
  throwIfAborted(signal);
  const { abi, chainId, marketplace: address } = deployment;
  const rpc = openServers({ rpcUrls, chainId, abi, logger }, servers);
  const checks = { rpc, deployment, logger };
  try {
    await reach(() => untilSynced(checks, { signal }), rpc);
    await checkCode(checks, { signal });
    const checked = await checkMarketplace(checks, { signal });
    await checkClock(checks, { signal });
    rpc.start();
    return {
      ...checked,
      rpc,
      marketplace: new Contract({ address, abi, rpc }),
      servers: () => rpc.status,
      onServers: (listener) => rpc.changes.subscribe(listener),
      close: () => rpc.close(),
    };
  } catch (error) {
    rpc.close();
    throw error;
  }
}

async function reach(ask: () => Promise<void>, pool: ServerPool): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!isEngineError(error, 'CHAIN_UNREACHABLE')) throw error;
    const servers = pool.status.map(({ server, reason }) => ({ server, reason }));
    const each = servers.map(({ server, reason }) =>
      reason === undefined ? server : `${server} (${reason})`,
    );
    const message = `No answer from ${each.join(', ')}. Check that the address is right and that this computer is online.`;
    throw new MarketError('CHAIN_UNREACHABLE', { servers }, { message, cause: error });
  }
}
