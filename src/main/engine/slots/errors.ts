import { EngineError } from '../errors.ts';

export type SlotErrorCode =
  'DATA_MISSING' | 'TREE_DAMAGED' | 'MANIFEST_DAMAGED' | 'POSITION_OUT_OF_RANGE' | 'SLOT_ROOT_MISMATCH';

/** Why a slot cannot be stored, proven or served. `message` says what to do. */
export class SlotError extends EngineError<SlotErrorCode> {}

/** @param positions blocks of the slot that were asked for and are not there, or harmed; rising */
export function dataMissing(slotId: string, positions: readonly number[]): SlotError {
  const message =
    'Blocks that the proof looks at are missing or harmed on this disk; they have to be fetched again.';
  return new SlotError('DATA_MISSING', { slotId, positions }, { message });
}
