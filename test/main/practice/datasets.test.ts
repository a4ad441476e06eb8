import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hex32, type RequestId } from '../../../src/main/engine/contracts/ids.ts';
import { sha256 } from '../../../src/main/engine/network/cids.ts';
import { makeDataset, type Dataset } from '../../../src/main/engine/network/dataset.ts';
import { verifyLeaf } from '../../../src/main/engine/network/merkle.ts';
import { DatasetStore } from '../../../src/main/practice/datasets.ts';

let folder: string;
const id = hex32<RequestId>(`0x${'a1'.repeat(32)}`);
const other = hex32<RequestId>(`0x${'b2'.repeat(32)}`);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datasets-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const someDataset = (): Dataset => makeDataset({ data: randomBytes(3 * 131_072), slots: 4, tolerance: 1 });

async function expectServed(store: DatasetStore, dataset: Dataset): Promise<void> {
  expect(await store.block(dataset.manifestCid)).toEqual(Buffer.from(dataset.manifest));
  const root = dataset.treeCid.multihash.digest;
  for (let index = 0; index < dataset.leafCount; index++) {
    const leaf = await store.leaf(dataset.treeCid, index);
    if (!leaf) throw new Error(`Leaf ${index} is missing`);
    const original = await dataset.source.leaf(dataset.treeCid, index);
    expect(Buffer.compare(leaf.data, original?.data ?? new Uint8Array())).toBe(0);
    const place = { root, index, leafCount: dataset.leafCount };
    expect(verifyLeaf(sha256(leaf.data), leaf.proof, place)).toBe(true);
  }
}

test('what was added is served, with proofs that hold, also after it was opened again', async () => {
  const datasets = [someDataset(), someDataset()] as const;
  const store = await DatasetStore.open(folder);
  await store.add(id, datasets[0]);
  await store.add(other, datasets[1]);
  for (const dataset of datasets) await expectServed(store, dataset);
  const again = await DatasetStore.open(folder);
  expect(again.requestIds.sort()).toEqual([id, other]);
  for (const dataset of datasets) await expectServed(again, dataset);
});

test('what was removed is served no longer and takes no room', async () => {
  const dataset = someDataset();
  const store = await DatasetStore.open(folder);
  await store.add(id, dataset);
  await store.remove(id);
  expect(await store.block(dataset.manifestCid)).toBeUndefined();
  expect(await store.leaf(dataset.treeCid, 0)).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);
});

test('a leaf beyond the last one is not there', async () => {
  const dataset = someDataset();
  const store = await DatasetStore.open(folder);
  await store.add(id, dataset);
  for (const index of [-1, dataset.leafCount])
    expect(await store.leaf(dataset.treeCid, index)).toBeUndefined();
});

test('a dataset that was not written to its end is gone after the next opening', async () => {
  await mkdir(join(folder, `${id}.new`));
  await writeFile(join(folder, `${id}.new`, 'blocks'), 'half');
  const store = await DatasetStore.open(folder);
  expect(store.requestIds).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});
