import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { BlockSource, PeerNews } from '../../../../src/main/engine/network/blocknetwork.ts';
import { encodeFrame, FrameReader } from '../../../../src/main/engine/network/frames.ts';
import { LoopbackNetwork, type LoopbackOptions } from '../../../support/loopbacknetwork.ts';
import { decodeMessage, encodeMessage } from '../../../../src/main/engine/network/messages.ts';
import { TcpTransport } from '../../../../src/main/engine/network/transports/tcp.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { lying } from '../../../support/blocksources.ts';
import { watchLeaks } from '../../../support/noleaks.ts';
import { aDataset, collect, range } from '../../../support/slotfixtures.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const { signal } = new AbortController();

async function network(options: Partial<LoopbackOptions> = {}): Promise<LoopbackNetwork> {
  const made = new LoopbackNetwork({ logger: silentLogger }, { peers: [], redialMs: 1, ...options });
  closers.push(() => made.stop());
  await made.start();
  return made;
}

async function serving(source: BlockSource, options: Partial<LoopbackOptions> = {}) {
  const server = await network({ listen: { port: 0 }, ...options });
  server.serve(source);
  return { server, peer: server.address as { host: string; port: number } };
}

/** A peer that does with each connection what a test wants. */
async function rawPeer(onSocket: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { peer: { host: '127.0.0.1', port: (server.address() as AddressInfo).port }, sockets };
}

/** Notes which leaves were looked up, to say that we have them or to send them; and fails after some of them. */
function counting(source: BlockSource, { failAfter = Infinity, onFail = () => {} } = {}) {
  const asked: number[] = [];
  const counted: BlockSource = {
    block: (cid) => source.block(cid),
    leaf: async (treeCid, index) => {
      asked.push(index);
      if (asked.length > failAfter) onFail();
      return await source.leaf(treeCid, index);
    },
  };
  return { asked, counted };
}

/** Lets what is under way on sockets happen. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('A download that is looked at', () => {
  it('says who gave how much, and who was dropped for a lie or is not there', async () => {
    const dataset = aDataset({ blocks: 40 });
    const liar = await serving(lying(dataset.source));
    const honest = await serving(dataset.source);
    const gone = { host: '127.0.0.1', port: 1 };
    const fetching = await network({ peers: [liar.peer, honest.peer, gone] });
    const bytesByPeer = new Map<string, number>();
    const troubleByPeer = new Map<string, string>();
    const onPeer = (news: PeerNews) => {
      if ('bytes' in news) bytesByPeer.set(news.peer, (bytesByPeer.get(news.peer) ?? 0) + news.bytes);
      else troubleByPeer.set(news.peer, `${news.code} ${news.isDropped}`);
    };
    expect(await collect(fetching.leaves(dataset, range(0, 40), { signal, onPeer }))).toHaveLength(40);
    const name = ({ port }: { port: number }) => `/ip4/127.0.0.1/tcp/${port}`;
    expect([...bytesByPeer]).toEqual([[name(honest.peer), 40 * 65_536]]);
    expect(troubleByPeer.get(name(liar.peer))).toBe('FALSE_PROOF true');
    expect(troubleByPeer.get(name(gone))).toBe('PEER_UNREACHABLE false');
  });
});

describe('TcpTransport', () => {
  it('leaves nothing when it is stopped while it starts', async () => {
    const settled = watchLeaks();
    const made = new TcpTransport({ listen: { port: 0 } });
    const starting = made.start(() => {});
    await made.stop();
    await starting;
    expect(made.address).toBeUndefined();
    await settled();
  });
});

describe('LoopbackNetwork', () => {
  it('listens on 127.0.0.1 only, and tells where', async () => {
    const { server } = await serving(aDataset().source);
    expect(server.address).toMatchObject({ host: '127.0.0.1', port: expect.any(Number) });
    await server.stop();
    expect(server.address).toBeUndefined();
  });

  it('goes on with another peer when one is gone in the middle', async () => {
    const dataset = aDataset({ blocks: 60 });
    let cut = () => {};
    const { counted } = counting(dataset.source, { failAfter: 5, onFail: () => cut() });
    const failing = await serving(counted);
    const stopped: Promise<void>[] = [];
    cut = () => void stopped.push(failing.server.stop());
    const honest = await serving(dataset.source, { uploadBytesPerSecond: 20_000_000 });
    const fetching = await network({ peers: [failing.peer, honest.peer] });
    const leaves = await collect(fetching.leaves(dataset, range(0, 60), { signal }));
    expect(leaves.map((leaf) => leaf.index).sort((a, b) => a - b)).toEqual(range(0, 60));
    await Promise.all(stopped);
    expect(stopped.length).toBeGreaterThan(0);
  });

  it('dials a lost peer again and goes on where it was', async () => {
    const dataset = aDataset({ blocks: 40 });
    const { server, peer } = await serving(dataset.source);
    let links = 0;
    const relay = await rawPeer((socket) => {
      links++;
      const upstream = connect(peer);
      upstream.on('error', () => {});
      socket.pipe(upstream);
      if (links > 1) return void upstream.pipe(socket);
      let passed = 0;
      upstream.on('data', (chunk: Buffer) => {
        passed += chunk.length;
        if (passed < 500_000) socket.write(chunk);
        else upstream.destroy(socket.destroy().errored ?? undefined);
      });
    });
    const fetching = await network({ peers: [relay.peer] });
    expect(await collect(fetching.leaves(dataset, range(0, 40), { signal }))).toHaveLength(40);
    expect(links).toBe(2);
    await server.stop();
  });

  it('never asks a peer again that sent a false block', async () => {
    const dataset = aDataset();
    const { asked, counted } = counting(lying(dataset.source));
    const liar = await serving(counted);
    const fetching = await network({ peers: [liar.peer] });
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(collect(fetching.leaves(dataset, [0], { signal }))).rejects.toMatchObject({
        name: 'NetworkError',
      });
    }
    // Whether it has the block, and for the block.
    expect(asked).toEqual([0, 0]);
  });

  it('never asks a peer again that sent a false manifest', async () => {
    const dataset = aDataset();
    let asked = 0;
    const liar = await serving({
      block: async () => (asked++, aDataset().manifest),
      leaf: async () => undefined,
    });
    const fetching = await network({ peers: [liar.peer] });
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(fetching.manifest(dataset.manifestCid, { signal })).rejects.toMatchObject({
        code: 'MANIFEST_NOT_FOUND',
      });
    }
    expect(asked).toBe(1);
  });

  it('keeps at most 32 blocks in flight per peer, over all downloads', async () => {
    let wanted = 0;
    const keeping = await rawPeer((socket) => {
      const frames = new FrameReader(2 ** 20);
      socket.on('data', (chunk: Buffer) => {
        for (const message of frames.push(chunk)) wanted += decodeMessage(message).wants.length;
      });
    });
    const fetching = await network({ peers: [keeping.peer] });
    const controller = new AbortController();
    const downloads = [range(0, 100), range(100, 200)].map((indices) =>
      collect(fetching.leaves(aDataset({ blocks: 200 }), indices, { signal: controller.signal })),
    );
    const outcome = Promise.allSettled(downloads);
    while (wanted < 32) await turns(1);
    await turns(100);
    expect(wanted).toBe(32);
    controller.abort();
    expect((await outcome).map((download) => download.status)).toEqual(['rejected', 'rejected']);
  });

  it('stops asking while its reader lags behind', async () => {
    const dataset = aDataset({ blocks: 300, slots: 3, tolerance: 0 });
    const { asked, counted } = counting(dataset.source);
    const { peer } = await serving(counted);
    const fetching = await network({ peers: [peer] });
    const leaves = fetching.leaves(dataset, range(0, 300), { signal })[Symbol.asyncIterator]();
    await leaves.next();
    for (let last = -1; last !== asked.length;) {
      last = asked.length;
      await turns(200);
    }
    expect(new Set(asked).size).toBeLessThanOrEqual(64 + 32 + 1);
    await leaves.return?.(undefined);
  });

  it.each([
    ['a truncated frame', encodeFrame(new Uint8Array(1_000)).subarray(0, 500)],
    ['garbage', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['too large a frame', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f])],
    [
      'an answer nobody asked for, and then nothing',
      encodeFrame(encodeMessage({ presences: [{ address: { cid: aDataset().treeCid }, has: true }] })),
    ],
  ])('gives a peer up that answers with %s', async (_, answer) => {
    const raw = await rawPeer((socket) => socket.once('data', () => socket.end(answer)));
    const fetching = await network({ peers: [raw.peer] });
    await expect(collect(fetching.leaves(aDataset(), [0], { signal }))).rejects.toMatchObject({
      code: 'BLOCKS_NOT_FOUND',
    });
    expect(fetching.address).toBeUndefined();
  });

  it('cuts a link that brings garbage, and goes on serving the others', async () => {
    const dataset = aDataset();
    const { peer } = await serving(dataset.source);
    const socket = connect(peer);
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    socket.on('error', () => {});
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    await closed;
    const fetching = await network({ peers: [peer] });
    expect(await collect(fetching.leaves(dataset, [1], { signal }))).toHaveLength(1);
  });

  it('gives a peer up that is silent for too long', async () => {
    const silent = await rawPeer(() => {});
    const fetching = await network({ peers: [silent.peer], quietTimeoutMs: 20 });
    await expect(collect(fetching.leaves(aDataset(), [0], { signal }))).rejects.toMatchObject({
      code: 'BLOCKS_NOT_FOUND',
    });
    await expect(fetching.manifest(aDataset().manifestCid, { signal })).rejects.toMatchObject({
      code: 'MANIFEST_NOT_FOUND',
    });
  });

  it('takes the manifest from whoever has it while another is silent', async () => {
    const dataset = aDataset();
    const silent = await rawPeer(() => {});
    const { peer } = await serving(dataset.source);
    const fetching = await network({ peers: [silent.peer, peer] });
    expect(await fetching.manifest(dataset.manifestCid, { signal })).toHaveLength(dataset.manifest.length);
  });

  it('says NO_PEERS when nobody answers the dial', async () => {
    const { server, peer } = await serving(aDataset().source);
    await server.stop();
    const fetching = await network({ peers: [peer] });
    await expect(collect(fetching.leaves(aDataset(), [0], { signal }))).rejects.toMatchObject({
      code: 'NO_PEERS',
    });
  });

  it('ends downloads with an abort error when it is stopped, and leaves no link', async () => {
    const silent = await rawPeer(() => {});
    const fetching = await network({ peers: [silent.peer] });
    const download = collect(fetching.leaves(aDataset(), [0], { signal }));
    const outcome = expect(download).rejects.toMatchObject({ name: 'AbortError' });
    while (silent.sockets.size === 0) await turns(1);
    const [socket] = silent.sockets;
    const closed = once(socket as Socket, 'close');
    socket?.resume();
    await fetching.stop();
    await outcome;
    await closed;
  });

  it('serves the peer it dialled over the same link, and stops serving what is taken back', async () => {
    const dataset = aDataset();
    const { asked, counted } = counting(dataset.source);
    const { server, peer } = await serving(counted);
    const takeBack = server.serve(dataset.source);
    takeBack();
    const fetching = await network({ peers: [peer] });
    await collect(fetching.leaves(dataset, [0], { signal }));
    expect(asked).toEqual([0, 0]);
  });

  it('spreads its upload limit over time', async () => {
    const dataset = aDataset();
    const { peer } = await serving(dataset.source, { uploadBytesPerSecond: 65_536 * 50 });
    const fetching = await network({ peers: [peer] });
    const startedAt = performance.now();
    await collect(fetching.leaves(dataset, range(0, 5), { signal }));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(95);
  });
});
