import { app, dialog } from 'electron';
import { afterMs, type After } from '../../shared/after.ts';
import { describeError } from '../engine/errors.ts';
import type { Logger } from '../engine/logger.ts';
import { inLanguage, type Language } from '../../shared/i18n/language.ts';
import { said } from '../../shared/i18n/shared.ts';
import { HIDDEN_FLAG } from './autostart.ts';
import type { ShellState } from './shell-state.ts';

/** Where it is told what nobody caught. */
export interface CrashSource {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (reason: unknown) => void): unknown;
  off(event: 'uncaughtException' | 'unhandledRejection', listener: (reason: unknown) => void): unknown;
}

export interface CrashModules {
  readonly source: CrashSource;
  readonly state: ShellState;
  readonly logger: Logger;
  /** Stops the node as well as it still can. */
  readonly stop: () => Promise<void>;
  readonly isWindowShown: () => boolean;
  readonly language: () => Language;
  /** False once it is to end anyway: then a crash only makes that sooner. Asked before `stop`. */
  readonly mayRelaunch: () => boolean;
}

export interface CrashOptions {
  after?: After;
  /** Wall time in milliseconds. */
  nowMs?: () => number;
}

/**
 * What nobody caught leaves the process in a state that nobody knows: the node is stopped, as far as that goes, and the
 * whole application started anew. One that crashes again and again is left alone in the end. Returns the end of it.
 */
export function relaunchAfterCrash(
  { source, state, logger, stop, isWindowShown, language, mayRelaunch }: CrashModules,
  { after = afterMs, nowMs = Date.now }: CrashOptions = {},
): () => void {
  let isEnding = false;
  const onError = (thrown: unknown) => {
    const error = thrown instanceof Error ? thrown : new Error(describeError(thrown));
    logger.fatal('Slotkeeper crashed', { error });
    if (isEnding) return;
    isEnding = true;
    if (mayRelaunch()) relaunch(describeError(error));
    else stopThen(() => app.exit(1));
  };
  const relaunch = (reason: string) => {
    const { crash } = state.current;
    const count = crash && nowMs() - crash.atMs < FORGOTTEN_MS ? crash.count + 1 : 1;
    state.update({ crash: { atMs: nowMs(), count, reason } });
    stopThen(() => {
      if (count < MOST_IN_A_ROW) app.relaunch({ args: relaunchArgs(isWindowShown()) });
      else
        inLanguage(language(), () =>
          dialog.showErrorBox(said('shell.crashed'), said('shell.crashedBody', { reason, count })),
        );
      app.exit(1);
    });
  };
  const stopThen = (end: () => void) => {
    const cancelDeadline = after(STOP_MS, end);
    void stop()
      .catch(() => {})
      .then(() => {
        cancelDeadline();
        end();
      });
  };
  for (const event of events) source.on(event, onError);
  return () => {
    for (const event of events) source.off(event, onError);
  };
}

/** What this start has to make good: it was a crash that caused it. `waitMs`: how long the node is given rest. */
export function lastCrash(
  { current: { crash } }: ShellState,
  { nowMs = Date.now }: Pick<CrashOptions, 'nowMs'> = {},
): { readonly reason: string; readonly count: number; readonly waitMs: number } | undefined {
  if (!crash || nowMs() - crash.atMs > JUST_NOW_MS) return undefined;
  const waitMs = crash.count === 1 ? 0 : FIRST_WAIT_MS * 2 ** (crash.count - 2);
  return { reason: crash.reason, count: crash.count, waitMs };
}

function relaunchArgs(isWindowShown: boolean): string[] {
  const args = process.argv.slice(1).filter((arg) => arg !== HIDDEN_FLAG);
  return isWindowShown ? args : [...args, HIDDEN_FLAG];
}

const events = ['uncaughtException', 'unhandledRejection'] as const;
const STOP_MS = 10_000;
const JUST_NOW_MS = 60_000;
const FORGOTTEN_MS = 600_000;
const MOST_IN_A_ROW = 6;
const FIRST_WAIT_MS = 5000;
