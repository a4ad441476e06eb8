import { copyFile, readFile, rename } from 'node:fs/promises';
import type { Logger } from '../engine/logger.ts';

/**
 * Makes sure that the chain's state file can be read, before the chain reads it. The chain rewrites the file in place
 * every half minute; when the power fails in that moment it is torn, and the copy from the last start takes its place.
 * Without a copy the torn file is put aside and the chain begins anew.
 */
export async function rescueChainState(file: string, logger: Logger): Promise<void> {
  const copy = `${file}.previous`;
  if (await isReadable(file)) return copyFile(file, copy);
  const hadFile = await moveAside(file);
  const hasCopy = await isReadable(copy);
  if (hasCopy) await copyFile(copy, file);
  if (hadFile)
    logger.warn('The practice chain was torn', { wentBackTo: hasCopy ? 'the last start' : 'nothing' });
}

async function isReadable(file: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(file, 'utf8'));
    return true;
  } catch {
    return false;
  }
}

async function moveAside(file: string): Promise<boolean> {
  try {
    await rename(file, `${file}.torn`);
    return true;
  } catch {
    return false;
  }
}
