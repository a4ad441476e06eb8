import { isEngineError } from '../errors.ts';
import { retry } from '../lib/retry.ts';
import type { SaleContext } from './salestate.ts';

/**
 * Does what must be done, as often as it takes. For all that happens once money is in the slot: an unreachable chain or
 * a full disk is waited out, and only the signal ends it.
 */
export function untilAnswered<T>(
  what: string,
  { logger, retryTimes }: SaleContext,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  return retry(work, {
    signal,
    ...retryTimes,
    // An outage of hours is told a few times, not thousands.
    onError: (error, attempt) => {
      const level = Number.isInteger(Math.log2(attempt)) ? 'warn' : 'debug';
      logger[level]('Trying again after an error', { what, attempt, error });
    },
  });
}

/**
 * Does what may fail while nothing is at stake, a few times. A chain that does not answer says nothing of this slot, and
 * is waited for: each further slot would meet the same, and an outage would empty the queue.
 */
export function fewTimes<T>(
  what: string,
  { logger, retryTimes }: SaleContext,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  let failures = 0;
  return retry(work, {
    signal,
    ...retryTimes,
    onError: (error, attempt) => {
      if (!isEngineError(error, 'CHAIN_UNREACHABLE') && ++failures >= ATTEMPTS) throw error;
      const level = Number.isInteger(Math.log2(attempt)) ? 'info' : 'debug';
      logger[level]('Trying again after an error', { what, attempt, error });
    },
  });
}

const ATTEMPTS = 5;
