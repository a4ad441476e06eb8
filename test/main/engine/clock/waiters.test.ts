import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Waiters } from '../../../../src/main/engine/clock/waiters.ts';

describe('Waiters', () => {
  test('are released earliest first, and only those whose time has come', async () => {
    const waiters = new Waiters();
    const { signal } = new AbortController();
    const log: number[] = [];
    const waiting = [30, 10, 20, 40].map((time) => waiters.wait(time, signal).then(() => log.push(time)));
    expect([waiters.size, waiters.next]).toEqual([4, 10]);
    waiters.release(30);
    await Promise.all(waiting.slice(0, 3));
    expect(log).toEqual([10, 20, 30]);
    expect([waiters.size, waiters.next]).toEqual([1, 40]);
    waiters.release(40);
    await waiting[3];
    expect([waiters.size, waiters.next]).toEqual([0, undefined]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('leave when their signal aborts', async () => {
    const waiters = new Waiters();
    const controller = new AbortController();
    const waiting = waiters.wait(10, controller.signal);
    controller.abort(new Error('any reason'));
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(waiters.size).toBe(0);
    await expect(waiters.wait(10, controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
