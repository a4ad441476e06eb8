import { randomUUID } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EngineError } from './engine/errors.ts';
import { syncFolder } from './engine/stores/durablefile.ts';

/** The file that somebody chose for an export could not be written. */
export class ExportError extends EngineError<'EXPORT_UNWRITABLE' | 'EXPORT_GONE', object> {}

export interface ExportOptions {
  /** Whether what is at the path when the export is finished may be replaced; else that is `EEXIST`. */
  readonly mayReplace?: boolean;
}

/** Writes an export whole, or not at all; for its owner alone. @throws ExportError EXPORT_UNWRITABLE */
export async function writeExport(
  path: string,
  content: string | Uint8Array,
  options: ExportOptions = {},
): Promise<void> {
  const file = await openExport(path, options);
  try {
    await file.write(content);
    await file.finish();
  } finally {
    await file.discard();
  }
}

/** An export that is written piece by piece. What is there at `path` stays until `finish`. */
export interface ExportFile {
  /** @throws ExportError EXPORT_UNWRITABLE, EXPORT_GONE when it was discarded, be it meanwhile, or finished */
  write(content: string | Uint8Array): Promise<void>;
  /** Puts it in its place. @throws ExportError as `write` */
  finish(): Promise<void>;
  /** Waits for what is under way and leaves nothing of it; idempotent, and harmless after `finish`. */
  discard(): Promise<void>;
}

/**
 * The file beside `path` has a name that nobody else has: none that was left behind, and none that is put there for us,
 * lends it its mode or its place.
 * @throws ExportError EXPORT_UNWRITABLE
 */
export async function openExport(
  path: string,
  { mayReplace = true }: ExportOptions = {},
): Promise<ExportFile> {
  const temporary = `${path}.${randomUUID()}.new`;
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw error instanceof ExportError ? error : exportError(error, path);
    }
  };
  const file = await told(() => open(temporary, 'wx', 0o600));
  let isOver = false;
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other; what was discarded meanwhile has not succeeded. */
  const next = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(() =>
      told(async () => {
        if (isOver) throw exportGone();
        await work();
      }),
    );
    last = done.catch(() => undefined);
    return done;
  };
  let discarding: Promise<void> | undefined;
  return {
    write: (content) =>
      next(async () => {
        await file.writeFile(content);
        if (isOver) throw exportGone();
      }),
    finish: () =>
      next(async () => {
        await file.sync();
        await file.close();
        if (isOver) throw exportGone();
        await (mayReplace ? rename(temporary, path) : putAnew(temporary, path));
        isOver = true;
        // It is in its place, also on disks whose folders cannot be synced.
        await syncFolder(dirname(path)).catch(() => undefined);
      }),
    discard: () => {
      isOver = true;
      discarding ??= last.then(async () => {
        await file.close();
        await rm(temporary, { force: true });
      });
      return discarding;
    },
  };
}

/** @throws what the system says, `EEXIST` where something is there by now */
async function putAnew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    // Disks as those of cameras know no links: there a file that we made ourselves is what is replaced.
    await (await open(path, 'wx', 0o600)).close();
    await rename(temporary, path).catch(async (cause: unknown) => {
      await rm(path, { force: true });
      throw cause;
    });
    return;
  }
  await rm(temporary);
}

export const exportGone = (): ExportError =>
  new ExportError('EXPORT_GONE', {}, { message: 'This export is not under way any more. Begin it again.' });

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
  EEXIST: 'there is a file of that name',
  EIO: 'the disk has a fault',
} as const;
