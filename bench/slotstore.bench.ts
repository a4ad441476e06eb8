/**
 * What it costs to write a slot as the product does: blocks already verified, each batch charged in the ledger and then
 * made durable with its digests and its state; beside the bare writing and syncing of the same bytes in the same pieces,
 * in alternating rounds on the same disk. Milliseconds are per MiB.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { address, hex32, slotIdOf, type Nonce, type RequestId } from '../src/main/engine/contracts/ids.ts';
import type { StorageRequest } from '../src/main/engine/contracts/requests.ts';
import { silentLogger as logger } from '../src/main/engine/logger.ts';
import { BLOCK_SIZE, type BlockNetwork } from '../src/main/engine/network/blocknetwork.ts';
import { sha256 } from '../src/main/engine/network/cids.ts';
import { makeDataset } from '../src/main/engine/network/dataset.ts';
import { Reservations } from '../src/main/engine/sales/reservations.ts';
import { InlineDigester } from '../src/main/engine/proofs/inlinedigester.ts';
import { LocalSlotHost } from '../src/main/engine/slots/host.ts';
import { PracticeProver } from '../src/main/engine/slots/practiceprover.ts';
import type { HostedSlot } from '../src/main/engine/slots/slothost.ts';
import { openDatabase } from '../src/main/engine/stores/database.ts';
import { SlotStore } from '../src/main/engine/stores/slotstore.ts';
import { median, row } from './lib/figures.ts';

const ROUNDS = 5;
const MIB = 64;
const BATCH = 2 ** 20;
const BLOCKS = (MIB * BATCH) / BLOCK_SIZE;

const dataset = makeDataset({ data: randomBytes(MIB * BATCH), slots: 2, tolerance: 1 });
const blocks: Uint8Array[] = [];
const digests: Uint8Array[] = [];
for (let index = 0; index < BLOCKS; index++) {
  const data = (await dataset.source.leaf(dataset.treeCid, index))?.data ?? new Uint8Array();
  blocks.push(data);
  digests.push(sha256(data));
}

/** A network that costs nothing. */
const network: BlockNetwork = {
  manifest: async () => dataset.manifest,
  async *leaves(_dataset, wanted) {
    for (const index of wanted) {
      const leaf = await dataset.source.leaf(dataset.treeCid, index);
      const digest = digests[index];
      if (leaf && digest) yield { index, digest, ...leaf };
    }
  },
  serve: () => {},
  start: async () => {},
  stop: async () => {},
};

const request: StorageRequest = {
  client: address(`0x${'11'.repeat(20)}`),
  ask: {
    proofProbability: 2n,
    pricePerBytePerSecond: 3n,
    collateralPerByte: 1n,
    slots: 2n,
    slotSize: dataset.slotSize,
    duration: 3600n,
    maxSlotLoss: 1n,
  },
  content: { cid: dataset.manifestCid.bytes, merkleRoot: dataset.merkleRoot },
  expiry: 600n,
  nonce: hex32<Nonce>(`0x${'22'.repeat(32)}`),
};

const folder = await mkdtemp(join(tmpdir(), 'slotkeeper-bench-'));
const { signal } = new AbortController();
try {
  const database = await openDatabase({ folder: join(folder, 'data'), logger });
  const reservations = await Reservations.open({ database, logger }, { quotaMax: 2n ** 40n });
  await reservations.createAvailability({
    name: 'Bench',
    totalSize: 2n ** 36n,
    duration: 86_400n,
    minPricePerBytePerSecond: 1n,
    totalCollateral: 2n ** 40n,
  });
  const slotStore = new SlotStore({ folder: join(folder, 'data', 'slots'), logger });
  const host = new LocalSlotHost({
    slotStore,
    network,
    prover: new PracticeProver(),
    digester: new InlineDigester(),
    logger,
  });

  const charged: number[] = [];
  const uncharged: number[] = [];
  const verified: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const first = aSlot();
    const reservation = await reservations.findAndReserve({
      ...first,
      requestId: hex32<RequestId>(first.slotId),
      slotSize: request.ask.slotSize,
      duration: request.ask.duration,
      pricePerBytePerSecond: request.ask.pricePerBytePerSecond,
      collateralPerByte: request.ask.collateralPerByte,
      collateral: request.ask.slotSize,
      requestEndsAt: 2_000_000_000,
    });
    if ('rule' in reservation) throw new Error(reservation.text);
    const charge = (bytes: bigint) => reservations.bookWritten(reservation.id, bytes);
    charged.push(await perMib(() => host.store(first, { charge, signal })));
    verified.push(await perMib(async () => void (await host.verify(first, { sampleAll: true, signal }))));
    await host.clear(first.slotId);
    await reservations.close(reservation.id, { kind: 'notFilled' });

    const second = aSlot();
    uncharged.push(await perMib(() => host.store(second, { charge: async () => {}, signal })));
    await host.clear(second.slotId);
    bare.push(await perMib(writeBare));
  }
  await host.stop();
  await database.close();
  const limit = median(bare);
  process.stdout.write(
    `${[
      row('download, charged', median(charged), 'write + fdatasync', limit),
      row('download, charged to nobody', median(uncharged), 'write + fdatasync', limit),
      row('verify, every block', median(verified), 'write + fdatasync', limit),
    ].join('\n')}\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

function aSlot(): HostedSlot {
  const requestId = hex32<RequestId>(`0x${randomBytes(32).toString('hex')}`);
  return { slotId: slotIdOf(requestId, 0), request, slotIndex: 0 };
}

async function perMib(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / MIB;
}

async function writeBare(): Promise<void> {
  const path = join(folder, 'bare');
  const file = await open(path, 'w');
  try {
    let unsynced = 0;
    for (const [index, data] of blocks.entries()) {
      await file.write(data, 0, data.length, index * BLOCK_SIZE);
      unsynced += data.length;
      if (unsynced < BATCH) continue;
      await file.datasync();
      unsynced = 0;
    }
    await file.datasync();
  } finally {
    await file.close();
    await rm(path);
  }
}
