import { powerMonitor, powerSaveBlocker } from 'electron';
import { applyLive, liveStateOf } from '../../shared/live.ts';
import { runningSales } from '../../shared/status.ts';
import type { Logger } from '../engine/logger.ts';
import type { LiveFeed } from '../ipc/live-feed.ts';

export interface PowerModules {
  readonly live: LiveFeed;
  readonly logger: Logger;
  readonly mayKeepAwake: () => boolean;
  /** After a sleep of so many milliseconds. */
  readonly onResume: (asleepMs: number) => void;
  /** The system is about to shut down. */
  readonly onShutdown: () => void;
}

export interface Power {
  /** Call when the owner's wish changed. */
  look(): void;
  stop(): void;
}

/**
 * Keeps the computer awake while slots have to be proven, for proofs are drawn at random and can be due in any period;
 * the screen may go dark. Tells when the computer slept all the same.
 */
export function followPower(
  { live, logger, mayKeepAwake, onResume, onShutdown }: PowerModules,
  { nowMs = Date.now }: { nowMs?: () => number } = {},
): Power {
  let state = liveStateOf(live.snapshot());
  let blocker: number | undefined;
  let asleepSinceMs: number | undefined;
  const look = () => {
    const isWanted = mayKeepAwake() && runningSales(state.tables.sales.values()).length > 0;
    if (isWanted && blocker === undefined) blocker = powerSaveBlocker.start('prevent-app-suspension');
    else if (!isWanted) release();
  };
  const release = () => {
    if (blocker !== undefined) powerSaveBlocker.stop(blocker);
    blocker = undefined;
  };
  const unsubscribe = live.subscribe((changes) => {
    state = applyLive(state, changes) ?? liveStateOf(live.snapshot());
    look();
  });
  const onSuspend = () => {
    asleepSinceMs = nowMs();
    logger.warn('The computer goes to sleep', { slots: runningSales(state.tables.sales.values()).length });
  };
  const onAwake = () => {
    const asleepMs = asleepSinceMs === undefined ? 0 : nowMs() - asleepSinceMs;
    asleepSinceMs = undefined;
    logger.warn('The computer has slept', { asleepMs });
    onResume(asleepMs);
  };
  const onEnd = (event?: { preventDefault(): void }) => {
    event?.preventDefault();
    onShutdown();
  };
  powerMonitor.on('suspend', onSuspend);
  powerMonitor.on('resume', onAwake);
  powerMonitor.on('shutdown', onEnd);
  look();
  return {
    look,
    stop: () => {
      unsubscribe();
      powerMonitor.off('suspend', onSuspend);
      powerMonitor.off('resume', onAwake);
      powerMonitor.off('shutdown', onEnd);
      release();
    },
  };
}
