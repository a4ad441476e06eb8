import { beforeEach, describe, expect, it } from 'vitest';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShellState } from '../../../src/main/shell/shell-state.ts';
import { MainWindow } from '../../../src/main/shell/window.ts';
import { desktop } from '../../doubles/electron.ts';
import { ManualTimers } from '../../support/manualtimers.ts';
import { recordingLogger } from '../../support/recordinglogger.ts';

describe('A page that crashes', () => {
  beforeEach(() => desktop.reset());

  it('is loaded again, after longer each time that it does not last', () => {
    const { page, timers, crash, lines } = aWindow();
    const waits = Array.from({ length: 8 }, () => {
      const before = timers.nowMs();
      const reloads = page.reloads;
      crash();
      while (page.reloads === reloads) timers.advance(1000);
      return (timers.nowMs() - before) / 1000;
    });
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: 'The window crashed and is loaded again; the node runs on',
      }),
    );
    timers.advance(60_000);
    crash();
    timers.advance(1000);
    expect(page.reloads).toBe(9);
  });

  it('is left alone when it ended as it should, and when everything ends', () => {
    const { window, page, timers, crash } = aWindow();
    crash('clean-exit');
    crash();
    window.letClose();
    timers.advance(100_000);
    expect([page.reloads, timers.waiting]).toEqual([0, 0]);
  });
});

function aWindow() {
  const timers = new ManualTimers();
  const { logger, lines } = recordingLogger();
  const state = new ShellState({ file: join(tmpdir(), 'slotkeeper-no-such-folder', 'window.json'), logger });
  const options = { preloadPath: 'preload.cjs', iconPath: 'icon.png', onFirstHide: () => {} };
  const window = new MainWindow({ state, logger, after: timers.after }, options);
  window.open();
  const page = desktop.windows[0]?.webContents ?? expect.unreachable('There is no window');
  const crash = (reason = 'crashed') => page.emit('render-process-gone', {}, { reason, exitCode: 5 });
  return { window, page, timers, crash, lines };
}
