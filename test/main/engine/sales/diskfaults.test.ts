import { mkdir, rename, rm } from 'node:fs/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { sellingFromDisk } from '../../../support/diskscene.ts';
import type { Notice } from '../../../../src/shared/notice.ts';
import { challengeFor, flipBlock } from '../../../support/hostfixtures.ts';
import type { DiskOperation } from '../../../support/recordingdisk.ts';

type Selling = Awaited<ReturnType<typeof sellingFromDisk>>;

const told = ({ events, hosted }: Selling) =>
  events.flatMap((event) =>
    event.type === 'data' && event.sale.slotId === hosted.slotId ? [event.result] : [],
  );

const proofs = ({ sale }: Selling) => sale()?.proofs ?? { sent: 0, missed: 0, failed: 0 };

const noticed = ({ notices }: Selling, ...kinds: Notice['kind'][]) =>
  notices.filter(({ kind }) => kinds.includes(kind)).map(({ title }) => title);

/** All is as if nothing had happened, and that is shown. */
async function expectWhole(selling: Selling, quota: Selling['reservations']['quota']): Promise<void> {
  await selling.until(() => selling.sale()?.missingBytes === undefined);
  const { sent } = proofs(selling);
  await selling.until(() => proofs(selling).sent > sent);
  expect(selling.sale()?.state).toBe('proving');
  expect(await selling.storedBlocks()).toBe(5);
  expect(selling.reservations.quota).toEqual(quota);
  const { storage, sale } = await selling.shown();
  expect(storage).not.toHaveProperty('fault');
  expect(sale).not.toHaveProperty('missingBytes');
}

describe('A slot that is ours', () => {
  it('gets a harmed block back that the scrub found, and books and sale stay as they were', async () => {
    const selling = await sellingFromDisk();
    const { quota } = selling.reservations;
    await flipBlock(selling.slotFolder, 2);
    const asked = selling.network.asked.length;
    await selling.scrubAll();
    await selling.until(() => told(selling).includes('whole'));
    expect(told(selling)).toEqual(['missing', 'whole']);
    expect(selling.network.asked.slice(asked)).toEqual([5 + 2]);
    await expectWhole(selling, quota);
    const { storage, lines } = await selling.shown();
    expect(storage?.checked).toMatchObject({ slots: 3 });
    expect(noticed(selling, 'dataMissing')).toHaveLength(1);
    expect(lines.some((text) => text.includes('missing'))).toBe(true);
  });

  it('gets a block back that a reader could not be given', async () => {
    const selling = await sellingFromDisk();
    const { quota } = selling.reservations;
    selling.breakBlocks(3);
    await selling.host.source.leaf(selling.dataset.treeCid, 5 + 3);
    selling.disk.failOn = () => {};
    await selling.until(() => told(selling).includes('whole'));
    await expectWhole(selling, quota);
  });

  it('gets a block back at once that a proof could not read, and gives the proof in its period', async () => {
    const selling = await sellingFromDisk();
    const { quota } = selling.reservations;
    const challenge = await challengeFor(selling.hosted, (positions) => positions.includes(4));
    selling.market.setChallenge(challenge);
    let isBroken = true;
    selling.disk.failOn = (operation) => {
      if (operation.kind === 'write' && operation.file === 'data.pack') isBroken = false;
      if (!isBroken || operation.kind !== 'read' || operation.file !== 'data.pack') return;
      if (operation.position === 4 * 65_536) throw Object.assign(new Error('i/o error'), { code: 'EIO' });
    };
    await selling.until(() => told(selling).includes('whole'));
    expect(noticed(selling, 'dataMissing')).toHaveLength(1);
    await expectWhole(selling, quota);
    await selling.pass(120);
    expect(proofs(selling).missed).toBe(0);
  });

  it('is proven as far as it goes while all peers are gone for an hour, and gets its block when they are back', async () => {
    const selling = await sellingFromDisk();
    const { quota } = selling.reservations;
    selling.market.setChallenge(await challengeFor(selling.hosted, (positions) => !positions.includes(2)));
    selling.peers.areGone = true;
    await flipBlock(selling.slotFolder, 2);
    await selling.scrubAll();
    await selling.until(() => told(selling).includes('missing'));
    const { sent } = proofs(selling);
    await selling.pass(3600);
    expect(selling.sale()).toMatchObject({ state: 'proving', missingBytes: 65_536n });
    expect(await selling.shown()).toMatchObject({ sale: { state: 'proving', missingBytes: 65_536n } });
    // Once for the hour, not once for each attempt.
    expect(noticed(selling, 'dataMissing')).toHaveLength(1);
    const tried = (await selling.shown()).lines.filter((text) => text.includes('cannot be'));
    expect(tried).toHaveLength(1);
    expect(proofs(selling).sent).toBeGreaterThan(sent + 20);
    expect(await selling.storedBlocks()).toBe(4);
    const { max, used, reserved } = selling.reservations.quota;
    expect({ max, sum: used + reserved }).toEqual({ max: quota.max, sum: quota.used + quota.reserved });
    selling.peers.areGone = false;
    await expectWhole(selling, quota);
    expect(told(selling)).toEqual(['missing', 'unavailable', 'whole']);
  });

  it.each([
    ['the pack', 'data.pack'],
    ['the state', 'state'],
  ])('waits for space when the disk is full for %s, and its books follow the disk', async (_, file) => {
    const selling = await sellingFromDisk();
    const { quota } = selling.reservations;
    selling.market.setChallenge(await challengeFor(selling.hosted, (positions) => !positions.includes(1)));
    await flipBlock(selling.slotFolder, 1);
    let wasStruckOut = false;
    let refusals = 0;
    selling.disk.failOn = (operation) => {
      if (!('file' in operation) || operation.kind !== 'write') return;
      // What was found harmed could be noted yet.
      wasStruckOut ||= selling.sale()?.missingBytes !== undefined;
      if (!wasStruckOut || !operation.file.startsWith(file)) return;
      refusals++;
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    await selling.scrubAll();
    await selling.until(() => refusals > 20);
    expect(selling.sale()).toMatchObject({ state: 'proving', missingBytes: 65_536n });
    selling.space.freeBytes = 0n;
    const full = await selling.shown();
    expect(full.storage?.fault).toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining('Free'),
    });
    expect(full.sale).toMatchObject({ state: 'proving', missingBytes: 65_536n });
    expect(noticed(selling, 'diskFault')).toEqual(['The disk is full']);
    expect(
      selling.lines.some(({ fields }) => (fields.error as { code?: string })?.code === 'DISK_FULL'),
    ).toBe(true);
    const { sent } = proofs(selling);
    await selling.until(() => proofs(selling).sent > sent);
    selling.disk.failOn = () => {};
    selling.space.freeBytes = 900_000_000n;
    await expectWhole(selling, quota);
  });

  it('waits for its disk when that is taken off, fetches nothing in its place, and is proven when it is back', async () => {
    const selling = await sellingFromDisk();
    const { quota } = selling.reservations;
    const asked = selling.network.asked.length;
    selling.scrub.start();
    await selling.sleeper.asleep();
    await rename(selling.folder, `${selling.folder}.away`);
    onTestFinished(() => rm(`${selling.folder}.away`, { recursive: true, force: true }));
    await selling.until(() => proofs(selling).failed > 3);
    expect(selling.sale()?.proofs.lastFailure?.text).toContain('is not there');
    expect(await selling.slotStore.fault()).toMatchObject({ code: 'SLOT_FOLDER_GONE' });
    const gone = await selling.shown();
    expect(gone.storage?.fault).toMatchObject({ code: 'SLOT_FOLDER_GONE' });
    expect(gone.sale?.proofs.lastFailure?.text).toContain('is not there');
    expect(noticed(selling, 'diskFault')).toEqual(['The disk with the slots cannot be used']);
    await selling.sleeper.pass(2 * 86_400_000);
    expect(selling.reservations.quota).toEqual(quota);
    expect(selling.sale()?.state).toBe('proving');
    await rename(`${selling.folder}.away`, selling.folder);
    await expectWhole(selling, quota);
    expect(selling.network.asked.length).toBe(asked);
    expect(await selling.slotStore.fault()).toBeUndefined();
    expect((await selling.shown()).lines).toContain('The disk with the slots can be used again');
  });

  it('is fetched anew when its folder was deleted and made again', async () => {
    const selling = await sellingFromDisk();
    const { quota } = selling.reservations;
    // Held open for those who read.
    await selling.host.source.leaf(selling.dataset.treeCid, 5);
    await rm(selling.folder, { recursive: true });
    await selling.until(() => proofs(selling).failed > 1);
    expect(told(selling)).toEqual([]);
    await mkdir(selling.folder);
    await selling.until(() => told(selling).includes('whole'));
    await expectWhole(selling, quota);
    expect(await selling.host.source.leaf(selling.dataset.treeCid, 5)).toBeDefined();
  });

  it('is fetched anew when only its own folder was deleted', async () => {
    const selling = await sellingFromDisk();
    const { quota } = selling.reservations;
    await selling.host.source.leaf(selling.dataset.treeCid, 5);
    await rm(selling.slotFolder, { recursive: true });
    await selling.until(() => told(selling).includes('whole'));
    await expectWhole(selling, quota);
  });

  it.each([
    ['forward', 86_400_000],
    ['back', -86_400_000],
  ])('does not mind that the clock of the computer jumps %s by a day', async (_, jumpMs) => {
    const selling = await sellingFromDisk();
    const { quota } = selling.reservations;
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    vi.setSystemTime(Date.now() + jumpMs);
    await flipBlock(selling.slotFolder, 0);
    await selling.scrubAll();
    await selling.until(() => told(selling).includes('whole'));
    await expectWhole(selling, quota);
    expect(proofs(selling).missed).toBe(0);
    const { storage } = await selling.shown();
    expect(storage?.checked?.oldestAtMs).toBeGreaterThan(Date.now() - 60_000);
  });

  it('takes chain time that jumps by an hour as it comes: what was missed is told, and it is proven again', async () => {
    const selling = await sellingFromDisk();
    const { quota } = selling.reservations;
    const { sent } = proofs(selling);
    selling.clock.advance(3600);
    await selling.until(() => proofs(selling).sent > sent + 2);
    await expectWhole(selling, quota);
    const { sale } = await selling.shown();
    expect(sale?.proofs).toMatchObject({ sent: proofs(selling).sent, missed: proofs(selling).missed });
    expect(noticed(selling, 'proofMissed')).toHaveLength(proofs(selling).missed);
    expect(sale).toMatchObject({ state: 'proving', currentCollateral: expect.any(BigInt) });
  });
});

describe('A download', () => {
  it('ends with the reason when nobody has the data any more, and nothing is lost by it', async () => {
    const selling = await sellingFromDisk();
    const { quota } = selling.reservations;
    const { network, peers } = selling;
    // The manifest is still to be had, and no block.
    const leaves = network.leaves.bind(network);
    network.leaves = async function* (...asked) {
      peers.areGone = true;
      yield* leaves(...asked);
    };
    const { ask, content } = selling.hosted.request;
    const { requestId } = selling.market.requestStorage({ ask, content });
    const ends = () => selling.events.filter((e) => e.type === 'ended' && e.sale.requestId === requestId);
    await selling.until(() => ends().length === 3);
    for (const { sale } of ends()) expect(sale.outcome).toMatchObject({ code: 'downloadFailed' });
    expect(selling.reservations.quota).toEqual(quota);
    const { lines } = await selling.shown();
    expect(lines.some((text) => text.includes('could not be fetched'))).toBe(true);
    await expectWhole(selling, quota);
  });

  it.each<[string, (operation: DiskOperation) => boolean]>([
    ['its blocks', ({ kind }) => kind === 'write'],
    ['its folder', ({ kind }) => kind === 'makeFolder'],
  ])(
    'ends with the reason when the disk has no space for %s, and everything is given back',
    async (_, hits) => {
      const selling = await sellingFromDisk();
      const { quota } = selling.reservations;
      const others = new Set(selling.sales.list().map(({ slotId }) => slotId));
      selling.disk.failOn = (operation) => {
        if (hits(operation as DiskOperation)) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      };
      const { ask, content } = selling.hosted.request;
      const { requestId } = selling.market.requestStorage({ ask, content });
      const ends = () => selling.events.filter((e) => e.type === 'ended' && e.sale.requestId === requestId);
      await selling.until(() => ends().length === 3);
      for (const { sale } of ends()) {
        expect(sale.outcome).toMatchObject({ code: 'downloadFailed' });
        expect(sale.outcome?.text).toContain('no space left');
      }
      expect(new Set(selling.sales.list().map(({ slotId }) => slotId))).toEqual(others);
      expect(selling.reservations.quota).toEqual(quota);
      const { lines } = await selling.shown();
      expect(lines.some((text) => text.includes('no space left'))).toBe(true);
    },
  );
});
