import type { Deployment } from '../contracts/deployment.ts';
import type { Database } from './database.ts';

/** The last block whose events were handled, kept per contract, so that another chain's cursor is never taken for it. */
export function cursorStore(database: Database, { chainId, marketplace }: Deployment) {
  const key = `/meta/market/cursor/${chainId}/${marketplace}`;
  return {
    async load(): Promise<number | undefined> {
      const text = await database.get(key);
      // What cannot be read counts as none: events are then read from the start, which costs only time.
      return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
    },
    async save(block: number): Promise<void> {
      await database.batch([{ type: 'put', key, value: String(block) }]);
    },
  };
}
