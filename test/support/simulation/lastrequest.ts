import type { StorageAsk } from '../../../src/main/engine/contracts/requests.ts';
import type { Terms } from '../../../src/main/engine/sales/offers.ts';

/** The last request of a schedule: it pays more than any other, and fits the offer below whatever else is on offer. */
export const lastAsk: StorageAsk = {
  proofProbability: 1n,
  pricePerBytePerSecond: 2n ** 140n,
  collateralPerByte: 1n,
  slots: 1n,
  slotSize: 64n,
  duration: 1000n,
  maxSlotLoss: 0n,
};

export const lastTerms: Terms = {
  name: 'Last',
  totalSize: 64n,
  duration: 1000n,
  minPricePerBytePerSecond: 2n ** 140n,
  totalCollateral: 64n,
};
