import { afterEach, describe, expect, test, vi } from 'vitest';
import { SystemClock } from '../../../../src/main/engine/clock/system-clock.ts';

const { signal } = new AbortController();

describe('SystemClock', () => {
  afterEach(() => void vi.restoreAllMocks());

  test('is the time of the computer in whole seconds', () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_999);
    expect(new SystemClock().now()).toBe(1_700_000_000);
  });

  test('never goes back', () => {
    const clock = new SystemClock();
    const now = vi.spyOn(Date, 'now').mockReturnValue(1_700_000_100_000);
    expect(clock.now()).toBe(1_700_000_100);
    now.mockReturnValue(1_700_000_000_000);
    expect(clock.now()).toBe(1_700_000_100);
  });

  test('a time that is past is not waited for', async () => {
    await new SystemClock().waitUntil(Date.now() / 1000 - 5, { signal });
  });

  test('waits until the time has come', async () => {
    const clock = new SystemClock();
    const time = clock.now() + 1;
    await clock.waitUntil(time, { signal });
    expect(clock.now()).toBeGreaterThanOrEqual(time);
  });

  test('rejects when it is called off, before or while it waits', async () => {
    const clock = new SystemClock();
    const controller = new AbortController();
    const waiting = clock.waitUntil(clock.now() + 10_000_000, controller);
    controller.abort(new Error('any reason'));
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await expect(clock.waitUntil(0, controller)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
