import { access } from 'node:fs/promises';
import { ExportError, exportError } from '../exportfile.ts';
import { commandError } from './errors.ts';

/** Before anyone takes trouble over what shall be written there. @throws CommandError FILE_THERE */
export async function mustBeFree(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw fileThere(path);
}

/** What the system said when a new file was to be written. */
export function newFileError(error: unknown, path: string): unknown {
  const cause = error instanceof ExportError ? error.cause : error;
  if ((cause as NodeJS.ErrnoException | undefined)?.code === 'EEXIST') return fileThere(path, error);
  return error instanceof ExportError ? error : exportError(error, path);
}

const fileThere = (path: string, cause?: unknown) =>
  commandError('FILE_THERE', `There is a file ${path} already. Name another one.`, cause);
