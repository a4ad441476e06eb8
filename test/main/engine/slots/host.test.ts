import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hex32, type Challenge } from '../../../../src/main/engine/contracts/ids.ts';
import { silentLogger as logger } from '../../../../src/main/engine/logger.ts';
import type { BlockNetwork, BlockSource } from '../../../../src/main/engine/network/blocknetwork.ts';
import { sha256 } from '../../../../src/main/engine/network/cids.ts';
import type { Dataset } from '../../../../src/main/engine/network/dataset.ts';
import { LocalSlotHost } from '../../../../src/main/engine/slots/host.ts';
import { PracticeProver } from '../../../../src/main/engine/slots/practiceprover.ts';
import type { HostedSlot } from '../../../../src/main/engine/slots/slothost.ts';
import { SlotStore } from '../../../../src/main/engine/stores/slotstore.ts';
import { forging, lying, only, shifted } from '../../../support/blocknetworksuite.ts';
import { FakeBlockNetwork } from '../../../support/fakeblocknetwork.ts';
import { RecordingDisk } from '../../../support/recordingdisk.ts';
import { aDataset, aSlot, range } from '../../../support/slotfixtures.ts';
import { tempFolder } from '../../../support/tempfolder.ts';

const { signal } = new AbortController();
const BLOCK = 65_536;
const challenge = (byte: string) => hex32<Challenge>(`0x${byte.repeat(32)}`);

function peerWith(...sources: BlockSource[]): FakeBlockNetwork {
  const peers = sources.map((source) => {
    const peer = new FakeBlockNetwork();
    peer.serve(source);
    return peer;
  });
  return new FakeBlockNetwork(peers);
}

interface Setup {
  dataset?: Dataset;
  network?: BlockNetwork;
  folder?: string;
  flushBytes?: number;
  now?: () => number;
  hosted?: HostedSlot;
}

/** A host over a folder, with a ledger that adds up what is booked. */
async function aHost({
  dataset = aDataset(),
  network,
  folder,
  flushBytes = 2 * BLOCK,
  now = () => 0,
  hosted,
}: Setup = {}) {
  const root = folder ?? (await tempFolder());
  const disk = new RecordingDisk();
  const slotStore = new SlotStore({ folder: root, logger }, { openFile: disk.openFile });
  const source = network ?? peerWith(dataset.source);
  const host = new LocalSlotHost(
    { slotStore, network: source, prover: new PracticeProver(), logger },
    { flushBytes, now },
  );
  const booked: bigint[] = [];
  const book = async (bytes: bigint) => void booked.push(bytes);
  return { dataset, host, slotStore, disk, booked, book, folder: root, hosted: hosted ?? aSlot(dataset) };
}

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

describe('LocalSlotHost.store', () => {
  it('fetches, verifies and keeps a slot, and books every byte once, after each flush', async () => {
    const { host, hosted, book, booked } = await aHost();
    await host.store(hosted, { book, signal });
    expect(booked).toEqual([2n * 65_536n, 2n * 65_536n, 65_536n]);
    expect(await host.storedBytes(hosted.slotId)).toBe(5n * 65_536n);
  });

  it('tells its progress in durable bytes, from what is there to all', async () => {
    const { host, hosted, book } = await aHost();
    const seen: bigint[] = [];
    await host.store(hosted, {
      book,
      signal,
      onProgress: ({ doneBytes, totalBytes }) => {
        expect(totalBytes).toBe(5n * 65_536n);
        seen.push(doneBytes / 65_536n);
      },
    });
    expect(seen).toEqual([0n, 2n, 4n, 5n]);
  });

  it('flushes a slow download by the clock', async () => {
    let nowMs = 0;
    const { host, hosted, book, booked } = await aHost({
      flushBytes: 100 * BLOCK,
      now: () => (nowMs += 600),
    });
    await host.store(hosted, { book, signal });
    expect(booked.length).toBeGreaterThan(1);
    expect(sum(booked)).toBe(5n * 65_536n);
  });

  it('goes on after being called off, without asking for verified blocks again, and books nothing twice', async () => {
    const dataset = aDataset();
    const first = await aHost({ dataset });
    const controller = new AbortController();
    const interrupted = first.host.store(first.hosted, {
      book: async (bytes) => {
        await first.book(bytes);
        controller.abort();
      },
      signal: controller.signal,
    });
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    expect(await first.host.storedBytes(first.hosted.slotId)).toBe(sum(first.booked));

    const network = peerWith(dataset.source);
    const second = await aHost({ dataset, network, folder: first.folder, hosted: first.hosted });
    await second.host.store(first.hosted, { book: second.book, signal });
    expect(network.asked).toEqual([7, 8, 9]);
    expect(sum(first.booked) + sum(second.booked)).toBe(5n * 65_536n);
  });

  it('has nothing to do for a slot that is complete, even when nobody has its data any more', async () => {
    const first = await aHost();
    await first.host.store(first.hosted, { book: first.book, signal });
    const second = await aHost({ ...first, network: peerWith() });
    await second.host.store(first.hosted, { book: second.book, signal });
    expect(second.booked).toEqual([]);
  });

  it('ends with the error of booking, and what is durable can be told afterwards', async () => {
    const { host, hosted } = await aHost();
    const failing = host.store(hosted, { book: () => Promise.reject(new Error('over quota')), signal });
    await expect(failing).rejects.toThrow('over quota');
    expect(await host.storedBytes(hosted.slotId)).toBe(2n * 65_536n);
  });

  it('keeps padding blocks as nothing but their place', async () => {
    const dataset = aDataset({ blocks: 3 });
    const { host, hosted, book, booked } = await aHost({ dataset, hosted: aSlot(dataset, 1) });
    await host.store(hosted, { book, signal });
    expect(sum(booked)).toBe(2n * 65_536n);
    await expect(host.prove(hosted, challenge('01'), { signal })).resolves.toBeDefined();
  });

  it.each([
    ['wrong bytes', lying],
    ['true bytes at a wrong index', shifted],
    ['a forged proof', forging],
  ])('stores nothing of %s', async (_, spoil) => {
    const dataset = aDataset();
    const { host, hosted, book, booked } = await aHost({ dataset, network: peerWith(spoil(dataset.source)) });
    await expect(host.store(hosted, { book, signal })).rejects.toMatchObject({ code: 'BLOCKS_NOT_FOUND' });
    expect([booked, await host.storedBytes(hosted.slotId)]).toEqual([[], 0n]);
  });

  it('keeps what it got when the rest is not to be had', async () => {
    const dataset = aDataset();
    const { host, hosted, book } = await aHost({
      dataset,
      network: peerWith(only(dataset.source, [5, 6, 7])),
    });
    await expect(host.store(hosted, { book, signal })).rejects.toMatchObject({ code: 'BLOCKS_NOT_FOUND' });
    expect(await host.storedBytes(hosted.slotId)).toBe(2n * 65_536n);
  });

  it('fetches no block for a request that does not fit its manifest', async () => {
    const dataset = aDataset();
    const network = peerWith(dataset.source);
    const { host, hosted, book } = await aHost({ dataset, network });
    const request = { ...hosted.request, ask: { ...hosted.request.ask, slotSize: 2n ** 30n } };
    await expect(host.store({ ...hosted, request }, { book, signal })).rejects.toMatchObject({
      code: 'SLOT_SIZE_MISMATCH',
    });
    expect(network.asked).toEqual([]);
  });

  it('says so when the disk is full, keeps what was flushed, and goes on when there is room', async () => {
    const { host, hosted, book, booked, disk } = await aHost();
    let writes = 0;
    disk.failOn = ({ kind }) => {
      if (kind === 'write' && writes++ >= 8) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    await expect(host.store(hosted, { book, signal })).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await host.storedBytes(hosted.slotId)).toBe(sum(booked));
    disk.failOn = () => {};
    await host.store(hosted, { book, signal });
    expect(sum(booked)).toBe(5n * 65_536n);
  });

  it('refuses a slot at once that the disk has no room for, and fetches no block', async () => {
    class TightStore extends SlotStore {
      override async space() {
        return { freeBytes: 5n * 65_536n - 1n, totalBytes: 2n ** 40n };
      }
    }
    const dataset = aDataset();
    const network = peerWith(dataset.source);
    const slotStore = new TightStore({ folder: await tempFolder(), logger });
    const host = new LocalSlotHost({ slotStore, network, prover: new PracticeProver(), logger });
    const storing = host.store(aSlot(dataset), { book: async () => {}, signal });
    await expect(storing).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining('lower the quota'),
    });
    expect([network.asked, await slotStore.list()]).toEqual([[], []]);
  });
});

describe('LocalSlotHost.prove', () => {
  it('makes another proof for another challenge, and the same for the same', async () => {
    const { host, hosted, book } = await aHost();
    await host.store(hosted, { book, signal });
    const [one, again, other] = await Promise.all([
      host.prove(hosted, challenge('01'), { signal }),
      host.prove(hosted, challenge('01'), { signal }),
      host.prove(hosted, challenge('02'), { signal }),
    ]);
    expect(one).toEqual(again);
    expect(other).not.toEqual(one);
    expect(one.a.x).toBeGreaterThan(0n);
  });

  it('refuses to prove what it does not hold, or holds in part', async () => {
    const dataset = aDataset();
    const { host, hosted, book } = await aHost({ dataset, network: peerWith(only(dataset.source, [5, 6])) });
    await expect(host.prove(hosted, challenge('01'), { signal })).rejects.toMatchObject({
      code: 'SLOT_INCOMPLETE',
    });
    await expect(host.store(hosted, { book, signal })).rejects.toMatchObject({ code: 'BLOCKS_NOT_FOUND' });
    await expect(host.prove(hosted, challenge('01'), { signal })).rejects.toMatchObject({
      code: 'SLOT_INCOMPLETE',
    });
  });

  it('refuses to prove data that has changed on the disk', async () => {
    const { host, hosted, book, folder } = await aHost();
    await host.store(hosted, { book, signal });
    const pack = join(folder, hosted.slotId, 'data.pack');
    await writeFile(
      pack,
      (await readFile(pack)).map((byte) => byte ^ 1),
    );
    await expect(host.prove(hosted, challenge('01'), { signal })).rejects.toMatchObject({
      code: 'DATA_DAMAGED',
    });
    await truncate(pack, 10);
    await expect(host.prove(hosted, challenge('01'), { signal })).rejects.toMatchObject({
      code: 'SLOT_INCOMPLETE',
    });
  });
});

describe('LocalSlotHost.clear', () => {
  it('deletes the slot, twice if asked to, and lets it be stored again', async () => {
    const { host, hosted, book, booked } = await aHost();
    await host.store(hosted, { book, signal });
    await host.clear(hosted.slotId);
    await host.clear(hosted.slotId);
    expect(await host.storedBytes(hosted.slotId)).toBe(0n);
    await host.store(hosted, { book, signal });
    expect(sum(booked)).toBe(10n * 65_536n);
  });
});

describe('LocalSlotHost.source', () => {
  it('serves the leaves and the manifest of a complete slot, with proofs that convince others', async () => {
    const { host, hosted, book, dataset } = await aHost();
    expect(await host.source.leaf(dataset.treeCid, 5)).toBeUndefined();
    await host.store(hosted, { book, signal });
    const other = peerWith(host.source);
    const leaves = [];
    for await (const leaf of other.leaves(dataset, range(5, 10), { signal })) leaves.push(leaf);
    expect(leaves.every((leaf) => Buffer.compare(sha256(leaf.data), leaf.digest) === 0)).toBe(true);
    expect(leaves).toHaveLength(5);
    expect(await other.manifest(dataset.manifestCid, { signal })).toHaveLength(dataset.manifest.length);
    expect(await host.source.leaf(dataset.treeCid, 4)).toBeUndefined();
    expect(await host.source.leaf(aDataset().treeCid, 5)).toBeUndefined();
    await host.stop();
    expect(await host.source.leaf(dataset.treeCid, 5)).toBeUndefined();
  });

  it('finds what it holds after a restart, and nothing once it is cleared', async () => {
    const first = await aHost();
    await first.host.store(first.hosted, { book: first.book, signal });
    const { host } = await aHost({ ...first, network: peerWith() });
    expect(await host.source.leaf(first.dataset.treeCid, 9)).toBeDefined();
    await host.clear(first.hosted.slotId);
    expect(await host.source.leaf(first.dataset.treeCid, 9)).toBeUndefined();
    expect(await host.source.block(first.dataset.manifestCid)).toBeUndefined();
  });

  it('does not serve what has changed on the disk', async () => {
    const { host, hosted, book, dataset, folder } = await aHost();
    await host.store(hosted, { book, signal });
    const leaves = join(folder, hosted.slotId, 'leaves');
    const whole = await readFile(leaves);
    await writeFile(
      leaves,
      whole.map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
    );
    expect(await host.source.leaf(dataset.treeCid, 5)).toBeUndefined();
    await writeFile(leaves, whole);
    const pack = join(folder, hosted.slotId, 'data.pack');
    await writeFile(
      pack,
      (await readFile(pack)).map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
    );
    expect(await host.source.leaf(dataset.treeCid, 5)).toBeUndefined();
    expect(await host.source.leaf(dataset.treeCid, 6)).toBeDefined();
    await host.stop();
  });
});
