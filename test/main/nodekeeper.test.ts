import { describe, expect, it } from 'vitest';
import { Emitter } from '../../src/main/engine/lib/emitter.ts';
import { NodeKeeper } from '../../src/main/nodekeeper.ts';
import { ManualTimers } from '../support/manualtimers.ts';
import { recordingLogger } from '../support/recordinglogger.ts';
import { settled } from '../support/salesfixtures.ts';

describe('NodeKeeper', () => {
  it('starts the node again after longer each time that it does not last', async () => {
    const { down, timers, shown, calls } = aKeeper();
    for (let failure = 0; failure < 9; failure++) {
      down();
      timers.advance(600_000 - 1);
      await settled();
      if (failure < 7) expect(calls).toHaveLength(failure + 2);
      timers.advance(1);
    }
    expect(shown.slice(0, 8)).toEqual([5, 10, 20, 40, 80, 160, 320, 600]);
  });

  it('begins with a short wait when it had run for ten minutes', () => {
    const { down, timers, shown } = aKeeper();
    down();
    timers.advance(5000);
    down();
    timers.advance(10_000 + 600_000);
    down();
    expect(shown).toEqual([5, 10, 5]);
  });

  it('starts nothing more once it was stopped', () => {
    const { down, keeper, timers, calls } = aKeeper();
    down();
    keeper.stop();
    down();
    timers.advance(1_000_000);
    expect([calls, timers.waiting]).toEqual([['start'], 0]);
  });
});

function aKeeper() {
  const timers = new ManualTimers();
  const calls: string[] = [];
  const shown: number[] = [];
  const onDown = new Emitter<Error>();
  const application = {
    onDown,
    start: async () => void calls.push('start'),
    restart: async () => void calls.push('restart'),
    showRestart: (atMs: number) => void shown.push((atMs - timers.nowMs()) / 1000),
  };
  const { after, nowMs } = timers;
  const keeper = new NodeKeeper({ application, logger: recordingLogger().logger }, { after, nowMs });
  void keeper.start();
  return { keeper, timers, calls, shown, down: () => onDown.emit(new Error('gone')) };
}
