import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { SystemClock } from '../../../../src/main/engine/clock/system-clock.ts';
import { clockSuite } from '../../../support/clocksuite.ts';

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
});

// Its timers are the platform's, so this one runs in true time.
clockSuite('SystemClock', () => ({
  clock: new SystemClock(),
  advance: (seconds) => sleep(seconds * 1000 + 5),
}));
