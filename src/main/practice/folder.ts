import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MarketFamily } from '../engine/contracts/family.ts';
import { PracticeError } from './errors.ts';
import { claimMark, endMarked, markOf, readMark } from './processes.ts';

/** Where the practice network keeps what it needs to go on after a restart. */
export interface PracticeFolder {
  readonly path: string;
  /** Accounts and addresses. */
  readonly deploymentFile: string;
  readonly chainStateFile: string;
  /** The chain's own, which would else be in the home folder. */
  readonly cacheFolder: string;
  readonly anvilPidFile: string;
  readonly datasetsFolder: string;
  release(): Promise<void>;
}

/** Where the network of a family lives, within the practice folder: neither ever opens the other's chain. */
export const folderOf = (path: string, family: MarketFamily): string =>
  family === 'direct' ? path : join(path, family);

/**
 * Takes the folder for this process until `release()`. A claim of a process that is gone does not count.
 * @throws PracticeError PRACTICE_FOLDER_IN_USE
 */
export async function claimFolder(path: string): Promise<PracticeFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const ownerFile = ownerFileIn(path);
  await claim(path, ownerFile);
  return {
    path,
    deploymentFile: deploymentFileIn(path),
    chainStateFile: join(path, 'chain.json'),
    cacheFolder: join(path, 'cache'),
    anvilPidFile: anvilPidFileIn(path),
    datasetsFolder: join(path, 'datasets'),
    release: () => rm(ownerFile, { force: true }),
  };
}

/** Ends the chain of an owner that was killed. One whose owner lives is left alone. */
export async function endAbandonedChain(path: string): Promise<void> {
  if (!(await readMark(ownerFileIn(path)))) await endMarked(anvilPidFileIn(path));
}

export const deploymentFileIn = (path: string): string => join(path, 'practice.json');
const ownerFileIn = (path: string): string => join(path, 'owner.pid');
const anvilPidFileIn = (path: string): string => join(path, 'anvil.pid');

async function claim(path: string, ownerFile: string): Promise<void> {
  const own = markOf(process.pid);
  if (!own) throw new PracticeError('CHAIN_FAILED', 'The list of processes cannot be read on this machine.');
  for (let attempt = 1; !(await claimMark(ownerFile, own)); attempt++) {
    const owner = await readMark(ownerFile);
    if (owner || attempt > 2) throw inUse(path, owner?.pid);
    await rm(ownerFile, { force: true });
  }
}

function inUse(path: string, pid: number | undefined): PracticeError {
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new PracticeError(
    'PRACTICE_FOLDER_IN_USE',
    `The practice network in ${path} is in use by ${who}. Close the other Slotkeeper, or choose another data folder.`,
    { path, pid },
  );
}
