import { createHash, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { DhtMessage } from '../../../../../src/main/engine/network/discovery/dhtmessages.ts';
import type { Endpoint } from '../../../../../src/main/engine/network/endpoint.ts';
import { contentIdOf } from '../../../../../src/main/engine/network/discovery/nodeid.ts';
import { encodeKnock } from '../../../../../src/main/engine/network/discovery/packets.ts';
import { recordText, signRecord } from '../../../../../src/main/engine/network/discovery/signedrecord.ts';
import {
  aCid,
  anIdentity,
  aRecord,
  DhtWorld,
  findAll,
  hostOf,
  type DhtMember,
} from '../../../../support/dhtfixtures.ts';
import { Liar } from '../../../../support/liar.ts';
import { range } from '../../../../support/slotfixtures.ts';

const { signal } = new AbortController();
const cid = aCid(1);
const contentId = contentIdOf(cid);
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function aWorld(): DhtWorld {
  const world = new DhtWorld();
  ends.push(() => world.stop());
  return world;
}

async function aLiar(
  world: DhtWorld,
  answer: (message: DhtMessage) => readonly DhtMessage[],
  number = 200,
): Promise<Liar> {
  const { network, timers } = world;
  const at = { host: hostOf(number), port: 8090 };
  const liar = new Liar({ identity: anIdentity(number), at, network, timers });
  ends.push(() => liar.stop());
  await liar.start(answer);
  return liar;
}

const contactOf = ({ discovery, at }: DhtMember) => ({ record: discovery.dht.record, endpoint: at });
const spoofed = (number: number): Endpoint => ({
  host: `70.${(number >> 8) & 0xff}.${number & 0xff}.1`,
  port: 1,
});
const bent = (bytes: Uint8Array) =>
  Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));

describe('a flood', { timeout: 60_000 }, () => {
  it('of noise takes nothing, and keeps nobody from finding', async () => {
    const world = aWorld();
    const [a, b] = (await world.addMany(3)) as [DhtMember, DhtMember];
    await world.until(b.discovery.provide(cid, { signal }));
    const before = a.discovery.dht.held;
    for (let burst = 0; burst < 20; burst++) {
      for (let one = 0; one < 150; one++) {
        world.network.inject(randomBytes(63 + (one % 200)), spoofed(burst * 150 + one), a.at);
      }
      await world.pass(50);
    }
    expect(a.discovery.dht.held).toMatchObject({ sessions: before.sessions, challenges: before.challenges });
    expect(await world.until(findAll(a.discovery, cid))).toEqual([[b.peerId, [b.tcp]]]);
  });

  it('of knocks is answered with less than it sends, up to a rate, and remembered up to a number', async () => {
    const world = aWorld();
    const [a] = (await world.addMany(2)) as [DhtMember];
    let [received, answered] = [0, 0];
    world.network.tap = (bytes, from, to) => {
      if (to.host.startsWith('70.')) answered += bytes.length;
      else if (from.host.startsWith('70.')) received += bytes.length;
      return !to.host.startsWith('70.');
    };
    for (let second = 0; second < 10; second++) {
      for (let one = 0; one < 1_000; one++) {
        const parts = { destination: a.identity.nodeId, source: randomBytes(32), nonce: randomBytes(12) };
        world.network.inject(encodeKnock(parts), spoofed(one), a.at);
      }
      await world.pass(1_000);
    }
    expect(received).toBeGreaterThan(1_000_000);
    // 400 at once and 200 a second, of 63 bytes.
    expect(answered).toBeLessThanOrEqual(2_500 * 63);
    expect(a.discovery.dht.held.challenges).toBeLessThanOrEqual(1_000);
    expect(a.discovery.dht.held.nodes).toBe(1);
  });

  it('from one address keeps out that address only', async () => {
    const world = aWorld();
    const [a, b] = (await world.addMany(3)) as [DhtMember, DhtMember];
    await world.until(b.discovery.provide(cid, { signal }));
    for (let one = 0; one < 3_000; one++) {
      const parts = { destination: a.identity.nodeId, source: randomBytes(32), nonce: randomBytes(12) };
      world.network.inject(encodeKnock(parts), { host: '70.0.0.1', port: one + 1 }, a.at);
    }
    await world.pass(20);
    expect(a.discovery.dht.held.challenges).toBeLessThanOrEqual(30);
    expect(await world.until(findAll(a.discovery, cid))).toEqual([[b.peerId, [b.tcp]]]);
  });

  it('of provider records from one node is kept up to a number', async () => {
    const world = aWorld();
    const [a] = (await world.addMany(1)) as [DhtMember];
    const liar = await aLiar(world, () => []);
    for (let burst = 0; burst < 30; burst++) {
      for (let one = 0; one < 100; one++) {
        const id = createHash('sha256').update(`${burst} ${one}`).digest();
        const message = {
          kind: 'addProvider',
          id: randomBytes(8),
          contentId: id,
          record: liar.record.bytes,
        } as const;
        liar.tell(contactOf(a), message);
      }
      await world.pass(1_000);
    }
    expect(a.discovery.dht.held.providers).toBeGreaterThan(500);
    expect(a.discovery.dht.held.providers).toBeLessThanOrEqual(1_000);
  });

  it('of packets that were caught before changes nothing', async () => {
    const world = aWorld();
    const caught: [Uint8Array, Endpoint, Endpoint][] = [];
    world.network.tap = (bytes, from, to) => {
      caught.push([Uint8Array.from(bytes), from, to]);
      return true;
    };
    const members = (await world.addMany(3)) as [DhtMember, DhtMember, DhtMember];
    await world.until(members[0].discovery.provide(cid, { signal }));
    await world.pass(5_000);
    const held = () => members.map(({ discovery }) => ({ ...discovery.dht.held, challenges: 0, sent: 0 }));
    const before = held();
    const answers: number[] = [];
    const replayed = caught.splice(0);
    const isReplayed = new Set(replayed.map(([bytes]) => bytes));
    world.network.tap = (bytes) => {
      if (!isReplayed.has(bytes)) answers.push(bytes.length);
      return true;
    };
    for (const packet of replayed) {
      world.network.inject(...packet);
      world.timers.advance(5);
    }
    expect(held()).toEqual(before);
    expect(replayed.length).toBeGreaterThan(50);
    // Nothing but challenges.
    expect(answers.every((bytes) => bytes === 63)).toBe(true);
  });
});

describe('a liar', { timeout: 60_000 }, () => {
  it('gets nobody into a table who does not answer, is not signed for, or is said to be at a false distance', async () => {
    const world = aWorld();
    const elsewhere = await aLiar(world, () => [], 201);
    const records = [
      aRecord(1).bytes,
      bent(aRecord(2).bytes),
      randomBytes(150),
      signRecord(anIdentity(3), { seq: 1n, addresses: ['/ip4/192.168.0.1/udp/8090'] }).bytes,
      signRecord(anIdentity(4), { seq: 1n, addresses: ['/ip4/127.0.0.1/udp/8090'] }).bytes,
      signRecord(anIdentity(5), { seq: 1n, addresses: [] }).bytes,
      // The address of another: who answers there is not that node.
      signRecord(anIdentity(6), { seq: 1n, addresses: [`/ip4/${hostOf(201)}/udp/8090`] }).bytes,
    ];
    const liar = await aLiar(world, ({ id }) => [{ kind: 'nodes', id, total: 1, records }]);
    const sentTo = new Set<string>();
    world.network.tap = (_, __, to) => Boolean(sentTo.add(to.host));
    const a = await world.add({ bootstrap: [recordText(liar.record)] });
    await world.pass(60_000);
    expect(a.discovery.dht.held.nodes).toBe(1);
    expect(elsewhere.heard).toEqual([]);
    expect([...sentTo]).not.toContain('192.168.0.1');
    expect([...sentTo]).not.toContain('127.0.0.1');
  });

  it('makes nobody believe in providers that did not sign, or that are where nobody should go', async () => {
    const world = aWorld();
    const stranger = signRecord(anIdentity(7), {
      seq: 1n,
      addresses: [
        '/ip4/127.0.0.1/tcp/22',
        '/ip4/10.0.0.1/tcp/80',
        '/dns4/localhost/tcp/80',
        '/ip4/9.9.9.9/udp/1',
      ],
    });
    const honest = aRecord(8);
    const forged = bent(aRecord(9).bytes);
    // After a forged one nothing is looked at any more.
    const records = [randomBytes(100), stranger.bytes, honest.bytes, honest.bytes, forged, aRecord(10).bytes];
    const liar = await aLiar(world, (message) =>
      message.kind === 'getProviders'
        ? [{ kind: 'providers', id: message.id, total: 1, records }]
        : [{ kind: 'nodes', id: message.id, total: 1, records: [] }],
    );
    const a = await world.add({ bootstrap: [recordText(liar.record)] });
    await world.pass(1_000);
    const found = await world.until(findAll(a.discovery, cid));
    expect(found.map(([, addresses]) => addresses)).toEqual([[`/ip4/${hostOf(8)}/tcp/8070`]]);
  });

  it('makes nobody believe in more than twenty providers with one answer, in however many parts', async () => {
    const world = aWorld();
    const liar = await aLiar(world, ({ id, kind }) =>
      range(0, 10).map((part) => ({
        kind: kind === 'getProviders' ? 'providers' : 'nodes',
        id,
        total: 10,
        records: kind === 'getProviders' ? range(0, 4).map((at) => aRecord(20 + 4 * part + at).bytes) : [],
      })),
    );
    const a = await world.add({ bootstrap: [recordText(liar.record)] });
    await world.pass(1_000);
    expect(await world.until(findAll(a.discovery, cid))).toHaveLength(20);
  });

  it('stores nothing for others, and nothing that is not signed', async () => {
    const world = aWorld();
    const [a] = (await world.addMany(1)) as [DhtMember];
    const liar = await aLiar(world, () => []);
    const records = [aRecord(1).bytes, bent(liar.record.bytes), randomBytes(50), new Uint8Array()];
    for (const record of records) {
      liar.tell(contactOf(a), { kind: 'addProvider', id: randomBytes(8), contentId, record });
    }
    await world.pass(100);
    expect(a.discovery.dht.held.sessions).toBe(1);
    expect(a.discovery.dht.held.providers).toBe(0);
    liar.tell(contactOf(a), {
      kind: 'addProvider',
      id: randomBytes(8),
      contentId,
      record: liar.record.bytes,
    });
    await world.pass(100);
    expect(a.discovery.dht.held.providers).toBe(1);
  });

  it('cannot answer for another, nor what was not asked', async () => {
    const world = aWorld();
    const [a, b] = (await world.addMany(2)) as [DhtMember, DhtMember];
    const liar = await aLiar(world, ({ id, kind }) => [
      { kind: kind === 'getProviders' ? 'nodes' : 'providers', id, total: 1, records: [aRecord(9).bytes] },
    ]);
    const ids: Uint8Array[] = [];
    liar.ping(contactOf(a));
    await world.pass(3_000);
    expect(liar.heard.length).toBeGreaterThan(0);
    for (const { id } of liar.heard) ids.push(id);
    for (const id of ids)
      liar.tell(contactOf(a), { kind: 'pong', id, seq: 9n, ip: Buffer.alloc(4), port: 1 });
    await world.pass(100);
    expect(await world.until(findAll(a.discovery, cid))).toEqual([]);
    expect(b.discovery.dht.held.nodes).toBeLessThanOrEqual(2);
  });

  it('that answers in endless parts is waited for a second', async () => {
    const world = aWorld();
    const liar = await aLiar(world, ({ id, kind }) =>
      Array.from({ length: 30 }, () => ({
        kind: kind === 'getProviders' ? 'providers' : 'nodes',
        id,
        total: 20,
        records: [],
      })),
    );
    const a = await world.add({ bootstrap: [recordText(liar.record)] });
    await world.pass(2_000);
    expect(await world.until(findAll(a.discovery, cid))).toEqual([]);
    expect(a.discovery.dht.held.questions).toBe(0);
  });

  it('that speaks nonsense over a good session is not answered', async () => {
    const world = aWorld();
    const [a] = (await world.addMany(1)) as [DhtMember];
    const liar = await aLiar(world, () => []);
    liar.ping(contactOf(a));
    await world.pass(100);
    const before = liar.heard.length;
    for (let length = 0; length < 60; length++) liar.tell(contactOf(a), randomBytes(length));
    for (const kind of [1, 2, 3, 4, 5, 11, 12, 13, 0x83]) {
      liar.tell(contactOf(a), Buffer.concat([Buffer.of(kind), randomBytes(30)]));
    }
    await world.pass(100);
    expect(liar.heard.length).toBeLessThanOrEqual(before + 3);
    liar.ping(contactOf(a));
    await world.pass(100);
    expect(liar.heard.at(-1)).toMatchObject({ kind: 'pong' });
  });
});
