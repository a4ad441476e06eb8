import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/main/engine/clock/clock.ts';

export interface ClockUnderTest {
  readonly clock: Clock;
  /** Lets so many seconds pass on it, or a little more. */
  readonly advance: (seconds: number) => void | Promise<void>;
}

/** What every clock holds. */
export function clockSuite(name: string, make: () => ClockUnderTest): void {
  describe(`${name}, as a clock`, () => {
    test('tells whole seconds, and they pass', async () => {
      const { clock, advance } = make();
      const before = clock.now();
      expect(Number.isInteger(before)).toBe(true);
      await advance(1);
      expect(clock.now()).toBeGreaterThanOrEqual(before + 1);
    });

    test('does not wait for a time that is past, nor for the one it is', async () => {
      const { clock } = make();
      const { signal } = new AbortController();
      await clock.waitUntil(clock.now(), { signal });
      await clock.waitUntil(clock.now() - 1000, { signal });
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    test('releases those who wait, each when its time has come', async () => {
      const { clock, advance } = make();
      const { signal } = new AbortController();
      const start = clock.now();
      const log: number[] = [];
      const wait = async (seconds: number) => {
        await clock.waitUntil(start + seconds, { signal });
        expect(clock.now()).toBeGreaterThanOrEqual(start + seconds);
        log.push(seconds);
      };
      const waiting = [wait(2), wait(1)];
      expect(log).toEqual([]);
      await advance(1);
      await waiting[1];
      expect(log[0]).toBe(1);
      await advance(1);
      await waiting[0];
      expect(log).toEqual([1, 2]);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    test('rejects with an abort error when called off, before and while it waits, whatever the reason', async () => {
      const { clock } = make();
      const controller = new AbortController();
      const waiting = clock.waitUntil(clock.now() + 10_000_000, controller);
      controller.abort(new Error('any reason'));
      await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
      await expect(clock.waitUntil(0, controller)).rejects.toMatchObject({ name: 'AbortError' });
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    });
  });
}
