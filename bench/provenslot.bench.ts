/**
 * What it costs to download a slot that has to be proven: blocks already verified, hashed by the workers as they come,
 * written and made durable, with the slot root in the end; beside the bare hashing of the same blocks by the same
 * workers, in alternating rounds. Milliseconds are per MiB.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { address, hex32, slotIdOf, type Nonce, type RequestId } from '../src/main/engine/contracts/ids.ts';
import { abortScope } from '../src/main/engine/lib/abort.ts';
import { silentLogger as logger } from '../src/main/engine/logger.ts';
import { BLOCK_SIZE, type BlockNetwork } from '../src/main/engine/network/blocknetwork.ts';
import { sha256 } from '../src/main/engine/network/cids.ts';
import { makeDataset } from '../src/main/engine/network/dataset.ts';
import { withProofs } from '../src/main/engine/network/provendataset.ts';
import { WorkerDigester } from '../src/main/engine/proofs/workerdigester.ts';
import { LocalSlotHost } from '../src/main/engine/slots/host.ts';
import { PracticeProver } from '../src/main/engine/slots/practiceprover.ts';
import { SlotStore } from '../src/main/engine/stores/slotstore.ts';
import { median, row } from './lib/figures.ts';

const ROUNDS = 5;
const MIB = 8;

const { signal } = abortScope();
const workers = availableParallelism();
const digester = new WorkerDigester({ logger }, { workers });
const data = randomBytes(MIB * 2 ** 20);
const dataset = await withProofs(makeDataset({ data, slots: 1, tolerance: 0 }), { digester }, { signal });

/** A network that costs nothing. */
const network: BlockNetwork = {
  manifest: async () => dataset.manifest,
  async *leaves(_dataset, wanted) {
    for (const index of wanted) {
      const leaf = await dataset.source.leaf(dataset.treeCid, index);
      if (leaf) yield { index, digest: sha256(leaf.data), ...leaf };
    }
  },
  serve: () => {},
  start: async () => {},
  stop: async () => {},
};

const request = {
  client: address(`0x${'11'.repeat(20)}`),
  ask: {
    proofProbability: 2n,
    pricePerBytePerSecond: 3n,
    collateralPerByte: 1n,
    slots: 1n,
    slotSize: dataset.slotSize,
    duration: 3600n,
    maxSlotLoss: 0n,
  },
  content: { cid: dataset.manifestCid.bytes, merkleRoot: dataset.merkleRoot },
  expiry: 600n,
  nonce: hex32<Nonce>(`0x${'22'.repeat(32)}`),
};

const folder = await mkdtemp(join(tmpdir(), 'slotkeeper-bench-'));
try {
  const slotStore = new SlotStore({ folder, logger });
  const host = new LocalSlotHost({ slotStore, network, prover: new PracticeProver(), digester, logger });
  const downloads: number[] = [];
  const hashings: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const slotId = slotIdOf(hex32<RequestId>(`0x${randomBytes(32).toString('hex')}`), 0);
    const slot = { slotId, request, slotIndex: 0 };
    downloads.push(await perMib(() => host.store(slot, { charge: async () => {}, signal })));
    await host.clear(slotId);
    hashings.push(await perMib(hashAll));
  }
  await host.stop();
  process.stdout.write(
    `${row('download with proofs', median(downloads), `hashing, ${workers} workers`, median(hashings))}\n`,
  );
} finally {
  await digester.stop();
  await rm(folder, { recursive: true, force: true });
}

async function hashAll(): Promise<void> {
  const hashing: Promise<Uint8Array>[] = [];
  for (let at = 0; at < data.length; at += BLOCK_SIZE) {
    hashing.push(digester.digest(data.subarray(at, at + BLOCK_SIZE), { signal }));
  }
  await Promise.all(hashing);
}

async function perMib(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / MIB;
}
