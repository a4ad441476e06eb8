import { describeError } from '../../../src/main/engine/errors.ts';
import { faultyLine } from './faultyline.ts';
import { play, type RunReport } from './run.ts';
import { ChainWorld } from './world.ts';

export interface RunsReport extends RunReport {
  readonly runs: number;
  /** How often each fault was done to a question. */
  readonly faults: Readonly<Record<string, number>>;
}

/**
 * Plays the runs of so many seeds, each over a faulty line of its own. What a run does follows from its seed, when it does
 * it from the machine, so a run that failed need not fail again.
 * @throws an error that tells the first that failed
 */
export async function playRuns(from: number, count: number): Promise<RunsReport> {
  const totals: Record<string, number> = {};
  const faults: Record<string, number> = {};
  let world: ChainWorld | undefined;
  try {
    for (let seed = from; seed < from + count; seed++) {
      // The chain's program forgets what it needs for a fork after some hundred blocks and rewinds.
      if ((seed - from) % RUNS_A_CHAIN === 0) {
        await world?.stop();
        world = await ChainWorld.open();
      }
      if (world) await playOne(seed, world, { totals, faults });
    }
  } finally {
    await world?.stop();
  }
  const { blocks = 0, forks = 0, lives = 0, told = 0, takenBack = 0, fills = 0, transactions = 0 } = totals;
  return { runs: count, blocks, forks, lives, told, takenBack, fills, transactions, faults };
}

async function playOne(seed: number, world: ChainWorld, { totals, faults }: Tally): Promise<void> {
  const line = await faultyLine(seed, world.chain.rpcUrl);
  try {
    const report = await play(seed, { world, line });
    for (const [name, value] of Object.entries(report)) totals[name] = (totals[name] ?? 0) + value;
    for (const [name, value] of Object.entries(line.tally())) faults[name] = (faults[name] ?? 0) + value;
  } catch (cause) {
    throw new Error(`Seed ${seed}: ${describeError(cause)}`, { cause });
  } finally {
    await line.close();
  }
}

interface Tally {
  readonly totals: Record<string, number>;
  readonly faults: Record<string, number>;
}

const RUNS_A_CHAIN = 20;
