import { untilAborted } from '../../src/main/engine/lib/abort.ts';

/** What a fake was told to do at its next calls, by method: fail, answer otherwise, or wait. First told, first done. */
export class Script<Method extends string> {
  readonly #planned = new Map<Method, Planned[]>();

  /** With `after: true` the call takes effect and then fails, as when the answer got lost. */
  fail(
    method: Method,
    error: unknown,
    { times = 1, after = false }: { times?: number; after?: boolean } = {},
  ): void {
    for (let i = 0; i < times; i++) this.#plan(method, { kind: 'fail', error, after });
  }

  answer(method: Method, value: unknown): void {
    this.#plan(method, { kind: 'answer', value });
  }

  /** With `after: true` the call takes effect and its answer waits. */
  delay(method: Method, { after = false }: { after?: boolean } = {}): Delay {
    const gate = withResolvers();
    const reached = withResolvers();
    this.#plan(method, { kind: 'delay', gate: gate.promise, reached: reached.resolve, after });
    return { reached: reached.promise, release: gate.resolve };
  }

  /** Runs `effect` the way the next plan for the method says. Before the effect the signal counts, after it does not. */
  async run<T>(method: Method, signal: AbortSignal, effect: () => T): Promise<T> {
    const plan = this.#planned.get(method)?.shift();
    if (plan?.kind === 'fail' && !plan.after) throw plan.error;
    if (plan?.kind === 'delay' && !plan.after) {
      plan.reached();
      await untilAborted(plan.gate, signal);
    }
    if (plan?.kind === 'answer') return plan.value as T;
    const result = effect();
    if (plan?.kind === 'fail') throw plan.error;
    if (plan?.kind === 'delay' && plan.after) {
      plan.reached();
      await plan.gate;
    }
    return result;
  }

  #plan(method: Method, plan: Planned): void {
    const plans = this.#planned.get(method) ?? [];
    this.#planned.set(method, plans);
    plans.push(plan);
  }
}

export interface Delay {
  /** Resolves when the call is held. */
  readonly reached: Promise<void>;
  readonly release: () => void;
}

type Planned =
  | { kind: 'fail'; error: unknown; after: boolean }
  | { kind: 'answer'; value: unknown }
  | { kind: 'delay'; gate: Promise<void>; reached: () => void; after: boolean };

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
