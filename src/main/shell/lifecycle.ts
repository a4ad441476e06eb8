import { app } from 'electron';
import { afterMs, type After } from '../../shared/after.ts';
import type { Logger } from '../engine/logger.ts';

/** False when another Slotkeeper runs already: that one was told and shows itself, this one ends. */
export function isOnlyInstance(): boolean {
  if (app.requestSingleInstanceLock()) return true;
  app.quit();
  return false;
}

/** Keeps the application running without a window, and opens one when it is asked for again. */
export function keepRunning(openWindow: () => void): void {
  app.on('second-instance', openWindow);
  app.on('activate', openWindow);
  // With a listener of ours Electron does not quit when the last window is gone.
  app.on('window-all-closed', () => {});
}

export interface QuitModules {
  /** Stops the node and all else; awaited once, before the application ends. */
  readonly stop: () => Promise<void>;
  readonly logger: Logger;
}

export interface QuitOptions {
  deadlineMs?: number;
  after?: After;
}

/**
 * Whatever asks the application to quit, the node is stopped first: a running batch or transaction ends well. Past the
 * deadline the application ends with code 1; what the node stores survives that too.
 */
export function stopBeforeQuit(
  { stop, logger }: QuitModules,
  { deadlineMs = 20_000, after = afterMs }: QuitOptions = {},
): void {
  let phase: 'running' | 'stopping' | 'stopped' = 'running';
  const finish = (end: () => void) => {
    if (phase === 'stopped') return;
    phase = 'stopped';
    end();
  };
  app.on('before-quit', (event) => {
    if (phase === 'stopped') return;
    event.preventDefault();
    if (phase === 'stopping') return;
    phase = 'stopping';
    const cancelDeadline = after(deadlineMs, () => {
      logger.error('Node did not stop in time', { deadlineMs });
      finish(() => app.exit(1));
    });
    void stop()
      .catch((error: unknown) => logger.error('Node did not stop well', { error }))
      .then(() => {
        cancelDeadline();
        finish(() => app.quit());
      });
  });
}
