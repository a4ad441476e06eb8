import { mkdir, open, readdir, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { systemCode } from './errors.ts';

/** What the stores ask of the file system, so that a test can write it down or make it fail. */
export interface FileSystem {
  /** `mode` is for a file that is made by it. */
  open(path: string, flags: string | number, mode?: number): Promise<FileHandle>;
  read(path: string): Promise<Uint8Array>;
  /** The names in a folder. */
  list(folder: string): Promise<string[]>;
  /** Whether there is such a folder. */
  hasFolder(path: string): Promise<boolean>;
  /** With its parents; nothing happens when it is there. */
  makeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** A file, or a folder with all that is in it; nothing happens when it is not there. */
  remove(path: string): Promise<void>;
}

export const diskFiles: FileSystem = {
  open: (path, flags, mode) => open(path, flags, mode),
  read: (path) => readFile(path),
  list: (folder) => readdir(folder),
  hasFolder: async (path) => {
    try {
      return (await stat(path)).isDirectory();
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return false;
      throw error;
    }
  },
  makeFolder: async (path) => void (await mkdir(path, { recursive: true })),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { recursive: true, force: true, maxRetries: 3 }),
};
