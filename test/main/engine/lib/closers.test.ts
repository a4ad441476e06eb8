import { describe, expect, it } from 'vitest';
import { Closers } from '../../../../src/main/engine/lib/closers.ts';

describe('Closers', () => {
  it('close backwards, each after the one before has closed', async () => {
    const log: string[] = [];
    const closers = new Closers();
    for (const name of ['a', 'b', 'c']) {
      closers.add(async () => {
        log.push(`${name} begins`);
        await new Promise(setImmediate);
        log.push(`${name} closed`);
      });
    }
    await closers.close();
    expect(log).toEqual(['c begins', 'c closed', 'b begins', 'b closed', 'a begins', 'a closed']);
  });

  it('close all, also when some fail, and reject with what failed', async () => {
    const log: string[] = [];
    const closers = new Closers();
    const failing = (message: string) => () => Promise.reject(new Error(message));
    closers.add(() => void log.push('first'), failing('one'));
    await expect(closers.close()).rejects.toThrow('one');
    expect(log).toEqual(['first']);
    closers.add(failing('one'), () => void log.push('second'), failing('two'));
    await expect(closers.close()).rejects.toMatchObject({
      errors: [{ message: 'two' }, { message: 'one' }],
    });
    expect(log).toEqual(['first', 'second']);
  });

  it('close nothing twice, and whoever calls meanwhile waits for the end', async () => {
    let calls = 0;
    let isClosed = false;
    const closers = new Closers();
    closers.add(async () => {
      calls++;
      await new Promise(setImmediate);
      isClosed = true;
    });
    const first = closers.close();
    await closers.close();
    expect(isClosed).toBe(true);
    await first;
    await closers.close();
    expect(calls).toBe(1);
  });

  it('close what was added while they close', async () => {
    const log: string[] = [];
    const closers = new Closers();
    closers.add(() => closers.add(() => void log.push('late')));
    await closers.close();
    expect(log).toEqual(['late']);
  });
});
