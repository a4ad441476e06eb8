import { beforeEach, describe, expect, it } from 'vitest';
import { stopBeforeQuit } from '../../../src/main/shell/lifecycle.ts';
import { app, desktop } from '../../doubles/electron.ts';
import { until } from '../../support/bridgesuite.ts';
import { ManualTimers } from '../../support/manualtimers.ts';
import { recordingLogger } from '../../support/recordinglogger.ts';

describe('Quit', () => {
  beforeEach(() => desktop.reset());

  it('ends with code 1 when the node does not stop in time', () => {
    const timers = new ManualTimers();
    const { logger, lines } = recordingLogger();
    let shown = 0;
    const showStopping = () => (shown += 1);
    stopBeforeQuit(
      { stop: () => new Promise(() => {}), showStopping, mayEndNow: async () => false, logger },
      { deadlineMs: 20_000, after: timers.after },
    );
    app.quit();
    expect(shown).toBe(0);
    timers.advance(19_999);
    expect([shown, app.exitCodes]).toEqual([1, []]);
    timers.advance(1);
    expect(app.exitCodes).toEqual([1]);
    expect(lines).toMatchObject([{ level: 'error', message: 'Node did not stop in time' }]);
  });

  it('leaves no timer once the node has stopped', async () => {
    const timers = new ManualTimers();
    const showStopping = () => expect.unreachable('It stops at once');
    const { logger } = recordingLogger();
    stopBeforeQuit(
      { stop: async () => {}, showStopping, mayEndNow: async () => false, logger },
      { after: timers.after },
    );
    app.quit();
    await until(() => app.exitCodes.length > 0);
    expect([app.exitCodes, timers.waiting]).toEqual([[0], 0]);
  });
});
