import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OnchainClock } from '../../../../src/main/engine/clock/onchain-clock.ts';
import { clockSuite } from '../../../support/clocksuite.ts';

const { signal } = new AbortController();
const aborted = { name: 'AbortError' };

describe('OnchainClock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const startAt = (timestamp: number) => {
    const clock = new OnchainClock({ monotonicMs: () => Date.now() });
    clock.sawBlock({ number: 1, timestamp });
    return clock;
  };

  test('cannot be asked before a block was seen', () => {
    expect(() => new OnchainClock().now()).toThrow(/before the first block/);
  });

  test('is the time of the newest block, plus what has passed since', () => {
    const clock = startAt(5000);
    expect(clock.now()).toBe(5000);
    vi.advanceTimersByTime(2900);
    expect(clock.now()).toBe(5002);
    clock.sawBlock({ number: 2, timestamp: 6000 });
    expect(clock.now()).toBe(6000);
  });

  test('ignores older blocks and repetitions', () => {
    const clock = startAt(5000);
    clock.sawBlock({ number: 0, timestamp: 9000 });
    clock.sawBlock({ number: 1, timestamp: 9000 });
    expect(clock.now()).toBe(5000);
  });

  test('never goes back, also when a block is older than was thought', () => {
    const clock = startAt(5000);
    vi.advanceTimersByTime(60_000);
    expect(clock.now()).toBe(5060);
    clock.sawBlock({ number: 2, timestamp: 5010 });
    expect(clock.now()).toBe(5060);
    vi.advanceTimersByTime(51_000);
    expect(clock.now()).toBe(5061);
  });

  test('a time that is past is not waited for', async () => {
    await startAt(5000).waitUntil(5000, { signal });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('waiting ends with a block of that time', async () => {
    const clock = startAt(5000);
    const waiting = clock.waitUntil(5600, { signal });
    clock.sawBlock({ number: 2, timestamp: 5600 });
    await waiting;
    expect(vi.getTimerCount()).toBe(0);
  });

  test('waiting ends by the clock on the wall, to the second, when no block comes', async () => {
    const clock = startAt(5000);
    vi.advanceTimersByTime(900);
    let isOver = false;
    const waiting = clock.waitUntil(5002, { signal }).then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(1099);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(isOver).toBe(true);
    await waiting;
  });

  test('many may wait, each for its own time', async () => {
    const clock = startAt(5000);
    const log: number[] = [];
    const waiting = [5003, 5001, 9000].map((time) =>
      clock.waitUntil(time, { signal }).then(() => log.push(time)),
    );
    await vi.advanceTimersByTimeAsync(3000);
    expect(log).toEqual([5001, 5003]);
    clock.sawBlock({ number: 2, timestamp: 9001 });
    await Promise.all(waiting);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a month is waited for in pieces', async () => {
    const clock = startAt(5000);
    let isOver = false;
    const waiting = clock.waitUntil(5000 + 30 * 86_400, { signal }).then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(30 * 86_400_000 - 1);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
  });

  test('rejects when it is called off, before or while it waits, and leaves no timer', async () => {
    const clock = startAt(5000);
    const controller = new AbortController();
    const waiting = clock.waitUntil(6000, controller);
    controller.abort(new Error('any reason'));
    await expect(waiting).rejects.toMatchObject(aborted);
    await expect(clock.waitUntil(0, controller)).rejects.toMatchObject(aborted);
    expect(vi.getTimerCount()).toBe(0);
  });
});

clockSuite('OnchainClock', () => {
  const clock = new OnchainClock();
  let block = { number: 1, timestamp: 1_700_000_000 };
  clock.sawBlock(block);
  return {
    clock,
    advance: (seconds) => {
      block = { number: block.number + 1, timestamp: block.timestamp + seconds };
      clock.sawBlock(block);
    },
  };
});
