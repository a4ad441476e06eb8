/**
 * What it costs to download a slot that has to be proven, from a peer over TCP in this same process: every leaf verified,
 * hashed by the workers as it comes, written and made durable, with the slot root in the end; beside the bare hashing of
 * the same blocks by the same workers, which is the slowest of its limits, and their sha256 alone, in alternating rounds.
 * Milliseconds are per MiB.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { address, hex32, slotIdOf, type Nonce, type RequestId } from '../src/main/engine/contracts/ids.ts';
import { abortScope } from '../src/main/engine/lib/abort.ts';
import { silentLogger as logger } from '../src/main/engine/logger.ts';
import { BLOCK_SIZE } from '../src/main/engine/network/blocknetwork.ts';
import { sha256 } from '../src/main/engine/network/cids.ts';
import { makeDataset } from '../src/main/engine/network/dataset.ts';
import { Exchange } from '../src/main/engine/network/exchange.ts';
import { withProofs } from '../src/main/engine/network/provendataset.ts';
import { TcpTransport } from '../src/main/engine/network/transports/tcp.ts';
import { WorkerDigester } from '../src/main/engine/proofs/workerdigester.ts';
import { LocalSlotHost } from '../src/main/engine/slots/host.ts';
import { PracticeProver } from '../src/main/engine/slots/practiceprover.ts';
import { SlotStore } from '../src/main/engine/stores/slotstore.ts';
import { median, row } from './lib/figures.ts';

const ROUNDS = 3;
const MIB = 32;

const { signal } = abortScope();
const workers = availableParallelism();
const digester = new WorkerDigester({ logger }, { workers });
const data = randomBytes(MIB * 2 ** 20);
const dataset = await withProofs(makeDataset({ data, slots: 1, tolerance: 0 }), { digester }, { signal });

const transport = new TcpTransport({ listen: { host: '127.0.0.1', port: 0 } });
const peer = new Exchange({ transport, logger });
peer.serve(dataset.source);
await peer.start();
const network = new Exchange(
  { transport: new TcpTransport(), logger },
  { peers: transport.address ? [transport.address] : [] },
);
await network.start();

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
  const sums: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const slotId = slotIdOf(hex32<RequestId>(`0x${randomBytes(32).toString('hex')}`), 0);
    const slot = { slotId, request, slotIndex: 0 };
    downloads.push(await perMib(() => host.store(slot, { charge: async () => {}, signal })));
    await host.clear(slotId);
    hashings.push(await perMib(hashAll));
    sums.push(await perMib(async () => eachBlock(sha256)));
  }
  await host.stop();
  await network.stop();
  await peer.stop();
  process.stdout.write(
    `${row('download with proofs', median(downloads), `hashing, ${workers} workers`, median(hashings))}\n` +
      `${row('', median(downloads), 'sha256 alone', median(sums))}\n`,
  );
} finally {
  await digester.stop();
  await rm(folder, { recursive: true, force: true });
}

async function hashAll(): Promise<void> {
  await Promise.all(eachBlock((block) => digester.digest(block, { signal })));
}

function eachBlock<T>(work: (block: Uint8Array) => T): T[] {
  const results: T[] = [];
  for (let at = 0; at < data.length; at += BLOCK_SIZE) results.push(work(data.subarray(at, at + BLOCK_SIZE)));
  return results;
}

async function perMib(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / MIB;
}
