import type { WhyNotRule } from '../../../shared/insight.ts';
import type { OutcomeCode } from '../sales/saleinfo.ts';
import type { DroppedItem } from '../sales/slotqueue.ts';

/** What a slot that left the queue was in want of. */
export const ruleOfDrop = {
  evicted: 'queueFull',
  expired: 'expired',
  tooSlow: 'tooSlow',
} as const satisfies Record<DroppedItem['reason'], WhyNotRule>;

/** What was in the way of a sale that ended before its slot was filled; undefined when that is told in other ways. */
export const ruleOfSale: Readonly<Record<OutcomeCode, WhyNotRule | undefined>> = {
  paid: undefined,
  partlyPaid: undefined,
  slotLost: undefined,
  noMatchingAvailability: undefined,
  slotTaken: 'lostRace',
  reservationsFull: 'reservationsFull',
  requestExpired: 'expired',
  tooLate: 'expired',
  balanceTooLow: 'balance',
  requestFailed: 'failed',
  downloadFailed: 'failed',
  notVerifiable: 'failed',
  proofFailed: 'failed',
  requestUnknown: 'failed',
  requestRefused: 'failed',
  error: 'failed',
};

/** Where no sale has words of its own. */
export const textOf = {
  queueFull: 'The queue was full of slots that pay more.',
  expired: 'It expired before a worker was free for it.',
  tooSlow: 'It could not have been fetched before it expired, at the speed that was measured.',
  lostRace: 'Another provider filled it first.',
  reservationsFull: 'As many providers as the contract allows had reserved it already.',
} as const satisfies Partial<Record<WhyNotRule, string>>;
