/**
 * Many StorageRequested logs on the practice chain, read by our query for past events and by our log follower with its
 * store on disk, beside one bare `eth_getLogs` for all of them, without and with ethers’ decoder. Of the decoder, which is
 * by far the slowest, a tenth is measured and counted ten times. And the heap after a tenth, a half and all of the logs:
 * it must not grow. `LOGS=20000 npm run bench -- pastevents` for a shorter run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Interface, toQuantity } from 'ethers';
import { address } from '../src/main/engine/contracts/ids.ts';
import { silentLogger } from '../src/main/engine/logger.ts';
import { EventDecoder } from '../src/main/engine/market/events.ts';
import { LogFollower } from '../src/main/engine/market/log-follower.ts';
import { RpcChainReader } from '../src/main/engine/market/log-reader.ts';
import { pastEvents } from '../src/main/engine/market/past-events.ts';
import { openServers } from '../src/main/engine/market/servers/open.ts';
import { cursorStore } from '../src/main/engine/stores/cursor.ts';
import { openDatabase } from '../src/main/engine/stores/database.ts';
import { chainId, startTestChain } from '../test/support/practicechain.ts';
import { marketplaceAbi } from '../test/support/marketplaceabi.ts';
import { emitRequests } from './lib/emitter.ts';
import { median } from './lib/figures.ts';

const LOGS = Number(process.env['LOGS'] ?? 100_000);
/** No round number, at which servers cut lists and our reader grows suspicious. */
const PER_BLOCK = 97;
const ROUNDS = 3;

const on = { signal: new AbortController().signal };
const logger = silentLogger;
const folder = await mkdtemp(join(tmpdir(), 'slotkeeper-bench-'));
const chain = await startTestChain();
try {
  const { marketplace, deployedAtBlock } = await chain.deploy();
  const before = await chain.provider.getBlockNumber();
  const startedMs = performance.now();
  await emitRequests(chain, { marketplace: marketplace.address, count: LOGS, perBlock: PER_BLOCK });
  await chain.mine(300);
  const head = await chain.provider.getBlockNumber();
  console.log(
    `  ${LOGS.toLocaleString('en')} StorageRequested logs in ${head - before - 300} blocks, emitted by a contract that only emits, in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`,
  );

  const events = new EventDecoder(marketplaceAbi);
  const filter = { address: address(marketplace.address), topics: events.topicsOf(['StorageRequested']) };
  const rpc = openServers({ rpcUrls: [chain.rpcUrl], chainId, abi: marketplaceAbi, logger });
  const reader = new RpcChainReader(rpc, filter);
  const plain = new Interface(marketplaceAbi);

  type BareLog = { topics: string[]; data: string };
  const range = { fromBlock: toQuantity(deployedAtBlock), toBlock: toQuantity(head) };
  const question = { address: marketplace.address, topics: [filter.topics], ...range };
  const list = async (): Promise<BareLog[]> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getLogs', params: [question] });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(chain.rpcUrl, { method: 'POST', headers, body });
    return ((await answer.json()) as { result: BareLog[] }).result;
  };
  const sample = (await list()).filter((_, i) => i % 10 === 0);
  const decode = () => sample.filter((log) => plain.parseLog(log)?.args['expiry'] > 0n).length;

  const past = async (atLog: (n: number) => void = () => {}): Promise<number> => {
    let found = 0;
    const modules = { chain: reader, events, deployedAtBlock, logger };
    for await (const _ of pastEvents(modules, { fromBlock: deployedAtBlock }, on)) atLog(++found);
    return found;
  };

  let runs = 0;
  const followed = async (atLog: (n: number) => void = () => {}): Promise<number> => {
    const database = await openDatabase({ folder: join(folder, `run ${++runs}`), logger });
    const stored = cursorStore({ database, logger }, { chainId, marketplace: filter.address });
    const load = async () => ({ kind: 'block', block: deployedAtBlock }) as const;
    const follower = new LogFollower({ chain: reader, cursors: { ...stored, load }, logger });
    let found = 0;
    follower.logs.subscribe(({ added }) => {
      for (const log of added) if (events.tryDecode(log, logger)) atLog(++found);
    });
    const done = new Promise<void>((resolve) => {
      follower.progress.subscribe(({ at, to }) => void (at === to && resolve()));
    });
    await follower.start(on);
    await done;
    await follower.stop();
    await database.close();
    return found;
  };

  const works = { list: async () => (await list()).length, past, followed };
  const times = {
    list: [] as number[],
    past: [] as number[],
    followed: [] as number[],
    decode: [] as number[],
  };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of ['list', 'past', 'followed'] as const) {
      const ms = await timed(works[name], LOGS);
      // The first round warms up.
      if (round > 0) times[name].push(ms);
    }
    const ms = await timed(async () => decode(), sample.length);
    if (round > 0) times.decode.push((ms * LOGS) / sample.length);
  }
  const listMs = median(times.list);
  const bareMs = listMs + median(times.decode);
  console.log(`  one bare eth_getLogs                       ${perLog(listMs)} µs a log`);
  console.log(`  and with ethers’ decoder                   ${perLog(bareMs)} µs a log`);
  tell('query for past events', median(times.past), { listMs, bareMs });
  tell('log follower with its store on disk', median(times.followed), { listMs, bareMs });

  for (const [name, work] of [
    ['past events', past],
    ['follower', followed],
  ] as const) {
    const heaps: number[] = [];
    const marks = [LOGS / 10, LOGS / 2, LOGS].map((mark) => Math.floor(mark));
    await work((n) => void (marks.includes(n) && heaps.push(heapMiB())));
    const [first = 0] = heaps;
    const figures = marks.map((mark, i) => `${mark.toLocaleString('en')}: ${heaps[i]?.toFixed(1)} MiB`);
    console.log(
      `  heap after gc, ${name.padEnd(12)} ${figures.join(', ')}; last to first: ratio ${((heaps.at(-1) ?? 0) / first).toFixed(3)}`,
    );
  }
  rpc.close();
} finally {
  await chain.stop();
  await rm(folder, { recursive: true, force: true });
}

async function timed(work: () => Promise<number>, expected: number): Promise<number> {
  globalThis.gc?.();
  const from = performance.now();
  const found = await work();
  if (found !== expected) throw new Error(`Found ${found} logs instead of ${expected}`);
  return performance.now() - from;
}

function tell(name: string, ms: number, { listMs, bareMs }: { listMs: number; bareMs: number }): void {
  const ratios = `ratio ${(ms / listMs).toFixed(2)} without, ${(ms / bareMs).toFixed(2)} with decoder`;
  console.log(`  ${name.padEnd(42)} ${perLog(ms)} µs a log   ${ratios}`);
}

function perLog(ms: number): string {
  return ((ms * 1000) / LOGS).toFixed(1).padStart(6);
}

function heapMiB(): number {
  const sizes = Array.from({ length: 3 }, () => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / 1_048_576;
  });
  return Math.min(...sizes);
}
