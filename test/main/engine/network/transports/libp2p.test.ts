import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EMPTY_DIGEST, blockCid, sha256 } from '../../../../../src/main/engine/network/cids.ts';
import { encodeFrame, FrameReader } from '../../../../../src/main/engine/network/frames.ts';
import { encodeProof } from '../../../../../src/main/engine/network/merkle.ts';
import {
  decodeMessage,
  encodeMessage,
  type Delivery,
} from '../../../../../src/main/engine/network/messages.ts';
import type { PeerAddress } from '../../../../../src/main/engine/network/peeraddress.ts';
import type { PeerLink, Transport } from '../../../../../src/main/engine/network/peerlink.ts';
import {
  Libp2pTransport,
  type Libp2pOptions,
} from '../../../../../src/main/engine/network/transports/libp2p.ts';
import { blockNetworkSuite } from '../../../../support/blocknetworksuite.ts';
import { exchangesOver } from '../../../../support/blocknetworlds.ts';
import { watchLeaks } from '../../../../support/noleaks.ts';
import {
  ARCHIVIST,
  onBytes,
  rawPeer as makeRawPeer,
  type RawPeerOptions,
} from '../../../../support/rawlibp2p.ts';
import { aDataset, collect, range } from '../../../../support/slotfixtures.ts';

const here = { host: '127.0.0.1', port: 0 };
const { signal } = new AbortController();

blockNetworkSuite('An exchange over libp2p', () =>
  exchangesOver(
    ({ listens }) => new Libp2pTransport({ protocol: ARCHIVIST, ...(listens && { listen: here }) }),
  ),
);

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function transport(options: Partial<Libp2pOptions> = {}, onLink: (link: PeerLink) => void = () => {}) {
  const made = new Libp2pTransport({ protocol: ARCHIVIST, listen: here, ...options });
  closers.push(() => made.stop());
  await made.start(onLink);
  return made;
}

async function rawPeer(options: RawPeerOptions = {}) {
  const peer = await makeRawPeer(options);
  closers.push(() => peer.stop());
  return peer;
}

function exchanges(options: Partial<Libp2pOptions> = {}) {
  const world = exchangesOver(
    ({ listens }) =>
      new Libp2pTransport({ protocol: ARCHIVIST, ...(listens && { listen: here }), ...options }),
  );
  closers.push(() => world.close());
  return world;
}

const addressOf = (made: Transport): PeerAddress => made.address as PeerAddress;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('Libp2pTransport', () => {
  it('is known by the key that it was given', async () => {
    const identity = randomBytes(32);
    const first = await transport({ identity });
    const { host, port, peerId } = addressOf(first);
    expect({ host, port }).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
    expect(peerId).toMatch(/^16Uiu2/);
    await first.stop();
    expect(first.address).toBeUndefined();
    expect(addressOf(await transport({ identity })).peerId).toBe(peerId);
    expect(addressOf(await transport()).peerId).not.toBe(peerId);
  });

  it('carries messages both ways over one connection, whoever dialled', async () => {
    const heard: string[] = [];
    const links: PeerLink[] = [];
    const server = await transport({}, (link) => {
      links.push(link);
      link.onMessage((message) => heard.push(`server: ${Buffer.from(message).toString()}`));
    });
    const client = await transport({ listen: undefined });
    const link = await client.dial(addressOf(server), { signal });
    link.onMessage((message) => heard.push(`client: ${Buffer.from(message).toString()}`));
    await link.send(Buffer.from('question'));
    await until(() => heard.length === 1);
    await links[0]?.send(Buffer.from('answer'));
    await until(() => heard.length === 2);
    expect(heard).toEqual(['server: question', 'client: answer']);
    expect(await client.dial(addressOf(server), { signal })).toBe(link);
  });

  it('serves and fetches over the connection of a peer that cannot be dialled', async () => {
    const dataset = aDataset();
    const world = exchanges();
    const { transport: reachable } = await world.serve(aDataset().source);
    const identity = randomBytes(32);
    const hidden = new Libp2pTransport({ protocol: ARCHIVIST, identity });
    const hiddenWorld = exchangesOver(() => hidden);
    closers.push(() => hiddenWorld.close());
    const { exchange } = await hiddenWorld.serve(dataset.source, { peers: [addressOf(reachable)] });
    await expect(exchange.manifest(dataset.manifestCid, { signal })).rejects.toMatchObject({
      code: 'MANIFEST_NOT_FOUND',
    });
    const known = new Libp2pTransport({ protocol: ARCHIVIST, identity, listen: here });
    await known.start(() => {});
    const { peerId } = addressOf(known);
    await known.stop();
    const link = await reachable.dial({ host: '127.0.0.1', port: 1, peerId }, { signal });
    expect(link.id).toContain(peerId);
  });

  it('sends on another stream after one was reset, and keeps the link', async () => {
    const heard: string[] = [];
    let streams = 0;
    const peer = await rawPeer({
      onStream: (stream) => {
        streams++;
        const frames = new FrameReader(1_000);
        onBytes(stream, (bytes) => {
          for (const message of frames.push(bytes)) heard.push(Buffer.from(message).toString());
          if (streams === 1) stream.abort(new Error('idle for minutes'));
        });
      },
    });
    const ours = await transport();
    const link = await ours.dial(peer.address, { signal });
    await link.send(Buffer.from('first'));
    await until(() => heard.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await link.send(Buffer.from('second'));
    await until(() => heard.length === 2);
    expect(heard).toEqual(['first', 'second']);
    expect(streams).toBe(2);
    expect(await ours.dial(peer.address, { signal })).toBe(link);
  });

  it('goes on with a download whose streams the peer resets', async () => {
    const dataset = aDataset({ blocks: 40 });
    let resets = 0;
    const peer = await rawPeer({
      onStream: (stream, connection) => {
        const frames = new FrameReader(2 ** 20);
        onBytes(stream, (bytes) => {
          for (const message of frames.push(bytes)) {
            if (resets++ < 3) stream.abort(new Error('idle for minutes'));
            else answerAll(dataset, message, connection).catch(() => {});
          }
        });
      },
    });
    const exchange = await exchanges().fetch({ peers: [peer.address], repeatMs: 50 });
    expect(await collect(exchange.leaves(dataset, range(0, 40), { signal }))).toHaveLength(40);
  });

  it('takes 64 blocks in one message, as the live network answers', async () => {
    const dataset = aDataset({ blocks: 64 });
    const peer = await rawPeer({
      onStream: (stream, connection) => {
        const frames = new FrameReader(2 ** 20);
        onBytes(stream, (bytes) => {
          for (const message of frames.push(bytes)) void answerAll(dataset, message, connection);
        });
      },
    });
    const ours = await transport();
    const link = await ours.dial(peer.address, { signal });
    const sizes: number[] = [];
    link.onMessage((message) => sizes.push(decodeMessage(message).deliveries.length));
    const wants = range(0, 64).map((index) => ({ address: { treeCid: dataset.treeCid, index } }));
    await link.send(encodeMessage({ wants }));
    await until(() => sizes.length > 0);
    expect(sizes).toEqual([64]);
  });

  it('says to the byte what the live network understands', async () => {
    const heard: Uint8Array[] = [];
    const peer = await rawPeer({ onStream: (stream) => onBytes(stream, (bytes) => heard.push(bytes)) });
    const ours = await transport();
    const link = await ours.dial(peer.address, { signal });
    const { treeCid } = aDataset();
    await link.send(encodeMessage({ wants: [{ address: { treeCid, index: 5 }, sendDontHave: true }] }));
    const empty = blockCid(EMPTY_DIGEST);
    await link.send(
      encodeMessage({
        deliveries: [
          { cid: empty, data: new Uint8Array(), address: { treeCid, index: 300 }, proof: Buffer.from('p') },
        ],
        presences: [{ address: { cid: empty }, has: false }],
      }),
    );
    const tree = `08011226${hex(treeCid.bytes)}`;
    const want = `3c 0a3a 0a36 0a2c ${tree} 1805 1000 1800 2000 2801 1000`;
    const delivery = `1a5c 0a26 ${hex(empty.bytes)} 1200 1a2d ${tree} 18ac02 22 01 70`;
    const presence = `2250 0a2a 0800 2226 ${hex(empty.bytes)} 1001 1a20 ${'00'.repeat(32)}`;
    const expected = `${want} b001 ${delivery} ${presence}`.replaceAll(' ', '');
    await until(() => Buffer.concat(heard).length >= expected.length / 2);
    expect(hex(Buffer.concat(heard))).toBe(expected);
  });

  it('leaves nothing running when it is stopped', async () => {
    const settled = watchLeaks();
    const server = await transport();
    const client = await transport({ listen: undefined });
    const link = await client.dial(addressOf(server), { signal });
    await link.send(Buffer.from('hello'));
    await client.stop();
    expect(await link.closed).toBeUndefined();
    await expect(link.send(Buffer.from('late'))).rejects.toMatchObject({ code: 'LINK_CLOSED' });
    await server.stop();
    await settled();
  });
});

describe('Libp2pTransport, stopped while it starts', () => {
  // libp2p itself leaves a timer of a second, which holds nothing.
  const listening = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;

  it('does not listen any more, nor dial', async () => {
    const before = listening();
    const made = new Libp2pTransport({ protocol: ARCHIVIST, listen: here });
    const starting = made.start(() => {});
    await made.stop();
    await starting;
    expect(made.address).toBeUndefined();
    await expect(made.dial({ host: '127.0.0.1', port: 1 }, { signal })).rejects.toMatchObject({
      code: 'LINK_CLOSED',
    });
    await expect.poll(listening).toBe(before);
  });

  it('ends well when the start fails', async () => {
    const taken = await transport();
    const made = new Libp2pTransport({
      protocol: ARCHIVIST,
      listen: { ...here, port: addressOf(taken).port },
    });
    const starting = made.start(() => {});
    const stopping = made.stop();
    await expect(starting).rejects.toThrow();
    await stopping;
  });
});

describe('Libp2pTransport, refusing', () => {
  it('says that nobody is there', async () => {
    const gone = await rawPeer();
    await gone.stop();
    const ours = await transport();
    await expect(ours.dial(gone.address, { signal })).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });

  it('says that somebody else answers', async () => {
    const peer = await rawPeer();
    const other = await rawPeer();
    const ours = await transport();
    const dialling = ours.dial({ ...peer.address, peerId: other.address.peerId }, { signal });
    await expect(dialling).rejects.toMatchObject({
      code: 'WRONG_PEER',
      details: { found: peer.address.peerId },
    });
    await until(() => peer.node.getConnections().length === 0);
  });

  it('leaves the link to an honest peer alone whose address was told under another identity', async () => {
    const peer = await rawPeer();
    const other = await rawPeer();
    const ours = await transport();
    const made = { ...peer.address, peerId: other.address.peerId };
    const link = await ours.dial(peer.address, { signal });
    await expect(ours.dial(made, { signal })).rejects.toMatchObject({ code: 'WRONG_PEER' });
    await link.send(Buffer.from('still there'));
    expect(await ours.dial(peer.address, { signal })).toBe(link);
  });

  it('leaves a link alone that a dial at the same time is given', async () => {
    const peer = await rawPeer();
    const other = await rawPeer();
    const ours = await transport();
    const made = { ...peer.address, peerId: other.address.peerId };
    const [wrong, link, wrongToo] = await Promise.allSettled(
      [made, peer.address, made].map((address) => ours.dial(address, { signal })),
    );
    expect([wrong?.status, link?.status, wrongToo?.status]).toEqual(['rejected', 'fulfilled', 'rejected']);
    if (link?.status === 'fulfilled') await link.value.send(Buffer.from('still there'));
  });

  it.each([
    ['has an Ed25519 identity', { keyType: 'Ed25519' }, 'its identity is not a secp256k1 key'],
    ['has yamux only', { muxer: '/yamux/1.0.0' }, 'it does not offer mplex'],
  ] as const)('says that a peer %s', async (_, options, reason) => {
    const peer = await rawPeer(options);
    const ours = await transport();
    const { host, port } = peer.address;
    await expect(ours.dial({ host, port }, { signal })).rejects.toMatchObject({
      code: 'PEER_INCOMPATIBLE',
      details: { reason },
    });
  });

  it('says that a peer is of another network, at the first message', async () => {
    const peer = await rawPeer({ protocol: '/codex/blockexc/1.0.0' });
    const ours = await transport();
    const link = await ours.dial(peer.address, { signal });
    await expect(link.send(Buffer.from('hello'))).rejects.toMatchObject({
      code: 'PEER_INCOMPATIBLE',
      details: { reason: `it does not speak ${ARCHIVIST}` },
    });
  });

  it('lets in nobody with an Ed25519 identity', async () => {
    const links: PeerLink[] = [];
    const ours = await transport({}, (link) => links.push(link));
    const peer = await rawPeer({ keyType: 'Ed25519' });
    await expect(peer.open(addressOf(ours))).rejects.toThrow();
    expect(links).toEqual([]);
  });

  it('gives a dial up when it is called off, also to one that says nothing', async () => {
    const mute = createServer();
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    closers.push(async () => mute.close());
    const ours = await transport();
    const controller = new AbortController();
    const peer = { host: '127.0.0.1', port: (mute.address() as AddressInfo).port };
    const dialling = ours.dial(peer, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(dialling).rejects.toMatchObject({ name: 'AbortError' });
    await expect(ours.dial(peer, { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('lets no more peers in than it may, and dials all the same', async () => {
    const ours = await transport({ maxLinks: 2 });
    const peers = await Promise.all(range(0, 3).map(() => rawPeer()));
    await peers[0]?.open(addressOf(ours));
    await peers[1]?.open(addressOf(ours));
    await expect(peers[2]?.open(addressOf(ours))).rejects.toThrow();
    const link = await ours.dial((await rawPeer()).address, { signal });
    await link.send(Buffer.from('hello'));
    expect(peers[0]?.node.getConnections()).toHaveLength(1);
  });

  it('keeps the newer of two links that a peer opened', async () => {
    const links: PeerLink[] = [];
    const ours = await transport({}, (link) => links.push(link));
    const peer = await rawPeer();
    await peer.open(addressOf(ours));
    await peer.node.dial(
      peer.node.getConnections().map((c) => c.remoteAddr),
      { force: true },
    );
    await until(() => links.length === 2);
    expect(await links[0]?.closed).toBeUndefined();
  });
});

describe('Libp2pTransport, with bad peers', () => {
  /** A peer that has us as its server and says `bytes`; what became of the link. */
  async function saying(...pieces: readonly Uint8Array[]) {
    const links: PeerLink[] = [];
    const ours = await transport({}, (link) => {
      links.push(link);
      link.onMessage((message) => void decodeMessage(message));
    });
    const peer = await rawPeer();
    const { stream } = await peer.open(addressOf(ours));
    for (const bytes of pieces) stream.send(bytes);
    await until(() => links.length > 0);
    return { link: links[0] as PeerLink, stream, peer, ours };
  }

  it.each([
    ['announces more than 8 MiB', Buffer.from([0x81, 0x80, 0x80, 0x04]), 'LINK_LIMIT_EXCEEDED'],
    ['never ends a length', Buffer.alloc(6, 0xff), 'MALFORMED_MESSAGE'],
    ['sends what is no message', encodeFrame(Buffer.from('HTTP/1.1 200 OK')), 'MALFORMED_MESSAGE'],
  ])('cuts one that %s', async (_, bytes, code) => {
    const { link, peer } = await saying(bytes);
    expect(await link.closed).toMatchObject({ code });
    await until(() => peer.node.getConnections().length === 0);
  });

  it('cuts one that ends a stream within a message', async () => {
    const { link, stream } = await saying(encodeFrame(new Uint8Array(100)).subarray(0, 50));
    await stream.close();
    expect(await link.closed).toMatchObject({ code: 'MALFORMED_MESSAGE' });
  });

  it('keeps one that ends a stream after a message', async () => {
    const { stream, ours, peer } = await saying(encodeFrame(encodeMessage({})));
    await stream.close();
    await until(() => peer.node.getConnections().every((connection) => connection.streams.length === 0));
    const again = await peer.open(addressOf(ours));
    expect(again.connection.status).toBe('open');
  });

  it('holds no more of a message that never ends than its size, in however many pieces', async () => {
    const announced = 8 * 1024 * 1024;
    const { link, stream } = await saying(Buffer.from([0x80, 0x80, 0x80, 0x04]));
    const before = process.memoryUsage().arrayBuffers;
    const drop = Buffer.of(7);
    for (let sent = 0; sent < 5_000; sent++) if (!stream.send(drop)) await stream.onDrain();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * announced);
    let closed = false;
    void link.closed.then(() => (closed = true));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(closed).toBe(false);
  });

  it('closes the link of one that opens streams as fast as it can', async () => {
    const { peer, ours, link } = await saying(encodeFrame(encodeMessage({})));
    const { connection } = await peer.open(addressOf(ours));
    const opening = range(0, 10).map(() =>
      connection.newStream(ARCHIVIST, { signal: AbortSignal.timeout(500) }),
    );
    await Promise.allSettled(opening);
    await expect(link.send(encodeMessage({}))).rejects.toMatchObject({ code: 'LINK_CLOSED' });
    expect(await link.closed).toMatchObject({ code: 'LINK_CLOSED' });
  });

  it('lets one open four streams, and no more', async () => {
    const { peer, ours } = await saying(encodeFrame(encodeMessage({})));
    const { connection } = await peer.open(addressOf(ours));
    for (let i = 0; i < 3; i++) await connection.newStream(ARCHIVIST).catch(() => {});
    await until(() => connection.streams.filter(({ direction }) => direction === 'outbound').length <= 4);
  });

  it('reads on for one that takes nothing only as far as buffers go, and cuts it in the end', async () => {
    const dataset = aDataset({ blocks: 600, slots: 3, tolerance: 0 });
    let read = 0;
    const world = exchanges();
    const { transport: server } = await world.serve(
      { block: async () => undefined, leaf: (cid, index) => (read++, dataset.source.leaf(cid, index)) },
      { sendTimeoutMs: 500 },
    );
    const upstreams: Socket[] = [];
    const relay = createServer((socket) => {
      const upstream = connect(addressOf(server));
      upstreams.push(upstream);
      socket.on('error', () => {});
      upstream.on('error', () => {});
      upstream.once('close', () => socket.destroy());
      socket.pipe(upstream);
      let passed = 0;
      upstream.on('data', (bytes: Buffer) => {
        socket.write(bytes);
        if (passed <= 100_000 && passed + bytes.length > 100_000) upstream.pause();
        passed += bytes.length;
      });
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    closers.push(async () => relay.close());
    const peer = await rawPeer();
    const port = (relay.address() as AddressInfo).port;
    const { stream, connection } = await peer.open({ ...addressOf(server), port });
    const wants = range(0, 600).map((index) => ({ address: { treeCid: dataset.treeCid, index } }));
    stream.send(encodeFrame(encodeMessage({ wants })));
    await until(() => read > 0);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(read).toBeLessThan(300);
    for (const upstream of upstreams) upstream.resume();
    await until(() => connection.status !== 'open');
    expect(read).toBeLessThan(300);
  });
});

/** All that was wanted in one message, on a stream of its own, as Archivist's node does. */
async function answerAll(
  dataset: ReturnType<typeof aDataset>,
  message: Uint8Array,
  connection: { newStream(protocol: string): Promise<{ send(bytes: Uint8Array): boolean }> },
): Promise<void> {
  const deliveries: Delivery[] = [];
  const presences = [];
  for (const { address, type, cancel } of decodeMessage(message).wants) {
    if (cancel || !('index' in address)) continue;
    const leaf = await dataset.source.leaf(address.treeCid, address.index);
    if (type === 'have') presences.push({ address, has: !!leaf });
    else if (leaf) {
      const cid = blockCid(sha256(leaf.data));
      deliveries.push({ cid, data: leaf.data, address, proof: encodeProof(leaf.proof) });
    }
  }
  if (deliveries.length + presences.length === 0) return;
  const stream = await connection.newStream(ARCHIVIST);
  stream.send(encodeFrame(encodeMessage({ deliveries, presences })));
}
