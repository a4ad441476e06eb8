/**
 * What hashing costs for proofs: WebAssembly beside plain numbers, one worker beside this thread, all workers beside this
 * thread shared out among the processors; in alternating rounds. Milliseconds are per block of 64 KiB. The rates that
 * follow are by the clock and by the processor's time, which tells more where others keep the machine busy.
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { abortScope } from '../src/main/engine/lib/abort.ts';
import { silentLogger as logger } from '../src/main/engine/logger.ts';
import type { BlockDigester } from '../src/main/engine/proofs/blockdigester.ts';
import { BLOCK_BYTES, blockTree } from '../src/main/engine/proofs/cells.ts';
import { Poseidon2Wasm } from '../src/main/engine/proofs/poseidon2wasm.ts';
import { WorkerDigester } from '../src/main/engine/proofs/workerdigester.ts';
import { median, row } from './lib/figures.ts';

const ROUNDS = 7;
const BLOCKS = 64;
/** 34 for each of 32 cells, and 31 for the tree over them (proofs.md §3). */
const PERMUTATIONS = 1_119;

const processors = availableParallelism();
const blocks = Array.from({ length: BLOCKS }, () => randomBytes(BLOCK_BYTES));
const hash = new Poseidon2Wasm();
const one = new WorkerDigester({ logger }, { workers: 1 });
const all = new WorkerDigester({ logger }, { workers: processors });
const { signal } = abortScope();

/** What is measured, and the blocks that it hashes. */
const figures = [
  ['plain', 1, () => void blockTree(blocks[0] as Uint8Array)],
  ['wasm', BLOCKS, () => blocks.forEach((block) => hash.blockDigest(block))],
  ['oneWorker', BLOCKS, () => digestAll(one)],
  ['allWorkers', BLOCKS, () => digestAll(all)],
] as const;
type Times = Record<(typeof figures)[number][0], number[]>;
const times: Times = { plain: [], wasm: [], oneWorker: [], allWorkers: [] };
const cpuTimes: Times = { plain: [], wasm: [], oneWorker: [], allWorkers: [] };
try {
  // The first round is to warm up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, count, work] of figures) {
      const startedMs = performance.now();
      const startedCpu = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(startedCpu);
      if (round === 0) continue;
      times[name].push((performance.now() - startedMs) / count);
      cpuTimes[name].push((user + system) / 1_000 / count);
    }
  }
} finally {
  await one.stop();
  await all.stop();
}

const wasm = median(times.wasm);
const lines = [
  row('WebAssembly', wasm, 'plain numbers', median(times.plain)),
  row('one worker', median(times.oneWorker), 'WebAssembly', wasm),
  row(`${processors} workers`, median(times.allWorkers), `WebAssembly / ${processors}`, wasm / processors),
  rates('plain numbers', 'plain'),
  rates('WebAssembly, this thread', 'wasm'),
  rates('one worker', 'oneWorker'),
  rates(`${processors} workers`, 'allWorkers'),
];
process.stdout.write(`${lines.join('\n')}\n`);

function rates(title: string, name: keyof Times): string {
  const megabytesPerS = (ms: number) => (BLOCK_BYTES / ms / 1_000).toFixed(2);
  const cpuMs = median(cpuTimes[name]);
  const permutationUs = ((cpuMs * 1_000) / PERMUTATIONS).toFixed(1);
  return `  ${title.padEnd(26)} ${megabytesPerS(median(times[name])).padStart(6)} MB/s; of processor time ${megabytesPerS(cpuMs).padStart(6)} MB/s, ${permutationUs.padStart(6)} µs a permutation`;
}

async function digestAll(digester: BlockDigester): Promise<void> {
  await Promise.all(blocks.map((block) => digester.digest(block, { signal })));
}
