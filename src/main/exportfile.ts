import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { EngineError } from './engine/errors.ts';

/** The file that somebody chose for an export could not be written. */
export class ExportError extends EngineError<'EXPORT_UNWRITABLE' | 'EXPORT_GONE', object> {}

/** Writes an export whole, or not at all; for its owner alone. @throws ExportError EXPORT_UNWRITABLE */
export async function writeExport(path: string, content: string | Uint8Array): Promise<void> {
  const file = await openExport(path);
  try {
    await file.write(content);
    await file.finish();
  } finally {
    await file.discard();
  }
}

/** An export that is written piece by piece. What is there at `path` stays until `finish`. */
export interface ExportFile {
  write(content: string | Uint8Array): Promise<void>;
  /** Puts it in its place. */
  finish(): Promise<void>;
  /** Leaves nothing of it; idempotent, and harmless after `finish`. */
  discard(): Promise<void>;
}

/** All of its calls @throws ExportError EXPORT_UNWRITABLE */
export async function openExport(path: string): Promise<ExportFile> {
  const temporary = `${path}.new`;
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw exportError(error, path);
    }
  };
  let file: FileHandle | undefined = await told(() => open(temporary, 'w', 0o600));
  let isLeft = true;
  const close = async () => {
    const opened = file;
    file = undefined;
    await opened?.close();
  };
  return {
    write: (content) => told(async () => file?.writeFile(content)),
    finish: () =>
      told(async () => {
        await file?.sync();
        await close();
        await rename(temporary, path);
        isLeft = false;
      }),
    discard: async () => {
      await close();
      if (isLeft) await rm(temporary, { force: true });
      isLeft = false;
    },
  };
}

/** What the system said, in words, with what to do. */
export function exportError(cause: unknown, path: string): ExportError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const why = Object.hasOwn(reasons, code)
    ? reasons[code as keyof typeof reasons]
    : `the system said ${code || String(cause)}`;
  const message = `${path} cannot be written: ${why}.`;
  return new ExportError('EXPORT_UNWRITABLE', { path, code }, { cause, message });
}

const denied = 'this account may not write there';
const noSpace = 'the disk is full';
const reasons = {
  EACCES: denied,
  EPERM: denied,
  EROFS: 'the disk can only be read',
  ENOSPC: noSpace,
  EDQUOT: noSpace,
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'that is a folder',
  EIO: 'the disk has a fault',
} as const;
