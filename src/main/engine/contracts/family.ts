import { Interface, type InterfaceAbi } from 'ethers';
import type { SlotState } from './requests.ts';

/**
 * The two kinds of marketplace contracts: in one the marketplace itself holds the tokens, in the other a vault beside it.
 * What they answer alike means different things, so nothing is read before the family is known. Source: marketplace.md §15.
 */
export type MarketFamily = 'direct' | 'vault';

export interface FamilyRules {
  /** By the number that the contract answers. */
  readonly slotStates: readonly SlotState[];
  /** Whether the contract says of a slot that it was paid; else only its collateral, which is gone then, tells. */
  readonly namesPaidSlots: boolean;
  /** Whether who repairs a slot puts in less than the full collateral; else the reward for it comes with the payout. */
  readonly repairIsDiscounted: boolean;
  /**
   * What the hosts of a failed request get: nothing at all, or, once the time it was planned for is over, their
   * collateral and the pay up to the failure.
   */
  readonly failedRequestPays: 'nothing' | 'atPlannedEnd';
}

export const familyRules: Readonly<Record<MarketFamily, FamilyRules>> = {
  direct: {
    slotStates: ['free', 'filled', 'finished', 'failed', 'paid', 'cancelled', 'repair'],
    namesPaidSlots: true,
    repairIsDiscounted: true,
    failedRequestPays: 'nothing',
  },
  vault: {
    slotStates: ['free', 'filled', 'finished', 'failed', 'cancelled', 'repair'],
    namesPaidSlots: false,
    repairIsDiscounted: false,
    failedRequestPays: 'atPlannedEnd',
  },
};

/** Where the answer of the contract may mean that the slot was paid, and only its collateral can tell. */
export const mayBePaid = (family: MarketFamily, state: SlotState): boolean =>
  !familyRules[family].namesPaidSlots &&
  (state === 'finished' || state === 'cancelled' || state === 'failed');

/** Told by the ABI, never by a network's name: networks move from one family to the other (marketplace.md §1). */
export function familyOf(abi: InterfaceAbi): MarketFamily {
  return new Interface(abi).hasFunction('vault()') ? 'vault' : 'direct';
}
