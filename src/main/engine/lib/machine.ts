import { abortScope, isAborted, throwIfAborted } from './abort.ts';

/**
 * A state machine whose regular part is a table and whose particular part is one function per state.
 *
 * - A step does the state's work and answers with the next state, or with undefined to stay until an event leads away.
 * - An event named in the state's `on` aborts the step, **waits until it has settled**, then enters the state it names.
 *   What the step answers after that no longer counts: the first event to leave wins.
 * - An event the state does not name is dropped. Events raised while a step winds down are judged by the next state.
 * - A final state ends the run with its step, unless that answers with a state to go to after all.
 * - What a step throws goes to `onError`, which names the next state. In a final state it is reported and ends the run.
 */
export type Table<State extends { name: string }, Context, Event extends string> = {
  readonly [Name in State['name']]: {
    readonly step: Step<Extract<State, { name: Name }>, State, Context>;
    readonly on: { readonly [E in Event]?: (state: Extract<State, { name: Name }>) => State };
    readonly final?: true;
  };
};

export type Step<Own, State, Context> = (
  state: Own,
  context: Context,
  signal: AbortSignal,
) => Promise<State | undefined>;

export interface MachineOptions<State extends { name: string }, Context, Event extends string> {
  table: Table<State, Context, Event>;
  context: Context;
  /** Where an error of a step leads. */
  onError: (error: unknown, state: State) => State;
  onEnter?: (state: State, previous: State | undefined) => void;
  /** An error in a final state, after which there is nowhere to go. */
  onFinalError?: (error: unknown, state: State) => void;
}

export class Machine<State extends { name: string }, Context, Event extends string> {
  readonly #options: MachineOptions<State, Context, Event>;
  readonly #events: Event[] = [];
  #state: State | undefined;
  #judge = () => {};

  constructor(options: MachineOptions<State, Context, Event>) {
    this.#options = options;
  }

  /** The state it is in; undefined before `run` and after it ended. */
  get state(): State | undefined {
    return this.#state;
  }

  raise(event: Event): void {
    this.#events.push(event);
    this.#judge();
  }

  /** Resolves with the final state reached; rejects with an abort error when `signal` aborts, after the step settled. */
  async run(initial: State, { signal }: { signal: AbortSignal }): Promise<State> {
    try {
      for (let state = initial; ;) {
        const previous = this.#state;
        this.#state = state;
        this.#options.onEnter?.(state, previous);
        const next = await this.#stay(state, signal);
        if (next === undefined) return state;
        state = next;
      }
    } finally {
      this.#state = undefined;
      this.#events.length = 0;
    }
  }

  /** Everything between entering `state` and knowing the next one; undefined when a final state is done. */
  async #stay(state: State, parent: AbortSignal): Promise<State | undefined> {
    const { step, on, final } = this.#definition(state);
    throwIfAborted(parent);
    using scope = abortScope(parent);
    const outcome = settle(() => step(state, this.#options.context, scope.signal));
    const isDecided = ({ ok, value }: Outcome<State | undefined>) =>
      final === true || !ok || value !== undefined;
    const left = await this.#leftBy({ on, state, decision: outcome.then(isDecided), signal: scope.signal });
    scope.abort();
    const result = await outcome;
    throwIfAborted(parent);
    if (left !== undefined) return left;
    if (result.ok) return result.value;
    if (!final) return this.#options.onError(result.error, state);
    if (!isAborted(result.error)) this.#options.onFinalError?.(result.error, state);
    return undefined;
  }

  /** The state an event leads to; undefined when the step itself decides, or all is called off. */
  #leftBy({ on, state, decision, signal }: Leaving<State, Event>): Promise<State | undefined> {
    return new Promise((resolve) => {
      let hasLeft = false;
      const leave = (next: State | undefined) => {
        if (hasLeft) return;
        hasLeft = true;
        this.#judge = () => {};
        signal.removeEventListener('abort', onAbort);
        resolve(next);
      };
      const onAbort = () => leave(undefined);
      // Judged at the moment it is raised: what comes before the decision counts here, what comes after it in the next state.
      this.#judge = () => {
        for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
          const target = on[event];
          if (target) return leave(target(state));
        }
      };
      signal.addEventListener('abort', onAbort, { once: true });
      void decision.then((isDecided) => isDecided && leave(undefined));
      this.#judge();
    });
  }

  #definition(state: State) {
    return this.#options.table[state.name as State['name']] as unknown as {
      step: Step<State, State, Context>;
      on: { readonly [E in Event]?: (state: State) => State };
      final?: true;
    };
  }
}

interface Leaving<State, Event extends string> {
  on: { readonly [E in Event]?: (state: State) => State };
  state: State;
  /** Whether the step has said where to go, or ended; told when it settles. */
  decision: Promise<boolean>;
  signal: AbortSignal;
}

type Outcome<T> = { ok: true; value: T } | { ok: false; value?: undefined; error: unknown };

async function settle<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error };
  }
}
