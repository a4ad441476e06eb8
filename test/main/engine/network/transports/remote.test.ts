import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { NetworkError } from '../../../../../src/main/engine/network/errors.ts';
import { encodeMessage } from '../../../../../src/main/engine/network/messages.ts';
import type { PeerAddress } from '../../../../../src/main/engine/network/peeraddress.ts';
import type { PeerLink, Transport } from '../../../../../src/main/engine/network/peerlink.ts';
import { hostTransport } from '../../../../../src/main/engine/network/transports/remote/host.ts';
import {
  RemoteTransport,
  type RemoteOptions,
} from '../../../../../src/main/engine/network/transports/remote.ts';
import { TcpTransport } from '../../../../../src/main/engine/network/transports/tcp.ts';
import { blockNetworkSuite } from '../../../../support/blocknetworksuite.ts';
import { exchangesOver } from '../../../../support/blocknetworlds.ts';
import { ScriptedPeer, ScriptedTransport } from '../../../../support/linkpair.ts';
import { aDataset, range } from '../../../../support/slotfixtures.ts';

/** The transport as it is in another thread, but in this one. */
function remotely(
  transport: Transport,
  { onOpen = () => {}, ...options }: RemoteOptions & { onOpen?: (end: () => void) => void } = {},
): RemoteTransport {
  return new RemoteTransport(() => {
    const { port1, port2 } = new MessageChannel();
    hostTransport(port2, transport);
    onOpen(() => port2.close());
    return { port: port1, end: async () => port1.close() };
  }, options);
}

blockNetworkSuite('An exchange over a transport behind a port', () =>
  exchangesOver(({ listens }) => remotely(new TcpTransport(listens ? { listen: { port: 0 } } : {}))),
);

const running: Transport[] = [];
afterEach(async () => {
  for (const transport of running.splice(0)) await transport.stop();
});

async function started(transport: RemoteTransport, onLink: (link: PeerLink) => void = () => {}) {
  running.push(transport);
  await transport.start(onLink);
  return transport;
}

const address: PeerAddress = { host: 'scripted', port: 0 };
const { signal } = new AbortController();

describe('RemoteTransport', () => {
  it('gives the same link for the same link, and hears what was said before anybody listened', async () => {
    const peer = new ScriptedPeer();
    const remote = await started(remotely(new ScriptedTransport([() => peer])));
    const link = await remote.dial(address, { signal });
    peer.say({ presences: [{ address: aDataset().treeCid && { cid: aDataset().treeCid }, has: true }] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const heard: Uint8Array[] = [];
    link.onMessage((message) => heard.push(message));
    expect(heard).toHaveLength(1);
    expect(await remote.dial(address, { signal })).toBe(link);
  });

  it('ends the thread when the transport there cannot start', async () => {
    const taken = await started(remotely(new TcpTransport({ listen: { port: 0 } })));
    let ends = 0;
    const { port1, port2 } = new MessageChannel();
    hostTransport(port2, new TcpTransport({ listen: { port: taken.address?.port ?? 0 } }));
    const end = async () => {
      ends++;
      port1.close();
    };
    const remote = new RemoteTransport(() => ({ port: port1, end }));
    await expect(remote.start(() => {})).rejects.toThrow('EADDRINUSE');
    await remote.stop();
    expect(ends).toBe(1);
  });

  it('hands errors on with their codes and facts', async () => {
    const fails = () => {
      throw new NetworkError('WRONG_PEER', { found: 'another' });
    };
    const remote = await started(remotely(new ScriptedTransport([fails])));
    await expect(remote.dial(address, { signal })).rejects.toMatchObject({
      name: 'NetworkError',
      code: 'WRONG_PEER',
      details: { found: 'another' },
    });
  });

  it('closes a link with the reason that was given first', async () => {
    const peer = new ScriptedPeer();
    const remote = await started(remotely(new ScriptedTransport([() => peer])));
    const link = await remote.dial(address, { signal });
    const reason = new NetworkError('FALSE_BLOCK', {});
    link.close(reason);
    link.close(new Error('later'));
    expect(await link.closed).toBe(reason);
    await peer.link.closed;
    await expect(link.send(new Uint8Array(1))).rejects.toMatchObject({ code: 'LINK_CLOSED' });
  });

  it('leaves what is sent with the sender', async () => {
    const peer = new ScriptedPeer();
    const remote = await started(remotely(new ScriptedTransport([() => peer])));
    const link = await remote.dial(address, { signal });
    const message = encodeMessage({ wants: [{ address: { cid: aDataset().treeCid } }] });
    const before = Uint8Array.from(message);
    await link.send(message);
    await link.send(message);
    expect(message).toEqual(Buffer.from(before));
    expect(peer.heard).toHaveLength(2);
  });

  it('cuts a peer off that sends more than is read, and goes on with one that is read', async () => {
    const blocks = () => [...Array(20)].map(() => ({ ...aBlock, address: { cid: aBlock.cid } }));
    const aBlock = { cid: aDataset().manifestCid, data: new Uint8Array(65_536) };
    const unread = new ScriptedPeer();
    const read = new ScriptedPeer();
    const remote = await started(remotely(new ScriptedTransport([() => unread, () => read])));
    await remote.dial(address, { signal });
    const link = await remote.dial({ ...address, port: 1 }, { signal });
    let heard = 0;
    link.onMessage(() => heard++);
    for (let i = 0; i < 30; i++) {
      unread.say({ deliveries: blocks() });
      read.say({ deliveries: blocks() });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await unread.link.closed).toMatchObject({ code: 'LINK_LIMIT_EXCEEDED' });
    while (heard < 30) await new Promise((resolve) => setTimeout(resolve, 1));
  });

  it('calls off a dial that nobody waits for, and leaves no link of it', async () => {
    const never = new TcpTransport();
    const dialled: AbortSignal[] = [];
    never.dial = (_, options) =>
      new Promise((_resolve, reject) => {
        dialled.push(options.signal);
        options.signal.addEventListener('abort', () => reject(new Error('called off')));
      });
    const remote = await started(remotely(never));
    const controller = new AbortController();
    const dialling = remote.dial(address, { signal: controller.signal });
    while (dialled.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    controller.abort();
    await expect(dialling).rejects.toMatchObject({ name: 'AbortError' });
    await expect(remote.dial(address, { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('ends all links and calls when the other thread ends by itself', async () => {
    const peer = new ScriptedPeer();
    peer.isStuck = true;
    let endThread = () => {};
    const transport = remotely(new ScriptedTransport([() => peer]), { onOpen: (end) => (endThread = end) });
    const remote = await started(transport);
    const link = await remote.dial(address, { signal });
    const sending = link.send(encodeMessage({}));
    const outcome = expect(sending).rejects.toMatchObject({ code: 'LINK_CLOSED' });
    while (peer.heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    endThread();
    expect(await link.closed).toMatchObject({ code: 'LINK_CLOSED' });
    await outcome;
    await expect(remote.dial(address, { signal })).rejects.toMatchObject({ code: 'LINK_CLOSED' });
    expect(remote.address).toBeUndefined();
  });

  it('is started again when the other thread ends by itself, also if that fails at first, and says so', async () => {
    const peers = range(0, 2).map(() => new ScriptedPeer());
    const news: string[] = [];
    const ends: (() => void)[] = [];
    const there = new ScriptedTransport([() => peers[ends.length > 1 ? 1 : 0] as ScriptedPeer]);
    const remote = remotely(there, {
      onOpen: (end) => {
        ends.push(end);
        if (ends.length === 2) throw new Error('no thread');
      },
      onLost: () => news.push('lost'),
      onBack: () => news.push('back'),
      startAgainMs: 1,
    });
    const inbound: PeerLink[] = [];
    await started(remote, (link) => inbound.push(link));
    const link = await remote.dial(address, { signal });
    ends[0]?.();
    expect(await link.closed).toMatchObject({ code: 'LINK_CLOSED' });
    await expect.poll(() => news).toEqual(['lost', 'lost', 'back']);
    await (await remote.dial(address, { signal })).send(encodeMessage({}));
    there.letIn(new ScriptedPeer());
    await expect.poll(() => inbound.length).toBe(1);
    await remote.stop();
    expect([news.length, ends.length]).toEqual([3, 3]);
  });
});
