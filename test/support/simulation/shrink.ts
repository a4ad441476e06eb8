import type { Action, Plan } from './plan.ts';
import { simulate } from './simulation.ts';

/** The plan with actions left out, first many at a time and then one by one, as long as it fails by the same rule. */
export async function shrunk(plan: Plan, failure: unknown): Promise<Plan> {
  const rule = ruleOf(failure);
  let plays = 0;
  const stillFails = async (actions: readonly Action[]) =>
    ++plays <= MAX_PLAYS && ruleOf((await simulate({ ...plan, actions })).failure) === rule;
  let { actions } = plan;
  for (let size = Math.ceil(actions.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < actions.length;) {
      const fewer = actions.toSpliced(from, size);
      if (await stillFails(fewer)) actions = fewer;
      else from += size;
    }
  }
  return { ...plan, actions };
}

const MAX_PLAYS = 200;

/** The words of a violation without its facts. */
const ruleOf = (failure: unknown): string => String(failure).split(/ [{[]|0x/)[0] ?? '';
