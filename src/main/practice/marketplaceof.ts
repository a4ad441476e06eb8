import { z } from 'zod';
import type { MarketFamily } from '../engine/contracts/family.ts';
import { diskFiles } from '../engine/stores/filesystem.ts';
import { deploymentFileIn, folderOf } from './folder.ts';

/** Where the marketplace of a family stands, in lower case, without starting its network; undefined if nobody can say. */
export async function marketplaceOf(path: string, family: MarketFamily): Promise<string | undefined> {
  try {
    const text = await diskFiles.read(deploymentFileIn(folderOf(path, family)));
    return siteSchema
      .parse(JSON.parse(Buffer.from(text).toString('utf8')))
      .contracts.marketplace.toLowerCase();
  } catch {
    return undefined;
  }
}

const siteSchema = z.object({ contracts: z.object({ marketplace: z.string() }) });
