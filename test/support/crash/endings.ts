import fs, { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import type { EndPlan } from './nodeview.ts';

/**
 * Counts what this process makes durable, files by their syncs and renames, batches and transactions as they are wrapped,
 * and ends the process at the write that the plan names.
 */
export class Endings {
  /** In order, as far as they began. */
  readonly writes: string[] = [];
  plan: EndPlan | undefined;
  /** Begins an orderly stop. */
  onStop = () => {};

  async around<T>(what: string, write: () => Promise<T>): Promise<T> {
    const isIt = this.writes.push(what) === this.plan?.at;
    if (isIt && this.plan?.how === 'before') die();
    if (isIt && this.plan?.how === 'stop') this.onStop();
    try {
      return await write();
    } finally {
      if (isIt && this.plan?.how === 'after') die();
    }
  }

  reset(plan: EndPlan | undefined): void {
    this.writes.length = 0;
    this.plan = plan;
  }
}

/** From now on every sync, rename and removal of files in this process goes through `endings`. */
export async function watchFiles(endings: Endings): Promise<void> {
  const handle = await promises.open(process.execPath, 'r');
  const files: FileSyncs = Object.getPrototypeOf(handle);
  const { sync, datasync } = files;
  await handle.close();
  Object.assign(files, {
    sync(this: FileSyncs) {
      return endings.around('sync', () => sync.call(this));
    },
    datasync(this: FileSyncs) {
      return endings.around('datasync', () => datasync.call(this));
    },
  });
  const { rename, rm } = promises;
  Object.assign(fs.promises, {
    rename: (from: string, to: string) => endings.around(`rename ${nameOf(from)}`, () => rename(from, to)),
    rm: (path: string, options: object) => endings.around(`rm ${nameOf(path)}`, () => rm(path, options)),
  });
  syncBuiltinESMExports();
}

interface FileSyncs {
  readonly sync: () => Promise<void>;
  readonly datasync: () => Promise<void>;
}

const nameOf = (path: string): string =>
  basename(path)
    .replace(/^0x[0-9a-f]{64}/, 'slot')
    .replace(/\d+$/, '');

/** Nothing runs after it: the kernel ends the process before it returns to our code. */
function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}
