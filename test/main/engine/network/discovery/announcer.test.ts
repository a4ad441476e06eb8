import { describe, expect, it } from 'vitest';
import { Announcer } from '../../../../../src/main/engine/network/discovery/announcer.ts';
import { silentLogger } from '../../../../../src/main/engine/logger.ts';
import { ManualTimers } from '../../../../support/manualtimers.ts';
import { countingSignal } from '../../../../support/noleaks.ts';
import { recordingLogger } from '../../../../support/recordinglogger.ts';

const MINUTE_MS = 60_000;
const { signal } = new AbortController();

/** What was said and when, in minutes. */
function scene(heardBy: () => Promise<number> = async () => 3, logger = silentLogger) {
  const timers = new ManualTimers();
  const said: [string, number][] = [];
  const announcer = new Announcer<string>({ timers, logger }, (thing) => {
    said.push([thing, timers.nowMs() / MINUTE_MS]);
    return heardBy();
  });
  const pass = async (minutes: number) => {
    for (let half = 0; half < 2 * minutes; half++) {
      await new Promise(setImmediate);
      timers.advance(MINUTE_MS / 2);
    }
    await new Promise(setImmediate);
  };
  return { timers, said, announcer, pass };
}

describe('an announcer', () => {
  it('says a thing at once and every 30 minutes', async () => {
    const { announcer, said, pass } = scene();
    await announcer.provide('a', { signal });
    expect(said).toEqual([['a', 0]]);
    await pass(65);
    expect(said).toEqual([
      ['a', 0],
      ['a', 30],
      ['a', 60],
    ]);
    await announcer.stop();
  });

  it('says it soon again when nobody heard it', async () => {
    let heard = 0;
    const { announcer, said, pass } = scene(async () => heard);
    await announcer.provide('a', { signal });
    await pass(1);
    heard = 1;
    await pass(20);
    expect(said.map(([, minute]) => minute)).toEqual([0, 0.5, 1, 1.5]);
    await announcer.stop();
  });

  it('goes on after a search that failed', async () => {
    const { logger, lines } = recordingLogger();
    const { announcer, said, pass } = scene(async () => Promise.reject(new Error('no luck')), logger);
    await announcer.provide('a', { signal });
    await pass(1);
    expect(said.length).toBeGreaterThan(1);
    expect(lines[0]).toMatchObject({ level: 'warn', message: 'Announcing failed' });
    await announcer.stop();
  });

  it('stops with the signal, and leaves nothing', async () => {
    const { announcer, said, pass, timers } = scene();
    const { controller, listeners } = countingSignal();
    await announcer.provide('a', { signal: controller.signal });
    await announcer.provide('b', { signal });
    expect([timers.waiting, listeners()]).toEqual([2, 1]);
    controller.abort();
    await pass(31);
    expect([timers.waiting, listeners()]).toEqual([1, 0]);
    expect(said.map(([thing]) => thing)).toEqual(['a', 'b', 'b']);
    await announcer.stop();
    expect(timers.waiting).toBe(0);
  });

  it('says two things at a time', async () => {
    const ends: (() => void)[] = [];
    const { announcer, said } = scene(() => new Promise((resolve) => ends.push(() => resolve(1))));
    const all = ['a', 'b', 'c'].map((thing) => announcer.provide(thing, { signal }));
    await new Promise(setImmediate);
    expect(said.map(([thing]) => thing)).toEqual(['a', 'b']);
    ends[0]?.();
    await new Promise(setImmediate);
    expect(said.map(([thing]) => thing)).toEqual(['a', 'b', 'c']);
    for (const end of ends) end();
    await Promise.all(all);
    await announcer.stop();
  });

  it('rejects with an abort error when it is called off before the first time, or stopped', async () => {
    const { announcer } = scene();
    const aborted = { name: 'AbortError' };
    await expect(announcer.provide('a', { signal: AbortSignal.abort() })).rejects.toMatchObject(aborted);
    await announcer.stop();
    await expect(announcer.provide('a', { signal })).rejects.toMatchObject(aborted);
  });
});
