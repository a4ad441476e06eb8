import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../../../src/main/engine/lib/ratelimit.ts';
import { abortError } from '../../../../src/main/engine/lib/abort.ts';

/** A clock on which sleeping is all that takes time. */
function aClock() {
  const clock = {
    now: 0,
    nowMs: () => clock.now,
    sleep: async (ms: number, signal: AbortSignal) => {
      if (signal.aborted) throw abortError(signal);
      clock.now += ms;
    },
  };
  return clock;
}

const { signal } = new AbortController();

describe('RateLimit', () => {
  it('makes each wait for the time its amount takes, in the order of asking', async () => {
    const clock = aClock();
    const limit = new RateLimit(100, clock);
    const ends: number[] = [];
    const take = (amount: number) => limit.take(amount, { signal }).then(() => ends.push(clock.now));
    await Promise.all([take(100), take(50), take(10)]);
    expect(ends).toEqual([1000, 1500, 1600]);
    expect(limit.amountIn(250)).toBe(25);
  });

  it('makes up for a late timer, but not for a pause', async () => {
    const clock = aClock();
    const limit = new RateLimit(100, clock);
    await limit.take(10, { signal });
    clock.now += 30;
    await limit.take(10, { signal });
    expect(clock.now).toBe(200);
    clock.now = 10_000;
    await limit.take(10, { signal });
    expect(clock.now).toBe(10_050);
  });

  it('charges nothing to one that gives up', async () => {
    const clock = aClock();
    const limit = new RateLimit(100, clock);
    const controller = new AbortController();
    controller.abort();
    await expect(limit.take(1_000_000, { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    await limit.take(100, { signal });
    expect(clock.now).toBe(1000);
  });
});
