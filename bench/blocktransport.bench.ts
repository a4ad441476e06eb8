/**
 * What it costs to fetch a dataset and verify every leaf of it, over each kind of link; beside the same bytes read from a
 * bare TCP socket in pieces of a message's size, and their sha256 alone, in alternating rounds. The other side is a thread
 * of its own. Milliseconds are per MiB. At last how busy the main loop was meanwhile, which is why libp2p has a thread.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { isMainThread, parentPort, Worker, workerData, type MessagePort } from 'node:worker_threads';
import { silentLogger as logger } from '../src/main/engine/logger.ts';
import { BLOCK_SIZE } from '../src/main/engine/network/blocknetwork.ts';
import { sha256, treeCid } from '../src/main/engine/network/cids.ts';
import { makeDataset } from '../src/main/engine/network/dataset.ts';
import { Exchange } from '../src/main/engine/network/exchange.ts';
import type { PeerAddress } from '../src/main/engine/network/peeraddress.ts';
import type { Transport } from '../src/main/engine/network/peerlink.ts';
import { Libp2pTransport } from '../src/main/engine/network/transports/libp2p.ts';
import { hostTransport } from '../src/main/engine/network/transports/remote/host.ts';
import { libp2pInThread } from '../src/main/engine/network/transports/workerthread.ts';
import { TcpTransport } from '../src/main/engine/network/transports/tcp.ts';
import { median, row } from './lib/figures.ts';

const ROUNDS = 5;
const READERS = 8;
const MIB = 48;
const BLOCKS = (MIB * 2 ** 20) / BLOCK_SIZE;
const PIECE = 20 * BLOCK_SIZE;
const protocol = '/archivist/blockexc/1.0.0';
const listen = { host: '127.0.0.1', port: 0 };

interface Served {
  readonly rawPort: number;
  readonly treeRoot: Uint8Array;
  readonly tcp: PeerAddress;
  readonly libp2p: PeerAddress;
}

if (isMainThread) await measure();
else if (workerData === 'serve') await serve();
else {
  const { port, options } = workerData as { port: MessagePort; options: { protocol: string } };
  hostTransport(port, new Libp2pTransport(options));
}

async function serve(): Promise<void> {
  const data = randomBytes(MIB * 2 ** 20);
  const dataset = makeDataset({ data, slots: 1, tolerance: 0 });
  const transports = [new TcpTransport({ listen }), new Libp2pTransport({ protocol, listen })] as const;
  for (const transport of transports) {
    const exchange = new Exchange({ transport, logger });
    exchange.serve(dataset.source);
    await exchange.start();
  }
  const raw = createServer({ noDelay: true }, (socket) => {
    void (async () => {
      for (let at = 0; at < data.length; at += PIECE) {
        if (!socket.write(data.subarray(at, at + PIECE))) await once(socket, 'drain');
      }
      socket.end();
    })();
  });
  raw.listen(0, '127.0.0.1');
  await once(raw, 'listening');
  const [tcp, libp2p] = transports.map(({ address }) => address);
  const served = {
    rawPort: (raw.address() as AddressInfo).port,
    treeRoot: dataset.treeCid.multihash.digest,
    tcp,
    libp2p,
  };
  parentPort?.postMessage(served);
}

async function measure(): Promise<void> {
  const server = new Worker(new URL(import.meta.url), { workerData: 'serve' });
  const [served] = (await once(server, 'message')) as [Served];
  const blocks = Array.from({ length: BLOCKS }, () => randomBytes(BLOCK_SIZE));
  const ways = {
    'bare TCP': () => readRaw(served.rawPort),
    'sha256 alone': () => timed(async () => blocks.map(sha256)),
    'over TCP': () => download(new TcpTransport(), served, served.tcp),
    [`by ${READERS} readers at once`]: () => readersAtOnce(served),
    'over libp2p': () => download(new Libp2pTransport({ protocol }), served, served.libp2p),
    'over libp2p in a thread': () =>
      download(
        libp2pInThread({ module: new URL(import.meta.url), logger }, { protocol }),
        served,
        served.libp2p,
      ),
  };
  const ms: Record<string, number[]> = {};
  const busy: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(ways)) {
      const measured = await run();
      (ms[name] ??= []).push(measured.ms / MIB);
      (busy[name] ??= []).push(measured.busy);
    }
  }
  await server.terminate();
  const of = (name: string) => median(ms[name] ?? []);
  const downloads = Object.keys(ways).slice(2);
  const lines = downloads.flatMap((name) => [
    row(`download and verify ${name}`, of(name), 'bare TCP', of('bare TCP')),
    row('', of(name), 'sha256 alone', of('sha256 alone')),
  ]);
  const rates = downloads.map((name) => {
    const mbPerSecond = (2 ** 20 / 1000 / of(name)).toFixed(0);
    return `  ${name.padEnd(24)} ${mbPerSecond} MB/s, main loop busy ${(median(busy[name] ?? []) * 100).toFixed(0)} %`;
  });
  process.stdout.write(`${[...lines, ...rates].join('\n')}\n`);
}

interface Measured {
  readonly ms: number;
  /** The part of the time in which the main loop did something: 0 to 1. */
  readonly busy: number;
}

async function timed(work: () => Promise<unknown>): Promise<Measured> {
  const before = performance.eventLoopUtilization();
  const startedMs = performance.now();
  await work();
  const ms = performance.now() - startedMs;
  return { ms, busy: performance.eventLoopUtilization(before).utilization };
}

/** Each fetches all of it over a link of its own; the time is that for one share of what all got. */
async function readersAtOnce({ treeRoot, tcp }: Served): Promise<Measured> {
  const readers = Array.from({ length: READERS }, () => reader(new TcpTransport(), treeRoot, tcp));
  const ready = await Promise.all(readers);
  const measured = await timed(() => Promise.all(ready.map(({ fetchAll }) => fetchAll())));
  await Promise.all(ready.map(({ stop }) => stop()));
  return { ...measured, ms: measured.ms / READERS };
}

async function download(transport: Transport, { treeRoot }: Served, peer: PeerAddress): Promise<Measured> {
  const { fetchAll, stop } = await reader(transport, treeRoot, peer);
  const measured = await timed(fetchAll);
  await stop();
  return measured;
}

/** The link stands before the clock runs: what is measured is bytes, not handshakes. */
async function reader(transport: Transport, treeRoot: Uint8Array, peer: PeerAddress) {
  const exchange = new Exchange({ transport, logger }, { peers: [peer] });
  await exchange.start();
  const dataset = { treeCid: treeCid(treeRoot), leafCount: BLOCKS };
  const { signal } = new AbortController();
  const fetch = async (wanted: Iterable<number>) => {
    let count = 0;
    for await (const leaf of exchange.leaves(dataset, wanted, { signal })) count += leaf.digest.length / 32;
    return count;
  };
  await fetch([0]);
  return { fetchAll: () => fetch(Array(BLOCKS).keys()), stop: () => exchange.stop() };
}

async function readRaw(port: number): Promise<Measured> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  return await timed(async () => {
    socket.resume();
    await once(socket, 'close');
  });
}
