import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleChild } from './bundle.ts';
import { tell, type Fate, type Life, type Told } from './life.ts';
import { NodePool } from './nodepool.ts';
import { makeContent, Stage } from './stage.ts';

/** Where lives are told: the program of the children, a pool of them, and a folder for each life. */
export interface Theatre {
  play(life: Life, fate?: Fate): Promise<Told>;
  /** Runs all, as many at once as there are processors to spare, and fails with what the first failures say. */
  playAll(tales: readonly (() => Promise<unknown>)[]): Promise<void>;
  close(): Promise<void>;
}

export async function openTheatre(): Promise<Theatre> {
  const root = await mkdtemp(join(tmpdir(), 'slotkeeper-crash-'));
  const bundle = await bundleChild();
  const pool = new NodePool(bundle.path);
  const contents = [await makeContent(root, 1, 0), await makeContent(root, 2, 1)];
  return {
    play: async (life, fate) => {
      const folder = await mkdtemp(join(root, 'node-'));
      try {
        return await tell(life, { pool, stage: new Stage(folder, contents) }, fate);
      } finally {
        await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    },
    playAll,
    close: async () => {
      await pool.close();
      await bundle.remove();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function playAll(tales: readonly (() => Promise<unknown>)[]): Promise<void> {
  const waiting = [...tales];
  const failures: string[] = [];
  const one = async () => {
    for (let next = waiting.shift(); next && failures.length < 3; next = waiting.shift()) {
      await next().catch((error: unknown) =>
        failures.push(error instanceof Error ? error.message : String(error)),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  if (failures.length > 0) throw new Error(failures.join('\n\n'));
}

const AT_ONCE = 2;
