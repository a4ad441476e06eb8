import { copyFile, readFile, rename } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { sleep } from '../engine/lib/retry.ts';
import type { Logger } from '../engine/logger.ts';
import { writeFileDurably } from '../engine/stores/durablefile.ts';
import type { Chain } from './chain.ts';

/**
 * Keeps the chain's state in a file, whole at any moment: a chain that is killed goes on from a few seconds before. The
 * chain could write the file itself, but in place, and so seldom that a kill takes back what hosts were promised.
 */
export class StateKeeper {
  readonly #chain: Pick<Chain, 'head' | 'dumpState'>;
  readonly #file: string;
  readonly #logger: Logger;
  readonly #sleep: typeof sleep;
  #savedBlock: number | undefined;

  constructor({ chain, file, logger }: StateKeeperModules, options: { sleep?: typeof sleep } = {}) {
    this.#chain = chain;
    this.#file = file;
    this.#logger = logger;
    this.#sleep = options.sleep ?? sleep;
  }

  /** Saves again and again until the signal aborts, then rejects with an abort error. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const begunMs = performance.now();
      await this.save();
      await this.#sleep(Math.max(PAUSE_MS, PAUSE_FACTOR * (performance.now() - begunMs)), signal);
    }
  }

  /** Saves the state if there was a block since. What fails is logged: then the file holds what it held before. */
  async save(): Promise<void> {
    const block = this.#chain.head.number;
    if (block === this.#savedBlock) return;
    try {
      await writeFileDurably(this.#file, await inflate(await this.#chain.dumpState()));
      this.#savedBlock = block;
    } catch (error) {
      this.#logger.warn('The state of the practice chain was not saved', { error });
    }
  }
}

interface StateKeeperModules {
  chain: Pick<Chain, 'head' | 'dumpState'>;
  file: string;
  logger: Logger;
}

const inflate = promisify(gunzip);

const PAUSE_MS = 2000;
/** A chain that has grown takes long to save; it is saved more seldom, so that it has time for its blocks. */
const PAUSE_FACTOR = 10;

/**
 * Makes sure that the chain's state file can be read, before the chain reads it. One that a faulty disk has torn gives
 * way to the copy from the last start; without a copy it is put aside and the chain begins anew.
 * Resolves with whether there is a state to go on from.
 */
export async function rescueChainState(file: string, logger: Logger): Promise<boolean> {
  const copy = `${file}.previous`;
  if (await isReadable(file)) {
    await copyFile(file, copy);
    return true;
  }
  const hadFile = await moveAside(file);
  const hasCopy = await isReadable(copy);
  if (hasCopy) await copyFile(copy, file);
  if (hadFile)
    logger.warn('The practice chain was torn', { wentBackTo: hasCopy ? 'the last start' : 'nothing' });
  return hasCopy;
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
