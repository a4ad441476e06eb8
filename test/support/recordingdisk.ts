import { mkdir, open, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { OpenFile } from '../../src/main/engine/stores/slotfiles.ts';

type DiskOperation =
  | { readonly kind: 'write'; readonly file: string; readonly bytes: Uint8Array; readonly position: number }
  | { readonly kind: 'truncate'; readonly file: string; readonly length: number }
  | { readonly kind: 'sync'; readonly file: string }
  | { readonly kind: 'note'; readonly note: string };

/**
 * Writes down what is done to files, to make from it what a disk may hold after the power failed at any point: all that was
 * synced, and of the rest whatever pieces one likes. Faults can be made with `failOn`.
 */
export class RecordingDisk {
  readonly operations: DiskOperation[] = [];
  /** Throw in it to make an operation fail instead of being done. */
  failOn: (operation: DiskOperation) => void = () => {};

  readonly openFile: OpenFile = async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    return this.#recording(handle, basename(String(path)));
  };

  note(note: string): void {
    this.operations.push({ kind: 'note', note });
  }

  /** Makes in `folder` what a crash after `count` operations leaves; `keeps` says which unsynced ones came through. */
  async crash(
    folder: string,
    count: number,
    keeps: (operation: DiskOperation, at: number) => boolean,
  ): Promise<void> {
    const before = this.operations.slice(0, count);
    const files = new Map<string, Buffer>();
    for (const [at, operation] of before.entries()) {
      if (operation.kind === 'note' || operation.kind === 'sync') continue;
      const { file } = operation;
      const isSynced = before.some((other, i) => i > at && other.kind === 'sync' && other.file === file);
      if (isSynced || keeps(operation, at))
        files.set(file, applied(files.get(file) ?? Buffer.alloc(0), operation));
    }
    await mkdir(folder, { recursive: true });
    for (const [file, bytes] of files) await writeFile(join(folder, file), bytes);
  }

  #recording(handle: FileHandle, file: string): FileHandle {
    const record = (operation: DiskOperation) => {
      this.failOn(operation);
      this.operations.push(operation);
    };
    return new Proxy(handle, {
      get: (target, name) => {
        if (name === 'write') {
          return async (bytes: Uint8Array, offset: number, length: number, position: number) => {
            record({ kind: 'write', file, bytes: bytes.slice(offset, offset + length), position });
            return await target.write(bytes, offset, length, position);
          };
        }
        if (name === 'truncate') {
          return async (length: number) => {
            record({ kind: 'truncate', file, length });
            await target.truncate(length);
          };
        }
        if (name === 'datasync') {
          return async () => {
            // Counts once it is done: what is written meanwhile is not covered.
            this.failOn({ kind: 'sync', file });
            await target.datasync();
            this.operations.push({ kind: 'sync', file });
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

function applied(content: Buffer, operation: Exclude<DiskOperation, { kind: 'note' | 'sync' }>): Buffer {
  if (operation.kind === 'truncate') return Buffer.concat([content], operation.length);
  const { bytes, position } = operation;
  const grown = Buffer.concat([content], Math.max(content.length, position + bytes.length));
  grown.set(bytes, position);
  return grown;
}
