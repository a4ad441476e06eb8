import { EngineError } from '../errors.ts';

/** Why the chain or the way to it refused. `CHAIN_UNREACHABLE` may pass by itself; a revert will not. */
export type MarketErrorCode =
  | 'CHAIN_UNREACHABLE'
  | 'WRONG_CHAIN'
  | 'NO_CONTRACT'
  | 'NOT_A_MARKETPLACE'
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
  | 'TRANSACTION_LOST';

export class MarketError extends EngineError<MarketErrorCode> {}
