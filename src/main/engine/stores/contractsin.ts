import { join } from 'node:path';
import type { Logger } from '../logger.ts';
import { openDatabase } from './database.ts';
import { diskFiles } from './filesystem.ts';

/** A marketplace that the records of a database speak of; `marketplace` in lower case. */
export interface ContractOfRecords {
  readonly chainId: number;
  readonly marketplace: string;
}

/**
 * On which contracts the node of this folder sold: whose events it followed, and with whom it has accounts. None where
 * no node ever ran. @throws StoreError as `openDatabase`
 */
export async function contractsIn(
  folder: string,
  { logger }: { logger: Logger },
): Promise<ContractOfRecords[]> {
  if (!(await diskFiles.hasFolder(join(folder, 'database')))) return [];
  const database = await openDatabase({ folder, logger });
  try {
    const found = new Map<string, ContractOfRecords>();
    for (const prefix of ['/meta/market/cursor', '/meta/accounts']) {
      for (const [key] of await database.list(prefix)) {
        const [chainId = '', marketplace = ''] = key.slice(prefix.length + 1).split('/');
        if (!/^\d+$/.test(chainId) || !/^0x[\da-f]{40}$/i.test(marketplace)) continue;
        const contract = { chainId: Number(chainId), marketplace: marketplace.toLowerCase() };
        found.set(`${contract.chainId}-${contract.marketplace}`, contract);
      }
    }
    return [...found.values()];
  } finally {
    await database.close();
  }
}
