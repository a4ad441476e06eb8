import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { abortError } from '../../../src/main/engine/lib/abort.ts';
import { StateKeeper } from '../../../src/main/practice/chainstate.ts';
import { recordingLogger } from '../../support/recordinglogger.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chainstate-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A chain whose state is its block number, and a keeper that sleeps as it is told. */
function make({ sleep }: { sleep?: (ms: number, signal: AbortSignal) => Promise<void> } = {}) {
  const file = join(folder, 'chain.json');
  const { logger, lines } = recordingLogger();
  const chain = {
    head: { number: 1, timestamp: 0 },
    dumps: 0,
    dumpState: async (): Promise<Uint8Array> => {
      chain.dumps++;
      return gzipSync(JSON.stringify({ block: chain.head.number }));
    },
  };
  const keeper = new StateKeeper({ chain, file, logger }, sleep && { sleep });
  return { chain, keeper, lines, saved: async () => JSON.parse(await readFile(file, 'utf8')) as unknown };
}

test('the state stands in the file as the chain reads it, and nothing beside it', async () => {
  const { keeper, saved } = make();
  await keeper.save();
  expect(await saved()).toEqual({ block: 1 });
  expect(await readdir(folder)).toEqual(['chain.json']);
});

test('a chain that stands still is not saved again', async () => {
  const { chain, keeper, saved } = make();
  await keeper.save();
  await keeper.save();
  expect(chain.dumps).toBe(1);
  chain.head = { number: 2, timestamp: 1 };
  await keeper.save();
  expect(await saved()).toEqual({ block: 2 });
});

test('a state that cannot be had leaves the one before, says so, and is saved the next time', async () => {
  const { chain, keeper, lines, saved } = make();
  await keeper.save();
  chain.head = { number: 2, timestamp: 1 };
  const { dumpState } = chain;
  chain.dumpState = async () => gzipSync('{"block": 2}').subarray(0, 12);
  await keeper.save();
  expect(await saved()).toEqual({ block: 1 });
  expect(lines).toMatchObject([{ level: 'warn' }]);
  chain.dumpState = dumpState;
  await keeper.save();
  expect(await saved()).toEqual({ block: 2 });
});

test('it is saved every few seconds until it is called off', async () => {
  const controller = new AbortController();
  const pauses: number[] = [];
  const world = make({
    sleep: async (ms) => {
      pauses.push(ms);
      world.chain.head = { number: world.chain.head.number + 1, timestamp: 0 };
      if (pauses.length < 3) return;
      controller.abort();
      throw abortError(controller.signal);
    },
  });
  await expect(world.keeper.run(controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
  expect(world.chain.dumps).toBe(3);
  expect(await world.saved()).toEqual({ block: 3 });
  for (const ms of pauses) expect(ms).toBeGreaterThanOrEqual(2000);
});
