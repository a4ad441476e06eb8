import { beforeEach, describe, expect, test, vi } from 'vitest';
import { retry, sleep } from '../../../../src/main/engine/lib/retry.ts';

const { signal } = new AbortController();

describe('retry', () => {
  const waits: number[] = [];
  const noWait = async (ms: number) => void waits.push(ms);
  beforeEach(() => void (waits.length = 0));

  test('answers with the first success', async () => {
    const result = await retry(async (attempt) => (attempt < 3 ? Promise.reject(new Error('no')) : attempt), {
      signal,
      sleep: noWait,
    });
    expect(result).toBe(3);
  });

  test('waits twice as long each time, up to a limit', async () => {
    const failing = retry(() => Promise.reject(new Error('no')), {
      signal,
      sleep: noWait,
      attempts: 6,
      minDelayMs: 100,
      maxDelayMs: 1000,
    });
    await expect(failing).rejects.toThrow('no');
    expect(waits).toEqual([100, 200, 400, 800, 1000]);
  });

  test('tells of each failure that is tried again, and gives up when that throws', async () => {
    const attempts: number[] = [];
    const failing = retry(() => Promise.reject(new Error('no')), {
      signal,
      sleep: noWait,
      onError: (error, attempt) => {
        attempts.push(attempt);
        if (attempt === 3) throw new Error('enough', { cause: error });
      },
    });
    await expect(failing).rejects.toThrow('enough');
    expect(attempts).toEqual([1, 2, 3]);
  });

  test('ends with an abort error when it is called off while it waits', async () => {
    const controller = new AbortController();
    const failing = retry(() => Promise.reject(new Error('no')), {
      signal: controller.signal,
      onError: () => controller.abort(),
    });
    await expect(failing).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('does not report or repeat work that failed because it was called off', async () => {
    const controller = new AbortController();
    const onError = vi.fn();
    const failing = retry(
      async () => {
        controller.abort();
        throw new Error('socket closed');
      },
      { signal: controller.signal, onError },
    );
    await expect(failing).rejects.toMatchObject({ name: 'AbortError' });
    expect(onError).not.toHaveBeenCalled();
  });

  test('does not start when it is called off already', async () => {
    const work = vi.fn(async () => 5);
    await expect(retry(work, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    expect(work).not.toHaveBeenCalled();
  });
});

describe('sleep', () => {
  // The promises of node:timers/promises are not moved by fake timers, so that short true waits are used here.

  test('waits at least as long as asked', async () => {
    const start = performance.now();
    await sleep(20, signal);
    expect(performance.now() - start).toBeGreaterThanOrEqual(19);
  });

  test('is called off at once, also when it is longer than any timer', async () => {
    const controller = new AbortController();
    const sleeping = sleep(365 * 86_400_000, controller.signal);
    controller.abort(new Error('any reason'));
    await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('of a year does not end at once, as a plain timer would', async () => {
    const controller = new AbortController();
    let isOver = false;
    const sleeping = sleep(365 * 86_400_000, controller.signal).finally(() => (isOver = true));
    await sleep(20, signal);
    expect(isOver).toBe(false);
    controller.abort();
    await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
  });
});
