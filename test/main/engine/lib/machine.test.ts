import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { abortError } from '../../../../src/main/engine/lib/abort.ts';
import { Machine, type Table } from '../../../../src/main/engine/lib/machine.ts';

type State =
  { name: 'start' } | { name: 'working'; job: string } | { name: 'broken'; error: unknown } | { name: 'end' };
type Event = 'cancel' | 'swap' | 'unheard';
type Step<Name extends State['name']> = Table<State, Context, Event>[Name]['step'];

/** Steps are given by the tests; what they do is noted. */
interface Context {
  readonly log: string[];
  readonly start: Step<'start'>;
  readonly working: Step<'working'>;
  readonly end: Step<'end'>;
}

const table = {
  start: {
    step: (state, context, signal) => context.start(state, context, signal),
    on: { cancel: () => ({ name: 'end' }), swap: () => ({ name: 'working', job: 'swapped' }) },
  },
  working: {
    step: (state, context, signal) => context.working(state, context, signal),
    on: { cancel: () => ({ name: 'end' }) },
  },
  broken: { step: async () => ({ name: 'end' }), on: {} },
  end: { step: (state, context, signal) => context.end(state, context, signal), on: {}, final: true },
} as const satisfies Table<State, Context, Event>;

function setUp(steps: Partial<Omit<Context, 'log'>> = {}) {
  const context: Context = {
    log: [],
    start: async () => ({ name: 'working', job: 'first' }),
    working: async () => ({ name: 'end' }),
    end: async () => undefined,
    ...steps,
  };
  const entered: string[] = [];
  const finalErrors: unknown[] = [];
  const machine = new Machine<State, Context, Event>({
    table,
    context,
    onError: (error) => ({ name: 'broken', error }),
    onEnter: (state, previous) => entered.push(`${previous?.name ?? ''}>${state.name}`),
    onFinalError: (error) => finalErrors.push(error),
  });
  const controller = new AbortController();
  const run = () => machine.run({ name: 'start' }, controller);
  return { machine, run, entered, finalErrors, context, abort: () => controller.abort() };
}

/** Stays until it is aborted, then takes a while to wind down. */
const staying =
  (
    log: string[] = [],
  ): ((state: State, context: unknown, signal: AbortSignal) => Promise<State | undefined>) =>
  async (state, _context, signal) => {
    log.push(`${state.name} in`);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    log.push(`${state.name} aborted`);
    await nextTurn();
    log.push(`${state.name} settled`);
    throw abortError(signal);
  };

describe('Machine', () => {
  test('runs the step of the start state, and enters the state a step names', async () => {
    const { run, entered, machine } = setUp();
    expect(await run()).toEqual({ name: 'end' });
    expect(entered).toEqual(['>start', 'start>working', 'working>end']);
    expect(machine.state).toBeUndefined();
  });

  test('tells the state it is in, with its data', async () => {
    const { run, machine, abort } = setUp({ working: staying() });
    const running = run();
    await nextTurn();
    expect(machine.state).toEqual({ name: 'working', job: 'first' });
    abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(machine.state).toBeUndefined();
  });

  test('an event aborts the step once, waits until it has settled, then enters the next state', async () => {
    const log: string[] = [];
    const { run, machine } = setUp({ start: staying(log), end: async () => void log.push('end in') });
    const running = run();
    machine.raise('cancel');
    expect(await running).toEqual({ name: 'end' });
    expect(log).toEqual(['start in', 'start aborted', 'start settled', 'end in']);
  });

  test('a state without an answer of its step stays until an event leads away', async () => {
    const { run, machine } = setUp({ start: async () => undefined });
    const running = run();
    await nextTurn();
    expect(machine.state).toEqual({ name: 'start' });
    machine.raise('cancel');
    expect(await running).toEqual({ name: 'end' });
  });

  test('two events are handled in order', async () => {
    const { run, machine, entered } = setUp({ start: staying(), working: staying() });
    const running = run();
    machine.raise('swap');
    machine.raise('cancel');
    await running;
    expect(entered).toEqual(['>start', 'start>working', 'working>end']);
  });

  test('the first event to leave wins over what the step answers while it winds down', async () => {
    const { run, machine, entered } = setUp({
      start: async (_state, _context, signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { name: 'working', job: 'too late' };
      },
    });
    const running = run();
    machine.raise('cancel');
    await running;
    expect(entered).toEqual(['>start', 'start>end']);
  });

  test('an event raised while a step winds down is judged by the next state', async () => {
    const { run, machine, entered } = setUp({
      start: async (_state, _context, signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        machine.raise('cancel');
        return undefined;
      },
      working: staying(),
    });
    const running = run();
    machine.raise('swap');
    await running;
    expect(entered).toEqual(['>start', 'start>working', 'working>end']);
  });

  test('an event raised once the step has decided is not lost, but judged by the next state', async () => {
    const { run, machine, entered } = setUp({
      start: async () => ({ name: 'working', job: 'first' }),
      working: staying(),
    });
    const running = run();
    // `start` would answer `swap` with another state; by now its step has decided.
    for (let turn = 0; turn < 3; turn++) await Promise.resolve();
    machine.raise('cancel');
    await running;
    expect(entered).toEqual(['>start', 'start>working', 'working>end']);
  });

  test('an event the state does not name is dropped', async () => {
    const { run, machine, entered } = setUp({ start: staying(), working: async () => undefined });
    const running = run();
    machine.raise('unheard');
    machine.raise('swap');
    await nextTurn();
    await nextTurn();
    machine.raise('swap');
    await nextTurn();
    expect(machine.state).toEqual({ name: 'working', job: 'swapped' });
    machine.raise('cancel');
    await running;
    expect(entered).toEqual(['>start', 'start>working', 'working>end']);
  });

  test('an event raised before the run is judged by the first state', async () => {
    const { run, machine, entered } = setUp({ start: staying() });
    machine.raise('cancel');
    await run();
    expect(entered).toEqual(['>start', 'start>end']);
  });

  test('a step may raise an event of its own', async () => {
    const { run, machine, entered } = setUp({
      start: async () => {
        machine.raise('cancel');
        return undefined;
      },
    });
    await run();
    expect(entered).toEqual(['>start', 'start>end']);
  });

  test('what a step throws, early or late, goes to onError, which names the next state', async () => {
    const late = setUp({ working: () => Promise.reject(new Error('no')) });
    await late.run();
    expect(late.entered).toEqual(['>start', 'start>working', 'working>broken', 'broken>end']);
    const early = setUp({
      start: () => {
        throw new Error('at once');
      },
    });
    await early.run();
    expect(early.entered).toEqual(['>start', 'start>broken', 'broken>end']);
  });

  test('calling off aborts the step, waits until it has settled, and is not handed to onError', async () => {
    const log: string[] = [];
    const { run, abort, entered, machine } = setUp({ start: staying(log) });
    const running = run();
    await nextTurn();
    abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(log).toEqual(['start in', 'start aborted', 'start settled']);
    machine.raise('cancel');
    await nextTurn();
    expect(entered).toEqual(['>start']);
  });

  test('calling off while a state waits for an event ends the run', async () => {
    const { run, abort } = setUp({ start: async () => undefined });
    const running = run();
    await nextTurn();
    abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('does not start when it is called off already', async () => {
    const { run, abort, context } = setUp({ start: async (_state, { log }) => void log.push('ran') });
    abort();
    await expect(run()).rejects.toMatchObject({ name: 'AbortError' });
    expect(context.log).toEqual([]);
  });

  test('a final state ends the run, unless its step answers with a state to go to after all', async () => {
    let visits = 0;
    const { run, entered } = setUp({
      end: async () => (visits++ === 0 ? { name: 'working', job: 'once more' } : undefined),
    });
    expect(await run()).toEqual({ name: 'end' });
    expect(entered).toEqual(['>start', 'start>working', 'working>end', 'end>working', 'working>end']);
  });

  test('knows no state any more once it has ended or was called off', async () => {
    const ended = setUp();
    await ended.run();
    expect(ended.machine.state).toBeUndefined();
    const called = setUp({ start: staying() });
    const running = called.run();
    await nextTurn();
    expect(called.machine.state).toEqual({ name: 'start' });
    called.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(called.machine.state).toBeUndefined();
  });

  test('an error in a final state is reported and ends the run in it', async () => {
    const error = new Error('clean-up failed');
    const { run, finalErrors } = setUp({ end: () => Promise.reject(error) });
    expect(await run()).toEqual({ name: 'end' });
    expect(finalErrors).toEqual([error]);
  });
});
