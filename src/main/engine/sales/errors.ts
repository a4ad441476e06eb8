import { EngineError } from '../errors.ts';

/** A rule of the ledger was broken; nothing was changed. Sizes in bytes, amounts in the smallest token unit. */
export type ReservationsErrorCode =
  | 'QUOTA_EXCEEDED'
  | 'QUOTA_BELOW_PROMISED'
  | 'SIZE_OUT_OF_BOUNDS'
  | 'DURATION_OUT_OF_BOUNDS'
  | 'AMOUNT_OUT_OF_BOUNDS'
  | 'UNTIL_OUT_OF_BOUNDS'
  | 'TOTAL_BELOW_RESERVED'
  | 'COLLATERAL_BELOW_TIED'
  | 'UNTIL_BEFORE_SALES_END'
  | 'OFFER_WINDING_DOWN'
  | 'BYTES_OUT_OF_BOUNDS'
  | 'NOT_FOUND';

export class ReservationsError extends EngineError<ReservationsErrorCode> {}

export type SlotQueueErrorCode = 'SLOTS_OUT_OF_RANGE' | 'WORKERS_OUT_OF_RANGE' | 'CAPACITY_OUT_OF_RANGE';

export class SlotQueueError extends EngineError<SlotQueueErrorCode> {}

export type SaleErrorCode = 'REQUEST_UNKNOWN' | 'UNEXPECTED_SLOT_STATE' | 'NO_TIME_LEFT';

export class SaleError extends EngineError<SaleErrorCode> {}
