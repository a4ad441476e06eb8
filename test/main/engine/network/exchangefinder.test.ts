import type { CID } from 'multiformats/cid';
import { afterEach, describe, expect, it } from 'vitest';
import type { BlockSource } from '../../../../src/main/engine/network/blocknetwork.ts';
import type { Dataset } from '../../../../src/main/engine/network/dataset.ts';
import { Exchange, type ExchangeOptions } from '../../../../src/main/engine/network/exchange.ts';
import { parsePeerAddress, type PeerAddress } from '../../../../src/main/engine/network/peeraddress.ts';
import type { FoundPeer, PeerFinder } from '../../../../src/main/engine/network/peerfinder.ts';
import { peerIdOf, peerIdText } from '../../../../src/main/engine/network/peerid.ts';
import { TcpTransport } from '../../../../src/main/engine/network/transports/tcp.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { untilAborted } from '../../../../src/main/engine/lib/abort.ts';
import { lying, only } from '../../../support/blocksources.ts';
import { aDataset, collect, range } from '../../../support/slotfixtures.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const { signal } = new AbortController();
const peerIdFor = (number: number) => peerIdText(peerIdOf(Buffer.alloc(33, number)));

/** Serves over plain TCP; the address is as a finder tells it. */
async function serving(source: BlockSource, number: number, listenPort = 0): Promise<FoundPeer> {
  const transport = new TcpTransport({ listen: { port: listenPort } });
  const server = new Exchange({ transport, logger: silentLogger });
  closers.push(() => server.stop());
  await server.start();
  server.serve(source);
  const { port } = transport.address as PeerAddress;
  return { peerId: peerIdFor(number), addresses: [`/ip4/127.0.0.1/tcp/${port}`] };
}

const portOf = ({ addresses: [first = ''] }: FoundPeer): number => parsePeerAddress(first).port;

/** Tells at once what it knows of a content, and then waits until it is called off, as a long search would. */
class Rumours implements PeerFinder {
  readonly asked: CID[] = [];
  isEndless = false;
  readonly #tell: (cid: CID) => readonly FoundPeer[];

  constructor(tell: (cid: CID) => readonly FoundPeer[]) {
    this.#tell = tell;
  }

  async *find(cid: CID, { signal }: { signal: AbortSignal }): AsyncGenerator<FoundPeer, void> {
    this.asked.push(cid);
    yield* this.#tell(cid);
    if (this.isEndless) await untilAborted(new Promise<never>(() => {}), signal);
  }

  async provide(): Promise<void> {}
}

async function fetching(finder: PeerFinder, options: ExchangeOptions = {}): Promise<Exchange> {
  const transport = new TcpTransport();
  const exchange = new Exchange(
    { transport, logger: silentLogger, finder },
    { redialMs: 1, searchAgainMs: 1, ...options },
  );
  closers.push(() => exchange.stop());
  await exchange.start();
  return exchange;
}

describe('an exchange that can look for peers', () => {
  it('fetches manifest and leaves from those who are found, and ends a search that it needs no more', async () => {
    const dataset = aDataset({ blocks: 20 });
    const [low, high] = [
      await serving(only(dataset.source, range(0, 12)), 1),
      await serving(only(dataset.source, range(12, 30)), 2),
    ];
    const finder = new Rumours(() => [low, high]);
    finder.isEndless = true;
    const exchange = await fetching(finder);
    expect(await exchange.manifest(dataset.manifestCid, { signal })).toEqual(dataset.manifest);
    const leaves = await collect(exchange.leaves(dataset, range(0, 20), { signal }));
    expect(leaves.map(({ index }) => index).sort((a, b) => a - b)).toEqual(range(0, 20));
    expect(finder.asked.map(String)).toEqual([dataset.manifestCid, dataset.treeCid].map(String));
  });

  it('asks those who have a manifest for its tree, too', async () => {
    const dataset = aDataset();
    const peer = await serving(dataset.source, 1);
    const exchange = await fetching(new Rumours((cid) => (cid.equals(dataset.manifestCid) ? [peer] : [])));
    await expect(collect(exchange.leaves(dataset, [0], { signal }))).rejects.toMatchObject({
      code: 'NO_PEERS',
    });
    await exchange.manifest(dataset.manifestCid, { signal });
    expect(await collect(exchange.leaves(dataset, [0], { signal }))).toHaveLength(1);
  });

  it('tries the addresses of a peer one after the other, and asks it once though it is told again', async () => {
    const dataset = aDataset();
    const { peerId, addresses } = await serving(dataset.source, 1);
    const gone = '/ip4/127.0.0.1/tcp/1';
    const exchange = await fetching(
      new Rumours(() => [
        { peerId, addresses: [gone] },
        { peerId, addresses: [gone, '/ip4/127.0.0.1/udp/1', ...addresses] },
      ]),
    );
    expect(await collect(exchange.leaves(dataset, [0, 1], { signal }))).toHaveLength(2);
  });

  it('waits for no peer that is gone once it has all', async () => {
    const dataset = aDataset();
    const gone = { peerId: peerIdFor(9), addresses: ['/ip4/127.0.0.1/tcp/1'] };
    const live = await serving(dataset.source, 1);
    const exchange = await fetching(new Rumours(() => [gone, live]), { redialMs: 60_000 });
    expect(await collect(exchange.leaves(dataset, [0, 1], { signal }))).toHaveLength(2);
  });

  it('looks again for what nobody has yet', async () => {
    const dataset = aDataset();
    const peer = await serving(dataset.source, 1);
    let searches = 0;
    const exchange = await fetching(new Rumours(() => (++searches === 3 ? [peer] : [])));
    expect(await exchange.manifest(dataset.manifestCid, { signal })).toEqual(dataset.manifest);
    expect(searches).toBe(3);
    await expect(exchange.manifest(aDataset().manifestCid, { signal })).rejects.toMatchObject({
      code: 'MANIFEST_NOT_FOUND',
    });
    expect(searches).toBe(6);
  });

  it.each([
    [
      'manifest',
      async (exchange, { manifestCid }) => void (await exchange.manifest(manifestCid, { signal })),
    ],
    ['leaves', async (exchange, data) => void (await collect(exchange.leaves(data, [0, 1], { signal })))],
  ] as [string, (exchange: Exchange, dataset: Dataset) => Promise<void>][])(
    'begins anew with a peer that was gone and is found again: %s',
    async (_, fetch) => {
      const dataset = aDataset();
      const gone = await serving(dataset.source, 1);
      await closers.pop()?.();
      let searches = 0;
      const finder: PeerFinder = {
        provide: async () => {},
        async *find() {
          if (++searches === 2) {
            // All dials of the first time have failed by then.
            await new Promise((resolve) => setTimeout(resolve, 200));
            await serving(dataset.source, 1, portOf(gone));
          }
          yield gone;
        },
      };
      await fetch(await fetching(finder), dataset);
      expect(searches).toBeGreaterThan(1);
    },
  );

  it('asks no liar again that is found again', async () => {
    const dataset = aDataset();
    const liar = await serving(lying(dataset.source), 1);
    const exchange = await fetching(new Rumours(() => [liar]));
    const download = () => collect(exchange.leaves(dataset, [0], { signal }));
    await expect(download()).rejects.toMatchObject({ code: 'BLOCKS_NOT_FOUND' });
    await expect(download()).rejects.toMatchObject({ code: 'NO_PEERS' });
  });

  it('says how many were asked when nobody has a manifest, and is called off at any time', async () => {
    const dataset = aDataset();
    const peer = await serving(only(dataset.source, []), 1);
    const finder = new Rumours(() => [peer]);
    const exchange = await fetching(finder);
    await expect(exchange.manifest(aDataset().manifestCid, { signal })).rejects.toMatchObject({
      code: 'MANIFEST_NOT_FOUND',
      details: { peersAsked: 1 },
    });
    finder.isEndless = true;
    const controller = new AbortController();
    const { signal: ending } = controller;
    const waiting = [
      exchange.manifest(aDataset().manifestCid, { signal: ending }),
      collect(exchange.leaves(aDataset(), [0], { signal: ending })),
    ];
    controller.abort();
    for (const work of waiting) await expect(work).rejects.toMatchObject({ name: 'AbortError' });
  });
});
