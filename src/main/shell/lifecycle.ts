import { app } from 'electron';
import { afterMs, type After } from '../../shared/after.ts';
import type { Logger } from '../engine/logger.ts';
import { linkIn, LINK_SCHEME } from './deeplink.ts';

/** False when another Slotkeeper runs already: that one was told and shows itself, this one ends. */
export function isOnlyInstance(): boolean {
  if (app.requestSingleInstanceLock()) return true;
  app.quit();
  return false;
}

/** Keeps the application running without a window, and opens one when it is asked for again, with or without a link. */
export function keepRunning(openWindow: () => void, openLink: (link: string) => void): void {
  app.on('second-instance', (_event, args) => {
    const link = linkIn(args);
    if (link === undefined) openWindow();
    else openLink(link);
  });
  app.on('activate', openWindow);
  // With a listener of ours Electron does not quit when the last window is gone.
  app.on('window-all-closed', () => {});
}

/**
 * Makes us the program for our links, and hears those that macOS tells as events. Call before the application is ready:
 * the one that started it comes at once. Gives the first link, and from then on hands them to `openLink`.
 */
export function followLinks(args: readonly string[]): { follow: (openLink: (link: string) => void) => void } {
  // Of a tree of development the system would start Electron without us.
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
  let waiting = linkIn(args);
  let open: ((link: string) => void) | undefined;
  app.on('open-url', (event, link) => {
    event.preventDefault();
    if (open) open(link);
    else waiting = link;
  });
  return {
    follow: (openLink) => {
      open = openLink;
      if (waiting !== undefined) openLink(waiting);
      waiting = undefined;
    },
  };
}

export interface QuitModules {
  /** Stops the node and all else; awaited once, before the application ends. */
  readonly stop: () => Promise<void>;
  /** It takes a while: shows that it goes on. */
  readonly showStopping: () => void;
  /** Asked to quit again while it stops: whether it shall end at once, at whatever cost. */
  readonly mayEndNow: () => Promise<boolean>;
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
  { stop, showStopping, mayEndNow, logger }: QuitModules,
  { deadlineMs = 20_000, after = afterMs }: QuitOptions = {},
): void {
  let phase: 'running' | 'stopping' | 'asking' | 'stopped' = 'running';
  const finish = (end: () => void) => {
    if (phase === 'stopped') return;
    phase = 'stopped';
    end();
  };
  const ask = async () => {
    phase = 'asking';
    const isMeant = await mayEndNow().catch(() => false);
    if (phase !== 'asking') return;
    phase = 'stopping';
    if (!isMeant) return;
    logger.warn('Ended before the node had stopped, as was asked', {});
    finish(() => app.exit(1));
  };
  app.on('before-quit', (event) => {
    if (phase === 'stopped') return;
    event.preventDefault();
    if (phase === 'stopping') return void ask();
    if (phase === 'asking') return;
    phase = 'stopping';
    const cancelShow = after(SHOWN_AFTER_MS, showStopping);
    const cancelDeadline = after(deadlineMs, () => {
      logger.error('Node did not stop in time', { deadlineMs });
      finish(() => app.exit(1));
    });
    void stop()
      .catch((error: unknown) => logger.error('Node did not stop well', { error }))
      .then(() => {
        cancelShow();
        cancelDeadline();
        finish(() => app.quit());
      });
  });
}

/** A node stops at once mostly. */
const SHOWN_AFTER_MS = 500;
