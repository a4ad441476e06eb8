import { EngineError } from '../errors.ts';

/**
 * Why the chain or the way to it refused. `CHAIN_UNREACHABLE` may pass by itself, as may `RPC_REFUSED`, by which a server
 * answered that it will not (limits, ranges, nonces); a revert will not, but for `TOO_EARLY`: the money is held until a
 * time that has not come. `TOO_LATE`: it could not be mined by its deadline, or the contract's own time for it is over.
 */
export type MarketErrorCode =
  | 'CHAIN_UNREACHABLE'
  | 'RPC_REFUSED'
  | 'WRONG_CHAIN'
  | 'NO_CONTRACT'
  | 'NOT_A_MARKETPLACE'
  | 'WRONG_FAMILY'
  | 'HOSTILE_VALUE'
  | 'SLOT_RESERVATION_NOT_ALLOWED'
  | 'SLOT_NOT_FREE'
  | 'SLOT_IS_FREE'
  | 'ALREADY_PAID'
  | 'NOT_THE_HOST'
  | 'PROOF_INVALID'
  | 'PROOF_ALREADY_SUBMITTED'
  | 'INSUFFICIENT_TOKENS'
  | 'INSUFFICIENT_GAS'
  | 'UNKNOWN_REQUEST'
  | 'REVERTED'
  | 'TRANSACTION_LOST'
  | 'SIGNING_REFUSED'
  | 'TOO_LATE'
  | 'TOO_EARLY';

export class MarketError extends EngineError<MarketErrorCode> {}

/**
 * What a revert of the contracts means to the engine; the rest is `REVERTED`. `details.revert` always holds the name.
 * Names: marketplace.md §5, and OpenZeppelin's ERC-20 and the vault, whose errors are not in the marketplace's ABI.
 */
const codeByRevert: Readonly<Record<string, MarketErrorCode>> = {
  SlotReservations_ReservationNotAllowed: 'SLOT_RESERVATION_NOT_ALLOWED',
  Marketplace_SlotNotFree: 'SLOT_NOT_FREE',
  Marketplace_SlotIsFree: 'SLOT_IS_FREE',
  Marketplace_AlreadyPaid: 'ALREADY_PAID',
  Marketplace_InvalidSlotHost: 'NOT_THE_HOST',
  Marketplace_ProofNotSubmittedByHost: 'NOT_THE_HOST',
  Marketplace_UnknownRequest: 'UNKNOWN_REQUEST',
  Proofs_InvalidProof: 'PROOF_INVALID',
  Proofs_ProofAlreadySubmitted: 'PROOF_ALREADY_SUBMITTED',
  VaultFundNotLocked: 'TOO_LATE',
  VaultFundNotUnlocked: 'TOO_EARLY',
  ERC20InsufficientBalance: 'INSUFFICIENT_TOKENS',
  ERC20InsufficientAllowance: 'INSUFFICIENT_TOKENS',
};

/** The error a revert becomes, by the name of the contract's custom error. */
export function revertError(
  revert: string,
  details: object = {},
  options?: { cause?: unknown },
): MarketError {
  const code = codeByRevert[revert] ?? 'REVERTED';
  return new MarketError(
    code,
    { revert, ...details },
    { ...options, message: `The contract refused: ${revert}` },
  );
}
