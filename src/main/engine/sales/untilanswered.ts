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
    onError: (error, attempt) => logger.warn('Trying again after an error', { what, attempt, error }),
  });
}

/** Does what may fail while nothing is at stake, a few times. */
export function fewTimes<T>(
  what: string,
  { logger, retryTimes }: SaleContext,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  return retry(work, {
    signal,
    ...retryTimes,
    attempts: 5,
    onError: (error, attempt) => logger.info('Trying again after an error', { what, attempt, error }),
  });
}
