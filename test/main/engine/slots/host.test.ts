import { readdir, readFile, readlink, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hex32, type Challenge, type SlotId } from '../../../../src/main/engine/contracts/ids.ts';
import { untilAborted } from '../../../../src/main/engine/lib/abort.ts';
import { silentLogger as logger } from '../../../../src/main/engine/logger.ts';
import type { BlockNetwork, Leaf, LeavesOptions } from '../../../../src/main/engine/network/blocknetwork.ts';
import { sha256 } from '../../../../src/main/engine/network/cids.ts';
import { InlineDigester } from '../../../../src/main/engine/proofs/inlinedigester.ts';
import { LocalSlotHost } from '../../../../src/main/engine/slots/host.ts';
import { PracticeProver } from '../../../../src/main/engine/slots/practiceprover.ts';
import type { Progress } from '../../../../src/main/engine/slots/slothost.ts';
import type { Prover } from '../../../../src/main/engine/slots/prover.ts';
import { SlotStore } from '../../../../src/main/engine/stores/slotstore.ts';
import { forging, lying, only, shifted } from '../../../support/blocksources.ts';
import {
  aHost,
  challengeFor,
  flip,
  flipBlock,
  onPackRead,
  peerWith,
  type HostSetup,
} from '../../../support/hostfixtures.ts';
import { ManualTimers } from '../../../support/manualtimers.ts';
import { aDataset, aProvenDataset, aSlot, range } from '../../../support/slotfixtures.ts';
import { tempFolder } from '../../../support/tempfolder.ts';

const { signal } = new AbortController();
const BLOCK = 65_536;
const challenge = (byte: string) => hex32<Challenge>(`0x${byte.repeat(32)}`);

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

describe('LocalSlotHost.store', () => {
  it('refuses what could not be proven where that counts, before a block is fetched', async () => {
    const options = { mustBeVerifiable: true };
    const { host, hosted, charge, charged } = await aHost(options);
    await expect(host.store(hosted, { charge, signal })).rejects.toMatchObject({
      code: 'MANIFEST_NOT_VERIFIABLE',
    });
    expect([charged, await host.storedBytes(hosted.slotId), await host.contents()]).toEqual([[], 0n, []]);

    const proven = await aHost({ ...options, dataset: await aProvenDataset() });
    let changes = 0;
    proven.host.onContents.subscribe(() => changes++);
    await proven.host.store(proven.hosted, { charge, signal });
    const { manifestCid, treeCid } = proven.dataset;
    expect((await proven.host.contents()).map(String)).toEqual([manifestCid, treeCid].map(String));
    expect(changes).toBe(1);
    await proven.host.clear(proven.hosted.slotId);
    expect([changes > 1, await proven.host.contents()]).toEqual([true, []]);
  });

  it('fetches, verifies and keeps a slot, and charges every byte once, before each batch', async () => {
    const { host, hosted, charge, charged } = await aHost();
    await host.store(hosted, { charge, signal });
    expect(charged).toEqual([2n * 65_536n, 2n * 65_536n, 65_536n]);
    expect(await host.storedBytes(hosted.slotId)).toBe(5n * 65_536n);
  });

  it('tells its progress after each batch, in durable bytes', async () => {
    const { host, hosted, charge } = await aHost();
    const seen: bigint[] = [];
    await host.store(hosted, {
      charge,
      signal,
      onProgress: ({ doneBytes, totalBytes }) => {
        expect(totalBytes).toBe(5n * 65_536n);
        seen.push(doneBytes / 65_536n);
      },
    });
    expect(seen).toEqual([0n, 2n, 4n, 5n]);
  });

  it('says each second how far it is, also while nothing comes, and no longer once it ended', async () => {
    const dataset = aDataset();
    const timers = new ManualTimers();
    const controller = new AbortController();
    const network: BlockNetwork = Object.assign(peerWith(dataset.source), {
      async *leaves(
        _dataset: unknown,
        wanted: Iterable<number>,
        { signal, onPeer }: LeavesOptions,
      ): AsyncGenerator<Leaf, void> {
        onPeer?.({ peer: '/ip4/192.0.2.1/tcp/1', code: 'FALSE_BLOCK', isDropped: true });
        for (const _ of wanted) yield await untilAborted(new Promise<Leaf>(() => {}), signal);
      },
    });
    const { host, hosted, charge } = await aHost({ dataset, network, after: timers.after });
    const seen: Progress[] = [];
    const storing = host.store(hosted, {
      charge,
      signal: controller.signal,
      onProgress: (progress) => seen.push(progress),
    });
    await expect.poll(() => seen.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    timers.advance(3_000);
    expect(seen).toHaveLength(4);
    expect(seen.at(-1)?.peers).toEqual([
      { peer: '/ip4/192.0.2.1/tcp/1', bytes: 0n, trouble: { code: 'FALSE_BLOCK', isDropped: true } },
    ]);
    controller.abort();
    await expect(storing).rejects.toMatchObject({ name: 'AbortError' });
    expect(timers.waiting).toBe(0);
  });

  it('writes a slow download by the clock, and charges what it writes', async () => {
    let nowMs = 0;
    const { host, hosted, charge, charged } = await aHost({
      flushBytes: 100 * BLOCK,
      now: () => (nowMs += 600),
    });
    await host.store(hosted, { charge, signal });
    expect(charged.length).toBeGreaterThan(1);
    expect(sum(charged)).toBe(5n * 65_536n);
  });

  it('goes on after being called off, without asking for verified blocks again, and charges nothing twice', async () => {
    const dataset = aDataset();
    const first = await aHost({ dataset });
    const controller = new AbortController();
    const interrupted = first.host.store(first.hosted, {
      charge: async (bytes) => {
        await first.charge(bytes);
        controller.abort();
      },
      signal: controller.signal,
    });
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    expect(await first.host.storedBytes(first.hosted.slotId)).toBe(sum(first.charged));

    const network = peerWith(dataset.source);
    const second = await aHost({ dataset, network, folder: first.folder, hosted: first.hosted });
    await second.host.store(first.hosted, { charge: second.charge, signal });
    expect(network.asked).toEqual([7, 8, 9]);
    expect(sum(first.charged) + sum(second.charged)).toBe(5n * 65_536n);
  });

  it('has nothing to do for a slot that is complete, even when nobody has its data any more', async () => {
    const first = await aHost();
    await first.host.store(first.hosted, { charge: first.charge, signal });
    const second = await aHost({ ...first, network: peerWith() });
    await second.host.store(first.hosted, { charge: second.charge, signal });
    expect(second.charged).toEqual([]);
  });

  it('keeps padding blocks as nothing but their place', async () => {
    const dataset = aDataset({ blocks: 3 });
    const { host, hosted, charge, charged } = await aHost({ dataset, hosted: aSlot(dataset, 1) });
    await host.store(hosted, { charge, signal });
    expect(sum(charged)).toBe(2n * 65_536n);
    await expect(host.prove(hosted, challenge('01'), { signal })).resolves.toBeDefined();
  });

  it.each([
    ['wrong bytes', lying],
    ['true bytes at a wrong index', shifted],
    ['a forged proof', forging],
  ])('stores nothing of %s', async (_, spoil) => {
    const dataset = aDataset();
    const { host, hosted, charge, charged } = await aHost({
      dataset,
      network: peerWith(spoil(dataset.source)),
    });
    await expect(host.store(hosted, { charge, signal })).rejects.toMatchObject({ code: 'BLOCKS_NOT_FOUND' });
    expect([charged, await host.storedBytes(hosted.slotId)]).toEqual([[], 0n]);
  });

  it('keeps what it got when the rest is not to be had', async () => {
    const dataset = aDataset();
    const { host, hosted, charge } = await aHost({
      dataset,
      network: peerWith(only(dataset.source, [5, 6, 7])),
    });
    await expect(host.store(hosted, { charge, signal })).rejects.toMatchObject({ code: 'BLOCKS_NOT_FOUND' });
    expect(await host.storedBytes(hosted.slotId)).toBe(2n * 65_536n);
  });

  it('fetches no block for a request that does not fit its manifest', async () => {
    const dataset = aDataset();
    const network = peerWith(dataset.source);
    const { host, hosted, charge } = await aHost({ dataset, network });
    const request = { ...hosted.request, ask: { ...hosted.request.ask, slotSize: 2n ** 30n } };
    await expect(host.store({ ...hosted, request }, { charge, signal })).rejects.toMatchObject({
      code: 'SLOT_SIZE_MISMATCH',
    });
    expect(network.asked).toEqual([]);
  });

  it('says so when the disk is full, keeps what was written, and goes on when there is room', async () => {
    const { host, hosted, charge, charged, disk } = await aHost();
    disk.failOn = ({ kind }) => {
      if (kind === 'write' && charged.length === 3)
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    await expect(host.store(hosted, { charge, signal })).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await host.storedBytes(hosted.slotId)).toBe(4n * 65_536n);
    disk.failOn = () => {};
    await host.store(hosted, { charge, signal });
    expect(charged).toEqual([2n * 65_536n, 2n * 65_536n, 65_536n, 65_536n]);
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
    const host = new LocalSlotHost({
      slotStore,
      network,
      prover: new PracticeProver(),
      digester: new InlineDigester(),
      logger,
    });
    const storing = host.store(aSlot(dataset), { charge: async () => {}, signal });
    await expect(storing).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining('lower the quota'),
    });
    expect([network.asked, await slotStore.list()]).toEqual([[], []]);
  });
});

describe('LocalSlotHost.store on a full disk', () => {
  it('fetches struck out blocks again, since their space is taken already', async () => {
    const { hosted, host, dataset, folder } = await aHost();
    await host.store(hosted, { charge: async () => {}, signal });
    await flipBlock(join(folder, hosted.slotId), 2);
    class FullStore extends SlotStore {
      override async space() {
        return { freeBytes: 0n, totalBytes: 2n ** 40n };
      }
    }
    const slotStore = new FullStore({ folder, logger });
    const network = peerWith(dataset.source);
    const full = new LocalSlotHost({
      slotStore,
      network,
      prover: new PracticeProver(),
      digester: new InlineDigester(),
      logger,
    });
    expect(await full.verify(hosted, { signal })).toEqual({ missingBytes: 65_536n });
    await full.store(hosted, { charge: async () => {}, signal });
    expect(await full.verify(hosted, { signal })).toEqual({ missingBytes: 0n });
  });
});

describe('LocalSlotHost.prove', () => {
  it('makes another proof for another challenge, and the same for the same', async () => {
    const { host, hosted, charge } = await aHost();
    await host.store(hosted, { charge, signal });
    const [one, again, other] = await Promise.all([
      host.prove(hosted, challenge('01'), { signal }),
      host.prove(hosted, challenge('01'), { signal }),
      host.prove(hosted, challenge('02'), { signal }),
    ]);
    expect(one).toEqual(again);
    expect(other).not.toEqual(one);
    expect(one.a.x).toBeGreaterThan(0n);
  });

  it('names every missing block that the proof looks at', async () => {
    const dataset = aDataset();
    const { host, hosted, charge } = await aHost({
      dataset,
      network: peerWith(only(dataset.source, [5, 6])),
    });
    await expect(host.store(hosted, { charge, signal })).rejects.toMatchObject({ code: 'BLOCKS_NOT_FOUND' });
    const looksAt = await challengeFor(hosted, (at) => [0, 2, 4].every((position) => at.includes(position)));
    await expect(host.prove(hosted, looksAt, { signal })).rejects.toMatchObject({
      code: 'DATA_MISSING',
      details: { positions: expect.arrayContaining([2, 4]) },
    });
    const looksBeside = await challengeFor(hosted, (at) =>
      at.every((position) => position < 2 || position > 4),
    );
    await expect(host.prove(hosted, looksBeside, { signal })).resolves.toBeDefined();
  });

  it('waits for its last read before it lets go of the files', async () => {
    const { hosted, folder, host } = await aHost();
    await host.store(hosted, { charge: async () => {}, signal });
    await flipBlock(join(folder, hosted.slotId), 0);
    const slotStore = new SlotStore({ folder, logger });
    const settled: string[] = [];
    const hasty: Prover = {
      name: 'hasty',
      refusal: () => undefined,
      prove: async (_slot, _challenge, read) => {
        for (const position of [1, 2])
          void read(position).then(
            () => settled.push('read'),
            () => settled.push('failed'),
          );
        await read(0);
        throw new Error('not reached');
      },
    };
    const second = new LocalSlotHost({
      slotStore,
      network: peerWith(),
      prover: hasty,
      digester: new InlineDigester(),
      logger,
    });
    await expect(second.prove(hosted, challenge('01'), { signal })).rejects.toMatchObject({
      code: 'DATA_MISSING',
      details: { positions: [0] },
    });
    expect(settled).toEqual(['read', 'read']);
  });

  it('passes on what else the prover fails with', async () => {
    const { hosted, folder, host, slotStore } = await aHost();
    await host.store(hosted, { charge: async () => {}, signal });
    const prover: Prover = {
      name: 'broken',
      refusal: () => undefined,
      prove: async (_slot, _challenge, read) => {
        await expect(read(8)).rejects.toMatchObject({ code: 'POSITION_OUT_OF_RANGE' });
        await expect(read(-1)).rejects.toMatchObject({ code: 'POSITION_OUT_OF_RANGE' });
        expect(await read(7)).toEqual(new Uint8Array(BLOCK));
        throw new Error(`no circuit in ${folder}`);
      },
    };
    const broken = new LocalSlotHost({
      slotStore,
      network: peerWith(),
      prover,
      digester: new InlineDigester(),
      logger,
    });
    await expect(broken.prove(hosted, challenge('01'), { signal })).rejects.toThrow('no circuit');
  });
});

describe('LocalSlotHost.verify', () => {
  async function aWhole(setup: HostSetup = {}) {
    const made = await aHost(setup);
    await made.host.store(made.hosted, { charge: async () => {}, signal });
    return { ...made, slotFolder: join(made.folder, made.hosted.slotId) };
  }

  it.each([
    ['data.pack', 2 * BLOCK + 1, 3],
    ['leaves', 0, 5],
  ])('finds what a short %s has lost, and has it fetched again', async (file, length, lost) => {
    const { host, hosted, slotFolder, charge, charged } = await aWhole();
    await truncate(join(slotFolder, file), length);
    const missingBytes = BigInt(lost * BLOCK);
    expect(await host.verify(hosted, { signal })).toEqual({ missingBytes });
    await host.store(hosted, { charge, signal });
    expect([sum(charged), await host.verify(hosted, { sampleAll: true, signal })]).toEqual([
      missingBytes,
      { missingBytes: 0n },
    ]);
  });

  it.each([
    ['data.pack', 5n],
    ['leaves', 5n],
    ['state.a', 0n],
    ['state.b', 1n],
  ])('finds what a lost %s takes with it; the older state knows less', async (file, lost) => {
    const { host, hosted, slotFolder, charge, charged } = await aWhole();
    await rm(join(slotFolder, file));
    expect(await host.verify(hosted, { signal })).toEqual({
      missingBytes: lost * 65_536n,
    });
    await host.store(hosted, { charge, signal });
    expect(await host.verify(hosted, { sampleAll: true, signal })).toEqual({ missingBytes: 0n });
    expect(sum(charged)).toBe(lost * 65_536n);
  });

  it('finds all missing when the state is lost, and stores it again from nothing', async () => {
    const { host, hosted, slotFolder, charge, charged } = await aWhole();
    await rm(join(slotFolder, 'state.a'));
    await rm(join(slotFolder, 'state.b'));
    expect(await host.verify(hosted, { signal })).toEqual({ missingBytes: hosted.request.ask.slotSize });
    await host.store(hosted, { charge, signal });
    expect([sum(charged), await host.verify(hosted, { signal })]).toEqual([
      5n * 65_536n,
      { missingBytes: 0n },
    ]);
  });

  it.each([
    ['lost', (path: string) => rm(path)],
    ['harmed', (path: string) => truncate(path, 3)],
  ])('counts a manifest that is %s as a block, and has it alone fetched again', async (_, spoil) => {
    const { host, hosted, slotFolder, charge, charged, dataset } = await aWhole();
    await spoil(join(slotFolder, 'manifest'));
    expect(await host.verify(hosted, { signal })).toEqual({ missingBytes: 65_536n });
    await host.store(hosted, { charge, signal });
    expect([charged, await host.verify(hosted, { signal })]).toEqual([[], { missingBytes: 0n }]);
    expect(await readFile(join(slotFolder, 'manifest'))).toEqual(Buffer.from(dataset.manifest));
  });

  it('reads the first, the last and so many others by chance, or all when it shall', async () => {
    const dataset = aDataset({ blocks: 100 });
    const { host, hosted, disk, slotFolder } = await aWhole({ dataset, sampleBlocks: 8 });
    let reads = 0;
    disk.failOn = (operation) => {
      if (operation.kind === 'read' && operation.file === 'data.pack') reads++;
    };
    expect(await host.verify(hosted, { signal })).toEqual({ missingBytes: 0n });
    expect(reads).toBe(10);
    expect(await host.verify(hosted, { sampleAll: true, signal })).toEqual({ missingBytes: 0n });
    expect(reads).toBe(10 + 50);
    for (const block of [0, 49]) await flipBlock(slotFolder, block);
    expect(await host.verify(hosted, { signal })).toEqual({ missingBytes: 2n * 65_536n });
    for (const block of [1, 22, 48]) await flipBlock(slotFolder, block);
    expect(await host.verify(hosted, { sampleAll: true, signal })).toEqual({ missingBytes: 5n * 65_536n });
  });

  it('finds a harmed digest as it finds a harmed block', async () => {
    const { host, hosted, slotFolder } = await aWhole();
    await flip(slotFolder, 'leaves', 3 * 32);
    expect(await host.verify(hosted, { signal })).toEqual({ missingBytes: 65_536n });
    await host.store(hosted, { charge: async () => {}, signal });
    expect(await host.verify(hosted, { signal })).toEqual({ missingBytes: 0n });
  });

  it('can be called off between blocks', async () => {
    const { host, hosted, disk } = await aWhole({ dataset: aDataset({ blocks: 100 }) });
    const controller = new AbortController();
    let reads = 0;
    disk.failOn = (operation) => {
      if (operation.kind === 'read' && operation.file === 'data.pack' && ++reads === 20) controller.abort();
    };
    const verifying = host.verify(hosted, { sampleAll: true, signal: controller.signal });
    await expect(verifying).rejects.toMatchObject({ name: 'AbortError' });
    expect(reads).toBeLessThan(40);
  });

  it('may run beside a download, proofs and peers that are served, and none harms the other', async () => {
    const { host, hosted, slotFolder, dataset } = await aWhole();
    for (let round = 0; round < 10; round++) {
      await flipBlock(slotFolder, round % 5);
      await Promise.all([
        host.verify(hosted, { signal }),
        host.store(hosted, { charge: async () => {}, signal }),
        host.verify(hosted, { sampleAll: true, signal }),
        host.prove(hosted, challenge('05'), { signal }).catch(() => undefined),
        ...range(5, 10).map(async (index) => {
          const leaf = await host.source.leaf(dataset.treeCid, index);
          const truth = await dataset.source.leaf(dataset.treeCid, index);
          if (leaf) expect(Buffer.compare(leaf.data, truth?.data as Uint8Array)).toBe(0);
        }),
      ]);
      await host.store(hosted, { charge: async () => {}, signal });
      expect(await host.verify(hosted, { sampleAll: true, signal })).toEqual({ missingBytes: 0n });
      expect(await host.source.leaf(dataset.treeCid, 5)).toBeDefined();
    }
    await host.stop();
  });

  it('has what is struck out in the middle of a download fetched by the same download', async () => {
    const { host, hosted, slotFolder, charge, charged } = await aHost().then((made) => ({
      ...made,
      slotFolder: join(made.folder, made.hosted.slotId),
    }));
    let isHarmed = false;
    await host.store(hosted, {
      signal,
      charge: async (bytes) => {
        await charge(bytes);
        if (charged.length !== 3 || isHarmed) return;
        isHarmed = true;
        await flipBlock(slotFolder, 0);
        await host.verify(hosted, { signal });
      },
    });
    expect([sum(charged), await host.verify(hosted, { signal })]).toEqual([
      6n * 65_536n,
      { missingBytes: 0n },
    ]);
  });
});

describe('LocalSlotHost.sweep', () => {
  it('deletes the other slots too when one cannot be deleted, and leaves what is no slot', async () => {
    const dataset = aDataset();
    const { host, folder, disk, slotStore } = await aHost({ dataset });
    const slots = range(0, 3)
      .map(() => aSlot(dataset))
      .sort((a, b) => (a.slotId < b.slotId ? -1 : 1));
    for (const slot of slots) await host.store(slot, { charge: async () => {}, signal });
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const [stuck, ...rest] = slots.map(({ slotId }) => slotId);
    disk.failOn = (operation) => {
      if (operation.kind === 'rename' && operation.file === stuck)
        throw Object.assign(new Error('i/o error'), { code: 'EIO' });
    };
    expect(await host.sweep(new Set())).toEqual(rest);
    disk.failOn = () => {};
    expect(await host.sweep(new Set())).toEqual([stuck]);
    expect([await slotStore.list(), await readdir(folder)]).toEqual([[], ['notes.txt']]);
  });
});

describe('LocalSlotHost.clear', () => {
  it('takes the bytes from the disk also when a peer asked for them at the last moment', async () => {
    const { hosted, dataset, folder } = await aHost();
    let served: unknown;
    class BusyStore extends SlotStore {
      override async remove(slotId: SlotId) {
        served = await host.source.leaf(dataset.treeCid, 5);
        await super.remove(slotId);
      }
    }
    const slotStore = new BusyStore({ folder, logger });
    const network = peerWith(dataset.source);
    const host = new LocalSlotHost({
      slotStore,
      network,
      prover: new PracticeProver(),
      digester: new InlineDigester(),
      logger,
    });
    await host.store(hosted, { charge: async () => {}, signal });
    await host.clear(hosted.slotId);
    expect(served).toBeDefined();
    expect([await readdir(folder), await openedBelow(folder)]).toEqual([[], []]);
    expect(await host.source.leaf(dataset.treeCid, 5)).toBeUndefined();
  });

  it('deletes the slot, twice if asked to, and lets it be stored again', async () => {
    const { host, hosted, charge, charged } = await aHost();
    await host.store(hosted, { charge, signal });
    await host.clear(hosted.slotId);
    await host.clear(hosted.slotId);
    expect(await host.storedBytes(hosted.slotId)).toBe(0n);
    await host.store(hosted, { charge, signal });
    expect(sum(charged)).toBe(10n * 65_536n);
  });
});

describe('LocalSlotHost.source', () => {
  it('serves the leaves and the manifest of a complete slot, with proofs that convince others', async () => {
    const { host, hosted, charge, dataset } = await aHost();
    expect(await host.source.leaf(dataset.treeCid, 5)).toBeUndefined();
    await host.store(hosted, { charge, signal });
    const other = peerWith(host.source);
    const leaves = [];
    for await (const leaf of other.leaves(dataset, range(5, 10), { signal })) leaves.push(leaf);
    expect(leaves.every((leaf) => Buffer.compare(sha256(leaf.data), leaf.digest) === 0)).toBe(true);
    expect(leaves).toHaveLength(5);
    expect(await other.manifest(dataset.manifestCid, { signal })).toHaveLength(dataset.manifest.length);
    expect(await host.source.leaf(dataset.treeCid, 4)).toBeUndefined();
    expect(await host.source.leaf(aDataset().treeCid, 5)).toBeUndefined();
    const askedJustBefore = host.source.leaf(dataset.treeCid, 5);
    await host.stop();
    expect(await askedJustBefore).toBeUndefined();
    expect(await host.source.leaf(dataset.treeCid, 5)).toBeUndefined();
  });

  it('finds what it holds after a restart, and nothing once it is cleared', async () => {
    const first = await aHost();
    await first.host.store(first.hosted, { charge: first.charge, signal });
    const { host } = await aHost({ ...first, network: peerWith() });
    expect(await host.source.leaf(first.dataset.treeCid, 9)).toBeDefined();
    await host.clear(first.hosted.slotId);
    expect(await host.source.leaf(first.dataset.treeCid, 9)).toBeUndefined();
    expect(await host.source.block(first.dataset.manifestCid)).toBeUndefined();
  });

  it('serves its other slots when one cannot be read, and those that came whole meanwhile', async () => {
    const dataset = aDataset();
    const { host, hosted, charge, disk, slotStore } = await aHost({ dataset });
    const second = aSlot(dataset, 0);
    await host.store(second, { charge, signal });
    await host.store(hosted, { charge, signal });
    const [first] = await slotStore.list();
    let opened = 0;
    disk.failOn = ({ kind, ...rest }) => {
      const isState = kind === 'read' && 'file' in rest && rest.file.startsWith('state.');
      if (isState && opened++ < 2) throw Object.assign(new Error('denied'), { code: 'EACCES' });
    };
    const [unread, read] = first === hosted.slotId ? [5, 0] : [0, 5];
    expect(await host.source.leaf(dataset.treeCid, read)).toBeDefined();
    expect(await host.source.leaf(dataset.treeCid, unread)).toBeUndefined();
    disk.failOn = () => {
      throw Object.assign(new Error('denied'), { code: 'EACCES' });
    };
    await expect(host.sweep(new Set())).rejects.toMatchObject({ code: 'SLOT_FILES_FAILED' });
    disk.failOn = () => {};
    await host.store(hosted, { charge, signal });
    expect(await host.source.leaf(dataset.treeCid, unread)).toBeDefined();
    await host.stop();
  });

  it('does not serve what has changed on the disk', async () => {
    const { host, hosted, charge, dataset, folder } = await aHost();
    await host.store(hosted, { charge, signal });
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

  it('serves all of more slots than it keeps open, to many at a time, and has no doubt in any', async () => {
    const made = await aHost();
    const { host, charge } = made;
    const doubted: SlotId[] = [];
    host.onDoubt.subscribe((slotId) => doubted.push(slotId));
    const datasets = range(0, 12).map(() => aDataset({ blocks: 3 }));
    for (const dataset of datasets) {
      const { host: storing } = await aHost({ ...made, network: peerWith(dataset.source) });
      await storing.store(aSlot(dataset), { charge, signal });
      await storing.stop();
    }
    for (let turn = 0; turn < 5; turn++) {
      const asked = datasets.flatMap(({ treeCid, manifestCid }) => [
        host.source.leaf(treeCid, 2),
        host.source.block(manifestCid),
      ]);
      expect((await Promise.all(asked)).filter((found) => !found)).toEqual([]);
    }
    expect(doubted).toEqual([]);
    await host.stop();
  });

  it('serves no manifest that is harmed or lost, doubts the slot, and serves that of another slot', async () => {
    const dataset = aDataset();
    const { host, hosted, charge, folder, slotStore } = await aHost({ dataset });
    const doubted: SlotId[] = [];
    host.onDoubt.subscribe((slotId) => doubted.push(slotId));
    const second = aSlot(dataset, 0);
    await host.store(second, { charge, signal });
    await host.store(hosted, { charge, signal });
    const [first = hosted.slotId, last = hosted.slotId] = await slotStore.list();
    await flip(join(folder, first), 'manifest', 5);
    expect(await host.source.block(dataset.manifestCid)).toEqual(Buffer.from(dataset.manifest));
    await rm(join(folder, last, 'manifest'));
    expect(await host.source.block(dataset.manifestCid)).toBeUndefined();
    expect(doubted).toEqual([first, first, last]);
    await host.stop();
  });

  it('serves a true manifest beside which the tree is harmed', async () => {
    const { host, hosted, charge, dataset, folder } = await aHost();
    await host.store(hosted, { charge, signal });
    await flip(join(folder, hosted.slotId), 'leaves', 0);
    expect(await host.source.leaf(dataset.treeCid, 5)).toBeUndefined();
    expect(await host.source.block(dataset.manifestCid)).toEqual(Buffer.from(dataset.manifest));
    await host.stop();
  });

  it('says what it has without reading it, and no longer that it has what was found harmed', async () => {
    const { host, hosted, charge, dataset, folder, disk } = await aHost();
    const has = async (index: number) => await host.source.has?.({ treeCid: dataset.treeCid, index });
    await host.store(hosted, { charge, signal });
    let reads = 0;
    onPackRead(disk, () => reads++);
    const answers = await Promise.all([4, 5, 9, 10].map(has));
    expect([answers, reads]).toEqual([[false, true, true, false], 0]);
    expect(await host.source.has?.({ cid: dataset.manifestCid })).toBe(true);
    expect(await host.source.has?.({ cid: aDataset().manifestCid })).toBe(false);
    await flipBlock(join(folder, hosted.slotId), 0);
    expect(await host.source.leaf(dataset.treeCid, 5)).toBeUndefined();
    expect(await Promise.all([5, 6].map(has))).toEqual([false, true]);
    await host.clear(hosted.slotId);
    expect(await has(6)).toBe(false);
    await host.stop();
  });
});

/** Files of this process that are open although they may be deleted already. */
async function openedBelow(folder: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const links = (await readdir('/proc/self/fd')).map((fd) =>
    readlink(join('/proc/self/fd', fd)).catch(() => ''),
  );
  return (await Promise.all(links)).filter((path) => path.startsWith(folder));
}
