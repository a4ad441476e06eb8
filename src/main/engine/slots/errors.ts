import { EngineError } from '../errors.ts';

export type SlotErrorCode = 'SLOT_INCOMPLETE' | 'DATA_DAMAGED' | 'POSITION_OUT_OF_RANGE';

/** Why a slot cannot be proven. `message` says what to do. */
export class SlotError extends EngineError<SlotErrorCode> {}
