import type { Table } from '../lib/machine.ts';
import { describeError } from '../errors.ts';
import type { SaleContext, SaleEvent, SaleState } from './salestate.ts';
import { cancelled } from './steps/cancelled.ts';
import { downloading } from './steps/downloading.ts';
import { errored } from './steps/errored.ts';
import { failed } from './steps/failed.ts';
import { filled } from './steps/filled.ts';
import { filling } from './steps/filling.ts';
import { finished } from './steps/finished.ts';
import { ignored } from './steps/ignored.ts';
import { initialProving } from './steps/initialproving.ts';
import { payout } from './steps/payout.ts';
import { preparing } from './steps/preparing.ts';
import { proving } from './steps/proving.ts';
import { slotReserving } from './steps/slotreserving.ts';
import { unknown } from './steps/unknown.ts';

const requestExpired = (): SaleState => ({ name: 'cancelled' });
const requestFailed = (): SaleState => ({ name: 'failed' });
const slotFilled = (): SaleState => ({ name: 'filled', by: 'somebody' });
const takenBack = (): SaleState => ({ name: 'unknown' });
const requestTakenBack = (): SaleState => ({ name: 'unknown', isRequestGone: true });

/**
 * The life of a sale: what is done in each state, and where what the chain says leads from it (engine.md §5).
 *
 * An event aborts the step and waits until it has settled; the market does not call off a transaction that is on its
 * way, so a reservation or a fill that was sent has its effect before the next state asks the chain what is so.
 * `slotReserving` and `filling` do not hear that the slot was filled: it may be our own doing. What was told of the slot
 * and taken back concerns the states that build on it, and those look at the chain anew; without a request none goes on.
 * Ended states hear nothing: a payout counts only when it can hardly be taken back. Beside these edges, steps lead on as
 * their files say.
 */
export const saleTable = {
  unknown: { step: unknown, on: { requestExpired, requestFailed, requestTakenBack } },
  preparing: { step: preparing, on: { requestExpired, requestFailed, slotFilled, requestTakenBack } },
  slotReserving: { step: slotReserving, on: { requestExpired, requestFailed, requestTakenBack } },
  downloading: { step: downloading, on: { requestExpired, requestFailed, slotFilled, requestTakenBack } },
  initialProving: {
    step: initialProving,
    on: { requestExpired, requestFailed, slotFilled, requestTakenBack },
  },
  filling: { step: filling, on: { requestExpired, requestFailed, requestTakenBack } },
  filled: { step: filled, on: { requestExpired, requestFailed, takenBack, requestTakenBack } },
  proving: { step: proving, on: { requestExpired, requestFailed, takenBack, requestTakenBack } },
  payout: { step: payout, on: { requestExpired, requestFailed, takenBack, requestTakenBack } },
  failed: { step: failed, on: { takenBack, requestTakenBack } },
  finished: { step: finished, on: {}, final: true },
  cancelled: { step: cancelled, on: {}, final: true },
  errored: { step: errored, on: {}, final: true },
  ignored: { step: ignored, on: {}, final: true },
} as const satisfies Table<SaleState, SaleContext, SaleEvent>;

/**
 * Where the steps lead, for the drawing and the tests; an error nobody expected leads to `errored` as well, and from
 * `filled` on back to `unknown`, since money in the slot is never left alone (engine.md 13-S2).
 */
export const saleSuccessors: { readonly [Name in SaleState['name']]: readonly SaleState['name'][] } = {
  unknown: ['preparing', 'filled', 'payout', 'finished', 'cancelled', 'failed', 'ignored', 'errored'],
  preparing: ['slotReserving', 'filled', 'ignored', 'errored', 'unknown'],
  slotReserving: ['downloading', 'ignored', 'errored'],
  downloading: ['initialProving', 'errored'],
  initialProving: ['filling', 'errored'],
  filling: ['filled', 'initialProving', 'ignored', 'errored', 'unknown'],
  filled: ['proving', 'ignored', 'errored', 'unknown'],
  proving: ['payout', 'cancelled', 'failed', 'errored', 'unknown'],
  payout: ['finished', 'failed', 'errored', 'unknown'],
  failed: ['finished', 'errored', 'unknown'],
  finished: [],
  cancelled: ['unknown'],
  errored: ['unknown'],
  ignored: ['unknown'],
};

/** Where an error leads that no step expected. */
export function afterError(error: unknown, { name }: SaleState): SaleState {
  if (statesWithMoney.has(name)) return { name: 'unknown', isAgain: true };
  return {
    name: 'errored',
    outcome: { code: 'error', text: `Ended by an error: ${describeError(error)}` },
    fate: { kind: 'notFilled' },
  };
}

const statesWithMoney: ReadonlySet<SaleState['name']> = new Set([
  'unknown',
  'filled',
  'proving',
  'payout',
  'failed',
]);
