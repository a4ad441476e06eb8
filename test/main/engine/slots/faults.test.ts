import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Challenge } from '../../../../src/main/engine/contracts/ids.ts';
import { silentLogger as logger } from '../../../../src/main/engine/logger.ts';
import { SlotStore } from '../../../../src/main/engine/stores/slotstore.ts';
import { aHost, flipBlock, peerWith } from '../../../support/hostfixtures.ts';
import type { RecordingDisk } from '../../../support/recordingdisk.ts';
import { word } from '../../../support/requests.ts';
import { aDataset } from '../../../support/slotfixtures.ts';
import { tempFolder } from '../../../support/tempfolder.ts';

const { signal } = new AbortController();
const BATCH = 2n * 65_536n;
const ALL = 5n * 65_536n;

type Code = 'EIO' | 'ENOSPC';
const faults: readonly Code[] = ['EIO', 'ENOSPC'];

/** Fails the operation with this number, counted from now on; a question counts too. Answers whether it came so far. */
function failAt(disk: RecordingDisk, number: number, code: Code): () => boolean {
  let count = 0;
  disk.failOn = () => {
    if (count++ === number) throw Object.assign(new Error(`fault ${number}`), { code });
  };
  return () => {
    disk.failOn = () => {};
    return count > number;
  };
}

/** Runs `attempt` with each operation failing in turn, until none is left to fail. */
async function withEachFault(attempt: (number: number, code: Code) => Promise<boolean>): Promise<number> {
  let count = 0;
  for (const code of faults) {
    for (let number = 0; await attempt(number, code); number++) count++;
  }
  return count;
}

const dataset = aDataset();

async function aSetup({ isStored }: { isStored: boolean }) {
  const folder = await tempFolder();
  const made = await aHost({ dataset, folder });
  const books = { charged: 0n };
  const charge = async (bytes: bigint) => void (books.charged += bytes);
  if (isStored) await made.host.store(made.hosted, { charge, signal });
  return { ...made, books, charge, slotFolder: join(folder, made.hosted.slotId) };
}

describe('A fault of the disk', () => {
  it('anywhere in a download leaves no more on disk than is charged, one batch less at most, and it goes on', async () => {
    const seen = await withEachFault(async (number, code) => {
      const { host, hosted, disk, books, charge, folder } = await aSetup({ isStored: false });
      const { slotId } = hosted;
      const happened = failAt(disk, number, code);
      const failure = await host.store(hosted, { charge, signal }).catch((error: unknown) => error);
      const didHappen = happened();
      // What a restart would find, and what the running node says.
      const onDisk = await new SlotStore({ folder, logger }).storedBytes(slotId);
      for (const stored of [onDisk, await host.storedBytes(slotId)]) {
        expect(stored <= books.charged && books.charged <= stored + BATCH).toBe(true);
      }
      if (failure) expect(failure).toMatchObject({ name: 'StoreError' });
      books.charged = await host.storedBytes(slotId);
      await host.store(hosted, { charge, signal });
      expect([books.charged, await host.verify(hosted, { sampleAll: true, signal })]).toEqual([
        ALL,
        { missingBytes: 0n },
      ]);
      await rm(folder, { recursive: true });
      return didHappen;
    });
    expect(seen).toBeGreaterThan(60);
  });

  it('anywhere in a verification loses nothing that is whole, and the next one finds what is harmed', async () => {
    const seen = await withEachFault(async (number, code) => {
      const { host, hosted, disk, folder, slotFolder } = await aSetup({ isStored: true });
      await flipBlock(slotFolder, 3);
      const happened = failAt(disk, number, code);
      await host.verify(hosted, { sampleAll: true, signal }).catch(() => {});
      const didHappen = happened();
      const { missingBytes } = await host.verify(hosted, { sampleAll: true, signal });
      // A block that could not be read for once may be fetched again without need, and the manifest's read may fail.
      expect([65_536n, 2n * 65_536n]).toContain(missingBytes);
      const restarted = await aHost({ dataset, folder, hosted });
      await restarted.host.store(hosted, { charge: restarted.charge, signal });
      expect(await restarted.host.verify(hosted, { sampleAll: true, signal })).toEqual({ missingBytes: 0n });
      await rm(folder, { recursive: true });
      return didHappen;
    });
    expect(seen).toBeGreaterThan(20);
  });

  it('anywhere in a deletion leaves all of the slot or nothing, and the next deletion ends it', async () => {
    const seen = await withEachFault(async (number, code) => {
      const { host, hosted, disk, folder } = await aSetup({ isStored: true });
      const happened = failAt(disk, number, code);
      await host.clear(hosted.slotId).catch(() => {});
      const didHappen = happened();
      expect([0n, ALL]).toContain(await host.storedBytes(hosted.slotId));
      await host.clear(hosted.slotId);
      expect([await host.storedBytes(hosted.slotId), await readdir(folder)]).toEqual([0n, []]);
      await rm(folder, { recursive: true });
      return didHappen;
    });
    expect(seen).toBeGreaterThan(6);
  });

  it('anywhere in a proof never makes a proof of what was not read', async () => {
    const { host, hosted, disk } = await aSetup({ isStored: true });
    const challenge = word<Challenge>(5);
    const truth = await host.prove(hosted, challenge, { signal });
    await withEachFault(async (number, code) => {
      const happened = failAt(disk, number, code);
      const proof = await host.prove(hosted, challenge, { signal }).catch(() => undefined);
      const didHappen = happened();
      if (proof) expect(proof).toEqual(truth);
      await host.store(hosted, { charge: async () => {}, signal });
      expect(await host.prove(hosted, challenge, { signal })).toEqual(truth);
      return didHappen;
    });
  });
});

describe('A loss of power', () => {
  it('at any instant of a download and of a repair leaves no more than was charged, and one batch less at most', async () => {
    const { host, hosted, disk, slotFolder } = await aSetup({ isStored: false });
    let charged = 0n;
    const charge = async (bytes: bigint) => disk.note(`charged ${(charged += bytes)}`);
    await host.store(hosted, { charge, signal });
    await flipBlock(slotFolder, 1);
    await flipBlock(slotFolder, 4);
    disk.note(`verifying ${charged}`);
    await host.verify(hosted, { signal });
    charged = await host.storedBytes(hosted.slotId);
    await host.store(hosted, { charge, signal });

    const { length } = disk.operations;
    const folder = await tempFolder();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: length }),
        fc.array(fc.boolean(), { minLength: length, maxLength: length }),
        async (at, kept) => {
          await rm(folder, { recursive: true, force: true });
          await disk.crash(join(folder, hosted.slotId), at, (_, i) => kept[i] === true);
          const stored = await new SlotStore({ folder, logger }).storedBytes(hosted.slotId);
          const note = disk.operations.slice(0, at).findLast((operation) => operation.kind === 'note');
          const [doing, amount] = note?.kind === 'note' ? note.note.split(' ') : ['nothing', '0'];
          const books = BigInt(amount as string);
          expect(stored).toBeLessThanOrEqual(books);
          // While blocks are struck out the books still have them; the two blocks here make one batch.
          expect(books).toBeLessThanOrEqual(stored + BATCH);
          if (doing === 'nothing') expect(stored).toBe(0n);
          const after = await aHost({ dataset, folder, hosted, network: peerWith(dataset.source) });
          await after.host.store(hosted, { charge: after.charge, signal });
          const { missingBytes } = await after.host.verify(hosted, { sampleAll: true, signal });
          // The harm was done behind the disk's back, so a crash takes it away.
          expect(missingBytes).toBe(0n);
        },
      ),
      { numRuns: 60 },
    );
  });
});
