import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SlotId } from '../../src/main/engine/contracts/ids.ts';
import { slotIdOf } from '../../src/main/engine/contracts/ids.ts';
import type { RetryTimes } from '../../src/main/engine/sales/salestate.ts';
import { BLOCK_SIZE } from '../../src/main/engine/network/blocknetwork.ts';
import { Scrub } from '../../src/main/engine/slots/scrub.ts';
import { View } from '../../src/main/engine/view.ts';
import type { Notice } from '../../src/shared/notice.ts';
import { LiveFeed } from '../../src/main/ipc/live-feed.ts';
import { NoticeTeller } from '../../src/main/notices/noticeteller.ts';
import { aHost, onPackRead, peerWith } from './hostfixtures.ts';
import { recordingLogger } from './recordinglogger.ts';
import { aNode, aWorld, expectSoundBooks, someTerms } from './salesfixtures.ts';
import { RowTables } from './rowtables.ts';
import { Sleeper } from './sleeper.ts';
import { aDataset } from './slotfixtures.ts';

/** Three slots of 5 blocks, 8 as sold, ours and proven once a period of 60 s; their bytes on a true disk. */
export async function sellingFromDisk() {
  const { logger, lines } = recordingLogger();
  const dataset = aDataset();
  const peers = { areGone: false };
  const network = peerWith({
    block: async (cid) => (peers.areGone ? undefined : await dataset.source.block(cid)),
    leaf: async (cid, index) => (peers.areGone ? undefined : await dataset.source.leaf(cid, index)),
  });
  const disk = await aHost({ dataset, network, logger });
  const world = { ...aWorld(), host: disk.host };
  const { clock } = world;
  const retryTimes: RetryTimes = {
    sleep: (ms, signal) => clock.waitUntil(clock.now() + Math.ceil(ms / 1000), { signal }),
  };
  const node = await aNode(world, { logger, retryTimes });
  const sleeper = new Sleeper();
  const scrub = new Scrub(
    { slotStore: disk.slotStore, host: disk.host, database: world.database, logger },
    { sleep: sleeper.sleep, roundSeconds: 3600, nowMs: () => Date.now() },
  );
  onTestFinished(async () => {
    disk.disk.failOn = () => {};
    await scrub.stop();
    teller.stop();
    view.stop();
    await node.sales.stop();
    await disk.host.stop();
    expectSoundBooks(node.reservations);
  });
  const rows = new RowTables();
  const feed = new LiveFeed({ after: soon });
  let lookedAtMs = Date.now();
  const space = { freeBytes: 900_000_000n, totalBytes: 2_000_000_000n };
  const view = new View(
    {
      rows: {
        set: (table, row) => {
          rows.set(table, row);
          feed.set(table, row.id, row);
        },
        delete: (table, id) => {
          rows.delete(table, id);
          feed.delete(table, id);
        },
        replace: (table, all) => {
          rows.replace(table, all);
          feed.replace(table, all);
        },
      },
      clock,
      ...node,
      diskSpace: async () => space,
      slots: { fault: () => disk.slotStore.fault(), checks: () => scrub.checks.values() },
    },
    { folder: disk.folder, periodSeconds: 60, token: { symbol: 'TST', decimals: 18 } },
  );
  const notices: Notice[] = [];
  const teller = new NoticeTeller(
    { live: feed, wishes: () => ({ notices: 'all' }), tell: (notice) => notices.push(notice) },
    // Nothing waits for what may come with it: each look is later than the one before by more than that.
    { after: () => () => {}, nowMs: () => (lookedAtMs += 10_000) },
  );
  await view.start();
  await node.reservations.createAvailability(someTerms);
  await node.sales.start();
  const { cid, merkleRoot } = { cid: dataset.manifestCid.bytes, merkleRoot: dataset.merkleRoot };
  const { requestId, request } = world.market.requestStorage({
    ask: { slots: 3n, slotSize: dataset.slotSize, maxSlotLoss: 1n, duration: 14_400n },
    content: { cid, merkleRoot },
  });
  const hosted = { slotId: slotIdOf(requestId, 1), request, slotIndex: 1 };
  const sale = () => node.sales.list().find(({ slotId }) => slotId === hosted.slotId);
  const selling = {
    ...disk,
    ...world,
    ...node,
    hosted,
    network,
    peers,
    lines,
    scrub,
    sleeper,
    sale,
    notices,
    /** What the file system says of itself. */
    space,
    /** What the window shows of the disk, the sale, and the activity. */
    async shown() {
      await view.tick();
      return {
        storage: rows.of('storage')[0],
        sale: rows.of('sales').find(({ slotId }) => slotId === hosted.slotId),
        lines: rows.of('activity').map(({ text }) => text),
      };
    },
    slotFolder: join(disk.folder, hosted.slotId),
    /** Moves time by so many seconds, whenever nobody has anything to do, until it holds. */
    async until(holds: () => boolean, stepSeconds = 1): Promise<void> {
      for (let idle = 0; !holds(); idle++) {
        await new Promise(setImmediate);
        if (disk.disk.pending > 0) idle = 0;
        if (idle < 30) continue;
        clock.advance(stepSeconds);
        idle = 0;
      }
    },
    async pass(seconds: number): Promise<void> {
      const end = clock.now() + seconds;
      await this.until(() => clock.now() >= end, 5);
    },
    /** Reads all that is held, once. */
    async scrubAll(): Promise<void> {
      scrub.start();
      await sleeper.pass(2 * 3_600_000);
    },
    async storedBlocks(slotId: SlotId = hosted.slotId): Promise<number> {
      return Number(await disk.host.storedBytes(slotId)) / BLOCK_SIZE;
    },
    /** Reading these blocks fails, as if the disk could not any more. */
    breakBlocks(...blocks: number[]): void {
      onPackRead(disk.disk, (block) => {
        if (blocks.includes(block)) throw Object.assign(new Error('i/o error'), { code: 'EIO' });
      });
    },
  };
  await selling.until(
    () => node.sales.list().length === 3 && node.sales.list().every(({ proofs }) => proofs.sent > 0),
  );
  return selling;
}

/** Before anybody else has a turn. */
function soon(_: number, work: () => void): () => void {
  queueMicrotask(work);
  return () => {};
}
