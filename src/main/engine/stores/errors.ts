import { EngineError } from '../errors.ts';

/** `message` of those that a person meets says what to do. */
export type StoreErrorCode =
  | 'DATA_FOLDER_IN_USE'
  | 'DATA_FOLDER_OF_ANOTHER_VERSION'
  | 'DATA_FOLDER_UNUSABLE'
  | 'DATABASE_DAMAGED'
  | 'DATABASE_FAILED'
  | 'DISK_FULL'
  | 'SLOT_LAYOUT_MISMATCH'
  | 'SLOT_FILES_FAILED'
  | 'SLOT_FOLDER_GONE'
  | 'SLOT_CLOSED'
  | 'BLOCK_OUT_OF_RANGE'
  | 'BLOCK_NOT_STORED'
  | 'STORAGE_RECORD_DAMAGED'
  | 'NODE_FOLDERS_DAMAGED'
  | 'NETWORK_KEY_DAMAGED'
  | 'MOVE_TARGET_UNUSABLE'
  | 'MOVE_UNDER_WAY'
  | 'COPY_NOT_TRUE';

export class StoreError extends EngineError<StoreErrorCode> {}

/** The disk with the slots was taken off, most likely; or somebody deleted them. */
export function slotFolderGone(folder: string): StoreError {
  const message = `The folder of the slots, ${folder}, is not there. If its disk was taken off, connect it again: nothing is lost then, but no proof can be given meanwhile, which costs collateral. If the folder was deleted, make it again, and the slots are fetched anew.`;
  return new StoreError('SLOT_FOLDER_GONE', { folder }, { message });
}

/** The system's error code, such as ENOSPC; undefined for other errors. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** The store error for one of the file system: a full disk or quota by its name, anything else by `otherwise`. */
export function storeErrorFor(cause: unknown, otherwise: StoreErrorCode, path: string): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = systemCode(cause);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return new StoreError(otherwise, { path }, { cause });
  return new StoreError(
    'DISK_FULL',
    { path },
    { cause, message: `There is no space left on the disk of ${path}. Free some, or lower the quota.` },
  );
}
