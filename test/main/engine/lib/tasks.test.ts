import { describe, expect, test } from 'vitest';
import { abortError, untilAborted } from '../../../../src/main/engine/lib/abort.ts';
import { Tasks } from '../../../../src/main/engine/lib/tasks.ts';

describe('Tasks', () => {
  const errors: [string, unknown][] = [];
  const newTasks = () => {
    errors.length = 0;
    return new Tasks((error, name) => errors.push([name, error]));
  };

  test('is empty at first, and settles at once', async () => {
    const tasks = newTasks();
    expect(tasks.size).toBe(0);
    await tasks.settle();
  });

  test('keeps a promise until it ends, well or not', async () => {
    const tasks = newTasks();
    const { promise, resolve } = deferred();
    tasks.track('a', promise);
    tasks.track('b', Promise.reject(new Error('no')));
    tasks.track('c', Promise.resolve());
    expect(tasks.size).toBe(3);
    await new Promise((resolve) => setImmediate(resolve));
    expect(tasks.size).toBe(1);
    resolve();
    await tasks.settle();
    expect(tasks.size).toBe(0);
  });

  test('hands a rejection to whoever wants it, with the name, and an abort to nobody', async () => {
    const tasks = newTasks();
    const error = new Error('no');
    tasks.track('failing', Promise.reject(error));
    tasks.track('aborted', Promise.reject(abortError()));
    await tasks.settle();
    expect(errors).toEqual([['failing', error]]);
  });

  test('drops a promise that was called off, before or after it was handed over', async () => {
    const tasks = newTasks();
    const controller = new AbortController();
    tasks.track('before', untilAborted(new Promise(() => {}), AbortSignal.abort()));
    tasks.track('after', untilAborted(new Promise(() => {}), controller.signal));
    await new Promise((resolve) => setImmediate(resolve));
    expect(tasks.size).toBe(1);
    controller.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect(tasks.size).toBe(0);
    expect(errors).toEqual([]);
  });

  test('drops a promise that answers being called off by ending well', async () => {
    const tasks = newTasks();
    const controller = new AbortController();
    tasks.track(
      'polite',
      untilAborted(new Promise(() => {}), controller.signal).catch(() => 'ended well'),
    );
    controller.abort();
    await tasks.settle();
    expect([tasks.size, errors]).toEqual([0, []]);
  });

  test('three that are called off together have wound down, and are gone, once it has settled', async () => {
    const tasks = newTasks();
    const controller = new AbortController();
    const ended: string[] = [];
    const work = async (name: string) => {
      try {
        await untilAborted(new Promise(() => {}), controller.signal);
      } finally {
        await new Promise((resolve) => setImmediate(resolve));
        ended.push(name);
      }
    };
    for (const name of ['a', 'b', 'c']) tasks.track(name, work(name));
    expect(tasks.size).toBe(3);
    controller.abort();
    await tasks.settle();
    expect(ended).toEqual(['a', 'b', 'c']);
    expect([tasks.size, errors]).toEqual([0, []]);
  });

  test('settle waits for those, too, that are added while it waits', async () => {
    const tasks = newTasks();
    const log: string[] = [];
    const second = async () => {
      await Promise.resolve();
      log.push('second');
    };
    const first = async () => {
      await Promise.resolve();
      tasks.track('second', second());
      log.push('first');
    };
    tasks.track('first', first());
    await tasks.settle();
    expect(log).toEqual(['first', 'second']);
  });
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
