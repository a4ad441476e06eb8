import { createContext, use, useEffect, useSyncExternalStore, type ReactNode } from 'react';
import type { TableName, Tables } from '../../../shared/rows.ts';
import { chainSpeed, chainTime, useWallNow } from '../lib/now.ts';
import type { Connection } from './connect.ts';
import type { Fold } from './folds.ts';
import type { LiveStatus } from './live-store.ts';

/** Starts the live rows and gives the connection to everything below. */
export function NodeProvider({ connection, children }: { connection: Connection; children: ReactNode }) {
  const { live } = connection;
  useEffect(() => {
    live.start();
    return () => live.stop();
  }, [live]);
  return <ConnectionContext value={connection}>{children}</ConnectionContext>;
}

export function useConnection(): Connection {
  const connection = use(ConnectionContext);
  if (!connection) throw new Error('No NodeProvider above');
  return connection;
}

/** All rows of a table by id; renders again when one of them changes. */
export function useTable<Name extends TableName>(name: Name): ReadonlyMap<string, Tables[Name]> {
  const { subscribe, getSnapshot } = useConnection().live.table(name);
  return useSyncExternalStore(subscribe, getSnapshot);
}

/** Something worked out from a table; renders again when that is another value, not with each row. */
export function useFolded<Name extends TableName, T>(fold: Fold<Name, T>): T {
  const { subscribe, getSnapshot } = useConnection().live.folded(fold);
  return useSyncExternalStore(subscribe, getSnapshot);
}

/** What `pick` finds in a table; renders again when that is another one. */
export function usePicked<Name extends TableName, T>(
  name: Name,
  pick: (rows: ReadonlyMap<string, Tables[Name]>) => T,
): T {
  const { subscribe, getSnapshot } = useConnection().live.table(name);
  return useSyncExternalStore(subscribe, () => pick(getSnapshot()));
}

/** The one row of a table that has only one, whose id is the table's name. */
export const useOnly = <Name extends 'node' | 'chain' | 'wallet' | 'peers' | 'storage' | 'money'>(
  name: Name,
): Tables[Name] | undefined => usePicked(name, (rows) => rows.get(name));

export function useLiveStatus(): LiveStatus {
  const { subscribe, getSnapshot } = useConnection().live.status;
  return useSyncExternalStore(subscribe, getSnapshot);
}

/** Whether there are rows to show: before the first snapshot there is only the skeleton. */
export const useIsLoading = (): boolean => useLiveStatus().name === 'connecting';

/** Chain time that goes on between blocks, Unix seconds. It stops when what is shown is stale. */
export function useChainNow(): number {
  const chain = useOnly('chain');
  const node = useOnly('node');
  const status = useLiveStatus();
  const wallMs = useWallNow();
  if (!chain) return Math.floor(wallMs / 1000);
  return chainTime(chain, chainSpeed(node), status.name === 'stale' ? status.sinceMs : wallMs);
}

export function useToken(): { symbol: string; decimals: number } {
  return useOnly('node')?.token ?? usualToken;
}

const usualToken = { symbol: 'TST', decimals: 18 };
const ConnectionContext = createContext<Connection | undefined>(undefined);
