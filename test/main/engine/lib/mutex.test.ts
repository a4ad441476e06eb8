import { describe, expect, test } from 'vitest';
import { Mutex } from '../../../../src/main/engine/lib/mutex.ts';

describe('Mutex', () => {
  test('runs one at a time, in the order of asking', async () => {
    const mutex = new Mutex();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} in`);
      await Promise.resolve();
      log.push(`${name} out`);
    };
    await Promise.all(['a', 'b', 'c'].map((name) => mutex.run(work(name))));
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  test('hands the result and the error to the caller, and goes on', async () => {
    const mutex = new Mutex();
    const failing = mutex.run(() => {
      throw new Error('no');
    });
    const following = mutex.run(() => 5);
    await expect(failing).rejects.toThrow('no');
    expect(await following).toBe(5);
  });

  test('lets a waiter go at once when its signal aborts, without having run, and the next one keeps waiting', async () => {
    const mutex = new Mutex();
    const { promise: holding, release } = gate();
    const log: string[] = [];
    const first = mutex.run(() => holding);
    const controller = new AbortController();
    const second = mutex.run(() => log.push('second'), { signal: controller.signal });
    const third = mutex.run(() => log.push('third'));
    controller.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual([]);
    release();
    await Promise.all([first, third]);
    expect(log).toEqual(['third']);
  });

  test('does not cut short the one that runs', async () => {
    const mutex = new Mutex();
    const controller = new AbortController();
    const running = mutex.run(
      async () => {
        controller.abort();
        await Promise.resolve();
        return 'done';
      },
      { signal: controller.signal },
    );
    expect(await running).toBe('done');
  });
});

function gate(): { promise: Promise<void>; release: () => void } {
  let release = () => {};
  const promise = new Promise<void>((resolve) => (release = resolve));
  return { promise, release };
}
