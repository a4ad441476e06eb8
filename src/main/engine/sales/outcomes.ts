import { describeError } from '../errors.ts';
import type { Outcome, OutcomeCode } from './saleinfo.ts';
import type { SaleState } from './salestate.ts';

/** The request is over; an untouched slot of it stays free on chain for ever. */
export const requestOver = (): SaleState => ({
  name: 'ignored',
  outcome: { code: 'requestExpired', text: 'The request expired before this slot was filled.' },
  waitsForOffer: false,
});

/** All was ready, and there was no time left in which the fill could be mined. */
export const tooLateToFill = (): SaleState => ({
  name: 'ignored',
  outcome: {
    code: 'tooLate',
    text: 'The request is over too soon for the slot to be filled in time; nothing was put in.',
  },
  waitsForOffer: false,
});

/** Somebody else fills the slot; nothing of ours is in it. */
export const slotTaken = (text = 'Another provider was quicker.'): SaleState => ({
  name: 'ignored',
  outcome: { code: 'slotTaken', text },
  waitsForOffer: false,
});

/** It was ours, and the chain took it away. */
export const slotLost = (): SaleState => ({ name: 'errored', outcome: lostText, fate: { kind: 'lost' } });

export const lostText: Outcome = {
  code: 'slotLost',
  text: 'The slot was taken away after too many missed proofs; its collateral is lost.',
};

/** Given up before anything was put in: bytes and collateral go back. */
export const givenUp = (code: OutcomeCode, text: string, error?: unknown): SaleState => ({
  name: 'errored',
  outcome: { code, text: error === undefined ? text : `${text}: ${describeError(error)}` },
  fate: { kind: 'notFilled' },
});
