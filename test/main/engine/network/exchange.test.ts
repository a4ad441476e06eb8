import { afterEach, describe, expect, it } from 'vitest';
import { isEngineError } from '../../../../src/main/engine/errors.ts';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import type { BlockSource, PeerNews } from '../../../../src/main/engine/network/blocknetwork.ts';
import { blockCid, manifestCid, sha256, treeCid } from '../../../../src/main/engine/network/cids.ts';
import { Exchange, type ExchangeOptions } from '../../../../src/main/engine/network/exchange.ts';
import { NetworkError } from '../../../../src/main/engine/network/errors.ts';
import { DatasetTree, encodeProof } from '../../../../src/main/engine/network/merkle.ts';
import type { Message, Want } from '../../../../src/main/engine/network/messages.ts';
import { only } from '../../../support/blocksources.ts';
import { ScriptedPeer, ScriptedTransport } from '../../../support/linkpair.ts';
import { aDataset, collect, range } from '../../../support/slotfixtures.ts';

const { signal } = new AbortController();
const running: Exchange[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((exchange) => exchange.stop()));
});

async function fetchingFrom(peers: (() => ScriptedPeer)[], options: ExchangeOptions = {}) {
  const transport = new ScriptedTransport(peers);
  const exchange = new Exchange(
    { transport, logger: silentLogger },
    { peers: transport.addresses, redialMs: 1, ...options },
  );
  running.push(exchange);
  await exchange.start();
  return { exchange, transport };
}

async function serving(source: BlockSource, options: ExchangeOptions = {}) {
  const { exchange, transport } = await fetchingFrom([], options);
  exchange.serve(source);
  return transport;
}

/**
 * A node of the live network: says what it lacks only to the question whether it has it, and answers nothing to a want of
 * it. Source: data-plane.md §1.4.
 */
function liveNode(source: BlockSource, { hears = () => true }: { hears?: (want: Want) => boolean } = {}) {
  return new ScriptedPeer((message, peer) => void answer(message, peer));
  async function answer({ wants }: Required<Message>, peer: ScriptedPeer): Promise<void> {
    for (const want of wants.filter(hears)) {
      const { address, cancel, type, sendDontHave } = want;
      if (cancel || !('index' in address)) continue;
      const leaf = await source.leaf(address.treeCid, address.index);
      if (type === 'have' && (leaf || sendDontHave)) peer.say({ presences: [{ address, has: !!leaf }] });
      if (type !== 'have' && leaf) {
        const cid = blockCid(sha256(leaf.data));
        peer.say({ deliveries: [{ cid, data: leaf.data, address, proof: encodeProof(leaf.proof) }] });
      }
    }
  }
}

const wantsOf = (peer: ScriptedPeer, type: 'block' | 'have') =>
  peer.heard.flatMap(({ wants }) => wants).filter((want) => !want.cancel && want.type === type);

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('Exchange, asking', () => {
  it('asks what a peer has before it asks for blocks, and for no block that the peer lacks', async () => {
    const dataset = aDataset({ blocks: 30 });
    const peers = [liveNode(only(dataset.source, range(0, 10))), liveNode(dataset.source)];
    const { exchange } = await fetchingFrom(peers.map((peer) => () => peer));
    expect(await collect(exchange.leaves(dataset, range(0, 30), { signal }))).toHaveLength(30);
    const wanted = wantsOf(peers[0] as ScriptedPeer, 'block').flatMap(({ address }) =>
      'index' in address ? address.index : [],
    );
    expect(wanted.every((index) => index < 10)).toBe(true);
  });

  it('believes a peer that had all of a sample', async () => {
    const dataset = aDataset({ blocks: 300 });
    const peer = liveNode(dataset.source);
    const { exchange } = await fetchingFrom([() => peer]);
    expect(await collect(exchange.leaves(dataset, range(0, 300), { signal }))).toHaveLength(300);
    expect(wantsOf(peer, 'have').length).toBeLessThanOrEqual(64 + 16);
    expect(wantsOf(peer, 'block')).toHaveLength(300);
  });

  it('asks again after a silence, and for the block once the peer says that it has it', async () => {
    const dataset = aDataset();
    let heard = 0;
    const peer = liveNode(dataset.source, { hears: ({ type }) => type === 'have' || ++heard > 1 });
    const { exchange } = await fetchingFrom([() => peer], { repeatMs: 20 });
    expect(await collect(exchange.leaves(dataset, [0], { signal }))).toHaveLength(1);
    expect(wantsOf(peer, 'block')).toHaveLength(2);
  });

  it('finds out after a silence that a live node lacks a block it was believed to have', async () => {
    const dataset = aDataset({ blocks: 100 });
    const peers = [liveNode(only(dataset.source, range(0, 90))), liveNode(dataset.source)];
    const { exchange } = await fetchingFrom(
      peers.map((peer) => () => peer),
      { repeatMs: 20 },
    );
    expect(await collect(exchange.leaves(dataset, range(0, 100), { signal }))).toHaveLength(100);
  });

  it('does not hear of a manifest that a live node lacks, and asks it no longer than a silence', async () => {
    const dataset = aDataset();
    const { exchange } = await fetchingFrom(
      [
        () =>
          new ScriptedPeer(({ wants }, peer) => {
            const asked = wants.filter((want) => want.type === 'have' && !want.cancel);
            if (asked.length > 0)
              peer.say({ presences: asked.map(({ address }) => ({ address, has: false })) });
          }),
      ],
      { repeatMs: 20 },
    );
    await expect(exchange.manifest(dataset.manifestCid, { signal })).rejects.toMatchObject({
      code: 'MANIFEST_NOT_FOUND',
    });
  });

  it('cuts a peer that says it has blocks, and sends none', async () => {
    const dataset = aDataset();
    const closed: Promise<Error | undefined>[] = [];
    const boasting = () => {
      const peer = new ScriptedPeer(({ wants }, self) => {
        const asked = wants.filter((want) => want.type === 'have' && !want.cancel);
        if (asked.length > 0) self.say({ presences: asked.map(({ address }) => ({ address, has: true })) });
      });
      closed.push(peer.link.closed);
      return peer;
    };
    const { exchange } = await fetchingFrom([boasting], { repeatMs: 10, quietTimeoutMs: 60 });
    await expect(collect(exchange.leaves(dataset, [0], { signal }))).rejects.toMatchObject({
      code: 'BLOCKS_NOT_FOUND',
    });
    expect(closed).toHaveLength(4);
    for (const reason of await Promise.all(closed)) expect(isEngineError(reason, 'PEER_TIMEOUT')).toBe(true);
  });

  it('lets others have a try at what a silent peer was asked for, long before it is cut', async () => {
    const dataset = aDataset({ blocks: 40 });
    const silent = liveNode(dataset.source, { hears: ({ type }) => type === 'have' });
    const honest = liveNode(dataset.source);
    const { exchange } = await fetchingFrom([() => silent, () => honest], { repeatMs: 20 });
    expect(await collect(exchange.leaves(dataset, range(0, 40), { signal }))).toHaveLength(40);
    expect(wantsOf(silent, 'block').length).toBeGreaterThan(0);
  });

  it('dials once where somebody else answers', async () => {
    const { exchange, transport } = await fetchingFrom([
      () => {
        throw new NetworkError('WRONG_PEER', {});
      },
    ]);
    await expect(collect(exchange.leaves(aDataset(), [0], { signal }))).rejects.toMatchObject({
      code: 'NO_PEERS',
    });
    expect(transport.dialled).toHaveLength(1);
  });

  it('holds no peer for a liar whose proof is true of the tree, though a request tells another size', async () => {
    const dataset = aDataset({ blocks: 30 });
    const peer = liveNode(dataset.source);
    const { exchange, transport } = await fetchingFrom([() => peer]);
    const news: unknown[] = [];
    const hostile = { treeCid: dataset.treeCid, leafCount: dataset.leafCount - 1 };
    const asking = collect(exchange.leaves(hostile, [3], { signal, onPeer: (one) => news.push(one) }));
    await expect(asking).rejects.toMatchObject({ code: 'BLOCKS_NOT_FOUND' });
    expect(news).toEqual([expect.objectContaining({ code: 'LEAF_COUNT_MISMATCH', isDropped: false })]);
    expect(await collect(exchange.leaves(dataset, range(0, 30), { signal }))).toHaveLength(30);
    expect(transport.dialled).toHaveLength(1);
  });

  it('holds no peer for a liar whose dataset has smaller blocks than a request tells', async () => {
    const data = new Uint8Array(1_024);
    const tree = new DatasetTree([sha256(data)]);
    const source: BlockSource = {
      block: async () => undefined,
      leaf: async () => ({ data, proof: tree.proof(0) }),
    };
    const { exchange } = await fetchingFrom([() => liveNode(source)]);
    const codes: unknown[] = [];
    const hostile = { treeCid: treeCid(tree.root), leafCount: 1 };
    const onPeer = (news: PeerNews) => codes.push(news);
    await expect(collect(exchange.leaves(hostile, [0], { signal, onPeer }))).rejects.toMatchObject({
      code: 'BLOCKS_NOT_FOUND',
    });
    expect(codes).toEqual([expect.objectContaining({ code: 'BLOCK_SIZE_UNSUPPORTED', isDropped: false })]);
  });

  it('says that a manifest is too long, and holds no peer for a liar that has it', async () => {
    const data = new Uint8Array(65_537);
    const cid = manifestCid(data);
    const dataset = aDataset();
    const peer = new ScriptedPeer(({ wants }, self) => {
      for (const { address, cancel } of wants) {
        if (cancel || !('cid' in address)) continue;
        const found = address.cid.equals(cid) ? data : dataset.manifest;
        self.say({ deliveries: [{ cid: address.cid, data: found, address }] });
      }
    });
    const { exchange, transport } = await fetchingFrom([() => peer]);
    await expect(exchange.manifest(cid, { signal })).rejects.toMatchObject({ code: 'MANIFEST_MALFORMED' });
    expect(await exchange.manifest(dataset.manifestCid, { signal })).toEqual(Buffer.from(dataset.manifest));
    expect(transport.dialled).toHaveLength(1);
  });

  it('asks for no more per second than it may', async () => {
    const dataset = aDataset({ blocks: 64 });
    const peer = liveNode(dataset.source);
    const { exchange } = await fetchingFrom([() => peer], { downloadBytesPerSecond: 64 * 65_536 * 5 });
    const startedMs = performance.now();
    await collect(exchange.leaves(dataset, range(0, 64), { signal }));
    expect(performance.now() - startedMs).toBeGreaterThan(140);
  });

  it('does not keep a peer from other downloads while one waits for its limit', async () => {
    const dataset = aDataset({ blocks: 60 });
    const peer = liveNode(dataset.source);
    const { exchange } = await fetchingFrom([() => peer], { downloadBytesPerSecond: 1 });
    const scope = new AbortController();
    const waiting = collect(exchange.leaves(dataset, range(0, 40), { signal: scope.signal }));
    await turns(20);
    const other = collect(exchange.leaves(dataset, [50], { signal: scope.signal }));
    await turns(20);
    const asked = wantsOf(peer, 'have').map(({ address }) => ('index' in address ? address.index : -1));
    expect(asked).toContain(50);
    scope.abort();
    await Promise.allSettled([waiting, other]);
  });
});

describe('Exchange, serving', () => {
  const wantsFor = (dataset: ReturnType<typeof aDataset>, indices: readonly number[]): Want[] =>
    indices.map((index) => ({ address: { treeCid: dataset.treeCid, index } }));
  const blocksIn = (peer: ScriptedPeer) => peer.heard.map(({ deliveries }) => deliveries.length);

  it('puts 20 blocks in a message at most, and sends the next when that was taken', async () => {
    const dataset = aDataset({ blocks: 50 });
    const transport = await serving(dataset.source);
    const peer = new ScriptedPeer();
    peer.isStuck = true;
    transport.letIn(peer);
    peer.say({ wants: wantsFor(dataset, range(0, 50)) });
    await turns(50);
    expect(blocksIn(peer)).toEqual([20]);
    peer.isStuck = false;
    peer.take();
    await turns(50);
    expect(blocksIn(peer)).toEqual([20, 20, 10]);
  });

  it('has no more than 160 blocks on their way, and one for each peer', async () => {
    const dataset = aDataset({ blocks: 30 });
    const transport = await serving(dataset.source);
    const peers = range(0, 40).map(() => new ScriptedPeer());
    for (const peer of peers) {
      peer.isStuck = true;
      transport.letIn(peer);
    }
    for (const peer of peers) peer.say({ wants: wantsFor(dataset, range(0, 30)) });
    await turns(50);
    for (const peer of peers) {
      peer.isStuck = true;
      peer.take();
    }
    await turns(50);
    const onTheirWay = peers.map((peer) => blocksIn(peer).at(-1) ?? 0);
    expect(onTheirWay.every((blocks) => blocks >= 1)).toBe(true);
    expect(onTheirWay.reduce((sum, blocks) => sum + blocks, 0)).toBeLessThanOrEqual(160);
  });

  it('cuts a peer off that does not take what it asked for', async () => {
    const dataset = aDataset();
    const transport = await serving(dataset.source, { sendTimeoutMs: 20 });
    const peer = new ScriptedPeer();
    peer.isStuck = true;
    transport.letIn(peer);
    peer.say({ wants: wantsFor(dataset, [0]) });
    expect(isEngineError(await peer.link.closed, 'PEER_TIMEOUT')).toBe(true);
  });

  it('remembers 4,096 wants of a peer, and forgets what is called off', async () => {
    const dataset = aDataset();
    const asked: number[] = [];
    const transport = await serving({
      block: async () => undefined,
      leaf: async (_, index) => {
        asked.push(index);
        return undefined;
      },
    });
    const peer = new ScriptedPeer();
    transport.letIn(peer);
    const cancels = wantsFor(dataset, [0, 1, 70_000]).map((want) => ({ ...want, cancel: true }));
    peer.say({ wants: [...cancels, ...wantsFor(dataset, range(0, 5_000)), ...cancels] });
    while (asked.length < 4_094) await turns(10);
    await turns(50);
    expect(asked).toEqual(range(2, 4_096));
    expect(peer.heard).toEqual([]);
  });

  it('cuts a peer that wants 65,536 blocks in one message', async () => {
    const dataset = aDataset();
    const transport = await serving(dataset.source);
    const peer = new ScriptedPeer();
    transport.letIn(peer);
    peer.say({ wants: wantsFor(dataset, range(0, 65_536)) });
    expect(await peer.link.closed).toMatchObject({ code: 'LINK_LIMIT_EXCEEDED' });
    expect(peer.heard).toEqual([]);
  });

  it('sends a block although it was also asked whether it has it', async () => {
    const dataset = aDataset();
    const transport = await serving(dataset.source);
    const peer = new ScriptedPeer();
    transport.letIn(peer);
    const [want] = wantsFor(dataset, [0]) as [Want];
    peer.say({ wants: [want, { ...want, type: 'have' }] });
    await turns(50);
    expect(peer.heard).toMatchObject([{ deliveries: [{}], presences: [{ has: true }] }]);
  });

  it('reads no block for a question whether it has it, where the source knows', async () => {
    const dataset = aDataset();
    const read: number[] = [];
    const transport = await serving({
      block: async () => undefined,
      leaf: async (treeCid, index) => (read.push(index), await dataset.source.leaf(treeCid, index)),
      has: async (address) => 'index' in address && address.index < 2,
    });
    const peer = new ScriptedPeer();
    transport.letIn(peer);
    const wants = range(0, 4).map((index) => ({
      address: { treeCid: dataset.treeCid, index },
      type: 'have' as const,
      sendDontHave: true,
    }));
    peer.say({ wants });
    await turns(20);
    const said = peer.heard.flatMap(({ presences }) => presences.map(({ has }) => has));
    expect([said, read]).toEqual([[true, true, false, false], []]);
  });

  it('says that it lacks a block only to one that wants to know', async () => {
    const dataset = aDataset();
    const transport = await serving(only(dataset.source, []));
    const peer = new ScriptedPeer();
    transport.letIn(peer);
    const [first, second] = wantsFor(dataset, [0, 1]) as [Want, Want];
    peer.say({ wants: [first, { ...second, sendDontHave: true }] });
    await turns(50);
    expect(peer.heard).toMatchObject([{ presences: [{ address: { index: 1 }, has: false }] }]);
  });
});
