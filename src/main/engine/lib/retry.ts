import { setTimeout as sleepMs } from 'node:timers/promises';
import { abortError, isAborted, throwIfAborted } from './abort.ts';

export interface RetryOptions {
  signal: AbortSignal;
  /** First wait; each further one is doubled up to `maxDelayMs`. */
  minDelayMs?: number;
  maxDelayMs?: number;
  /** Attempts in all; without it until it succeeds or the signal aborts. */
  attempts?: number;
  /** Called before each wait. Throw in it to give up. */
  onError?: (error: unknown, attempt: number) => void;
  /** Waits between attempts; tests hand in one that needs no wall time. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Between two attempts, unless said otherwise. */
export const LONGEST_WAIT_MS = 30_000;

/** Runs `work` until it succeeds. Aborting rejects with an abort error and is never retried. */
export async function retry<T>(
  work: (attempt: number) => Promise<T>,
  {
    signal,
    minDelayMs = 250,
    maxDelayMs = LONGEST_WAIT_MS,
    attempts = Infinity,
    onError,
    sleep: wait = sleep,
  }: RetryOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(signal);
    try {
      return await work(attempt);
    } catch (error) {
      if (signal.aborted) throw abortError(signal);
      if (isAborted(error) || attempt >= attempts) throw error;
      onError?.(error, attempt);
      await wait(Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(attempt - 1, 20)), signal);
    }
  }
}

/** The longest wait a Node timer takes, 24.8 days; longer ones fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Waits `ms` of wall time, in pieces where a timer could not take it whole; rejects with an abort error. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    for (let left = ms; left > 0; left -= MAX_TIMER_MS) {
      await sleepMs(Math.min(left, MAX_TIMER_MS), undefined, { signal });
    }
    throwIfAborted(signal);
  } catch (error) {
    throw isAborted(error) ? abortError(signal) : error;
  }
}
