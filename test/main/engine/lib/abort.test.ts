import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  abortError,
  abortScope,
  isAborted,
  throwIfAborted,
  untilAborted,
} from '../../../../src/main/engine/lib/abort.ts';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;
const aborted = expect.objectContaining({ name: 'AbortError' }) as unknown;

describe('abortScope', () => {
  test('aborts with its parent, for the same reason', () => {
    const parent = new AbortController();
    using scope = abortScope(parent.signal);
    expect(scope.signal.aborted).toBe(false);
    parent.abort('shutdown');
    expect(scope.signal.reason).toBe('shutdown');
  });

  test('is aborted from the start below an aborted parent', () => {
    using scope = abortScope(AbortSignal.abort());
    expect(scope.signal.aborted).toBe(true);
  });

  test('aborts with whichever of several parents comes first, and leaves no listener on any', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    {
      using scope = abortScope(first.signal, undefined, second.signal);
      second.abort('shutdown');
      expect(scope.signal.reason).toBe('shutdown');
    }
    expect([listeners(first.signal), listeners(second.signal)]).toEqual([0, 0]);
    using late = abortScope(first.signal, second.signal);
    expect(late.signal.aborted).toBe(true);
  });

  test('aborts alone without touching its parent', () => {
    const parent = new AbortController();
    using scope = abortScope(parent.signal);
    scope.abort();
    expect([scope.signal.aborted, parent.signal.aborted]).toEqual([true, false]);
  });

  test('is aborted and leaves no listener on the parent once it is disposed', () => {
    const parent = new AbortController();
    let signal: AbortSignal;
    {
      using scope = abortScope(parent.signal);
      signal = scope.signal;
      expect(listeners(parent.signal)).toBe(1);
    }
    expect([signal.aborted, listeners(parent.signal)]).toEqual([true, 0]);
  });

  test('needs no parent', () => {
    using scope = abortScope();
    scope.abort();
    expect(scope.signal.aborted).toBe(true);
  });
});

describe('untilAborted', () => {
  test('settles as the promise does, and leaves no listener', async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve(5), signal)).toBe(5);
    await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
    expect(listeners(signal)).toBe(0);
  });

  test('rejects when the signal aborts, and leaves no listener', async () => {
    const controller = new AbortController();
    const waiting = untilAborted(new Promise(() => {}), controller.signal);
    controller.abort(new Error('any reason'));
    await expect(waiting).rejects.toEqual(aborted);
    expect(listeners(controller.signal)).toBe(0);
  });

  test('takes care of a promise that rejects after all was called off', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      await expect(untilAborted(Promise.reject(new Error('late')), AbortSignal.abort())).rejects.toEqual(
        aborted,
      );
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });
});

test('abort errors of the platform are told from others', async () => {
  const { setTimeout: sleep } = await import('node:timers/promises');
  const fromTimer: unknown = await sleep(1000, undefined, { signal: AbortSignal.abort() }).catch(
    (error) => error,
  );
  expect(isAborted(fromTimer)).toBe(true);
  expect(isAborted(abortError())).toBe(true);
  expect(isAborted(new Error('AbortError'))).toBe(false);
  expect(isAborted('AbortError')).toBe(false);
});

test('the error of aborted work is an abort error whatever the reason is', () => {
  const own = new DOMException('mine', 'AbortError');
  expect(abortError(AbortSignal.abort(own))).toBe(own);
  expect(isAborted(abortError(AbortSignal.abort('text')))).toBe(true);
  expect(isAborted(abortError(AbortSignal.abort(new Error('other'))))).toBe(true);
  expect(() => throwIfAborted(AbortSignal.abort(7))).toThrow(expect.objectContaining({ name: 'AbortError' }));
  expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
});
