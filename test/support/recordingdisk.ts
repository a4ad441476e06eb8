import { mkdir, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { diskFiles, type FileSystem } from '../../src/main/engine/stores/filesystem.ts';

/** Files and folders by the last part of their paths. */
export type DiskOperation =
  | { readonly kind: 'write'; readonly file: string; readonly bytes: Uint8Array; readonly position: number }
  | { readonly kind: 'truncate'; readonly file: string; readonly length: number }
  | { readonly kind: 'rename'; readonly file: string; readonly to: string }
  | { readonly kind: 'sync' | 'remove' | 'makeFolder'; readonly file: string }
  | { readonly kind: 'note'; readonly note: string };

/** What changes nothing: can be made to fail, but is not written down. */
type DiskQuestion = {
  readonly kind: 'open' | 'read' | 'list' | 'hasFolder';
  readonly file: string;
  /** Of a read in an open file. */
  readonly position?: number;
};

/**
 * Writes down what is done to files, to make from it what a disk may hold after the power failed at any point: all that was
 * synced, and of the rest whatever pieces one likes. Faults can be made with `failOn`.
 */
export class RecordingDisk implements FileSystem {
  readonly operations: DiskOperation[] = [];
  /** Throw in it to make an operation fail instead of being done. */
  failOn: (operation: DiskOperation | DiskQuestion) => void = () => {};
  /** Operations that have not ended. */
  pending = 0;

  note(note: string): void {
    this.operations.push({ kind: 'note', note });
  }

  async open(path: string, flags: string | number, mode?: number): Promise<FileHandle> {
    const file = basename(path);
    this.failOn({ kind: 'open', file });
    const handle = this.#recording(await this.#pends(diskFiles.open(path, flags, mode)), file);
    if (flags === 'w') this.operations.push({ kind: 'truncate', file, length: 0 });
    return handle;
  }

  async read(path: string): Promise<Uint8Array> {
    this.failOn({ kind: 'read', file: basename(path) });
    return await this.#pends(diskFiles.read(path));
  }

  async list(folder: string): Promise<string[]> {
    this.failOn({ kind: 'list', file: basename(folder) });
    return await this.#pends(diskFiles.list(folder));
  }

  async hasFolder(path: string): Promise<boolean> {
    this.failOn({ kind: 'hasFolder', file: basename(path) });
    return await this.#pends(diskFiles.hasFolder(path));
  }

  async makeFolder(path: string): Promise<void> {
    this.#record({ kind: 'makeFolder', file: basename(path) });
    await this.#pends(diskFiles.makeFolder(path));
  }

  async rename(from: string, to: string): Promise<void> {
    this.#record({ kind: 'rename', file: basename(from), to: basename(to) });
    await this.#pends(diskFiles.rename(from, to));
  }

  async remove(path: string): Promise<void> {
    this.#record({ kind: 'remove', file: basename(path) });
    await this.#pends(diskFiles.remove(path));
  }

  /**
   * Makes in `folder` what a crash after `count` operations leaves of one slot; `keeps` says which unsynced writes came
   * through. Names are taken to be durable at once.
   */
  async crash(
    folder: string,
    count: number,
    keeps: (operation: DiskOperation, at: number) => boolean,
  ): Promise<void> {
    const before = this.operations.slice(0, count);
    const files = new Map<string, Buffer>();
    for (const [at, operation] of before.entries()) {
      if (operation.kind === 'rename') {
        const moved = files.get(operation.file);
        if (moved) files.set(operation.to, moved);
        files.delete(operation.file);
      }
      if (operation.kind !== 'write' && operation.kind !== 'truncate') continue;
      const { file } = operation;
      const isSynced = before.some((other, i) => i > at && other.kind === 'sync' && other.file === file);
      if (isSynced || keeps(operation, at))
        files.set(file, applied(files.get(file) ?? Buffer.alloc(0), operation));
    }
    await mkdir(folder, { recursive: true });
    for (const [file, bytes] of files) await writeFile(join(folder, file), bytes);
  }

  async #pends<T>(work: Promise<T>): Promise<T> {
    this.pending++;
    try {
      return await work;
    } finally {
      this.pending--;
    }
  }

  #record(operation: DiskOperation): void {
    this.failOn(operation);
    this.operations.push(operation);
  }

  #recording(handle: FileHandle, file: string): FileHandle {
    const operations: Record<string, unknown> = {
      write: async (bytes: Uint8Array, offset: number, length: number, position: number) => {
        this.#record({ kind: 'write', file, bytes: bytes.slice(offset, offset + length), position });
        return await handle.write(bytes, offset, length, position);
      },
      writeFile: async (content: Uint8Array | string) => {
        this.#record({ kind: 'write', file, bytes: Buffer.from(content), position: 0 });
        await handle.writeFile(content);
      },
      truncate: async (length: number) => {
        this.#record({ kind: 'truncate', file, length });
        await handle.truncate(length);
      },
      read: async (bytes: Uint8Array, offset: number, length: number, position: number) => {
        this.failOn({ kind: 'read', file, position });
        return await handle.read(bytes, offset, length, position);
      },
      datasync: () => this.#sync(file, () => handle.datasync()),
      sync: () => this.#sync(file, () => handle.sync()),
    };
    return new Proxy(handle, {
      get: (target, name) => {
        const isOurs = typeof name === 'string' && Object.hasOwn(operations, name);
        const value: unknown = isOurs ? operations[name] : Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => this.#pends(Reflect.apply(value, target, args) as Promise<unknown>);
      },
    });
  }

  /** Counts once it is done: what is written meanwhile is not covered. */
  async #sync(file: string, sync: () => Promise<void>): Promise<void> {
    this.failOn({ kind: 'sync', file });
    await sync();
    this.operations.push({ kind: 'sync', file });
  }
}

type Change = Extract<DiskOperation, { kind: 'write' | 'truncate' }>;

function applied(content: Buffer, operation: Change): Buffer {
  if (operation.kind === 'truncate') return Buffer.concat([content], operation.length);
  const { bytes, position } = operation;
  const grown = Buffer.concat([content], Math.max(content.length, position + bytes.length));
  grown.set(bytes, position);
  return grown;
}
