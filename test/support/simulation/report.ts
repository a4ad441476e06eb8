import { describeError } from '../../../src/main/engine/errors.ts';
import type { Plan } from './plan.ts';
import { planOf } from './plan.ts';
import { simulate } from './simulation.ts';
import { shrunk } from './shrink.ts';
import type { Trace } from './trace.ts';

/** Plays the schedules of so many seeds. @throws an error that tells the first that failed, small and step by step */
export async function playSeeds(from: number, count: number): Promise<{ steps: number }> {
  let steps = 0;
  for (let seed = from; seed < from + count; seed++) steps += await playSeed(seed);
  return { steps };
}

/** Plays the schedule of a seed, and answers with its number of steps. @throws as `playSeeds` */
export async function playSeed(seed: number): Promise<number> {
  const plan = planOf(seed);
  const { failure, steps } = await simulate(plan);
  if (failure !== undefined) throw await told(plan, failure);
  return steps;
}

async function told(plan: Plan, failure: unknown): Promise<Error> {
  const small = await shrunk(plan, failure);
  const trace: Trace = [];
  const { failure: again, steps } = await simulate(small, { trace });
  const lines = [
    `Seed ${plan.seed}: ${describeError(failure)}`,
    `Play it again: SEED=${plan.seed} npx vitest run --project unit test/main/engine/sales/simulation.test.ts`,
    `With ${small.actions.length} of ${plan.actions.length} actions it fails at step ${steps}: ${describeError(again)}`,
    `profile: ${JSON.stringify(plan.profile, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))}`,
    ...trace.slice(-LINES_SHOWN),
  ];
  return new Error(lines.join('\n'), { cause: failure });
}

const LINES_SHOWN = 160;
