import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { recordText } from '../../../../../src/main/engine/network/discovery/signedrecord.ts';
import { contentIdOf } from '../../../../../src/main/engine/network/discovery/nodeid.ts';
import { aCid, DhtWorld, findAll, hostOf, type DhtMember } from '../../../../support/dhtfixtures.ts';
import { countingSignal } from '../../../../support/noleaks.ts';

const MINUTE_MS = 60_000;
const { signal } = new AbortController();
const worlds: DhtWorld[] = [];
const aWorld = (seed = 1) => {
  const world = new DhtWorld({ seed });
  worlds.push(world);
  return world;
};
const found = ({ peerId, tcp }: DhtMember) => [peerId, [tcp]];

afterEach(async () => {
  for (const world of worlds.splice(0)) {
    await world.stop();
    // What is on its way may arrive, at nobody.
    world.timers.advance(1_000);
    expect(world.timers.waiting).toBe(0);
  }
});

describe('nodes of the DHT', { timeout: 60_000 }, () => {
  it('find what each of them provides', async () => {
    const world = aWorld();
    const members = await world.addMany(6);
    expect(members.map(({ discovery }) => discovery.dht.held.nodes)).toEqual(Array(6).fill(5));
    for (const { number, discovery } of members) {
      await world.until(discovery.provide(aCid(number), { signal }));
    }
    for (const seeker of members) {
      for (const member of members) {
        const expected = seeker === member ? [] : [found(member)];
        expect(await world.until(findAll(seeker.discovery, aCid(member.number)))).toEqual(expected);
      }
    }
    expect(await world.until(findAll(members[0]?.discovery as never, aCid('of nobody')))).toEqual([]);
  });

  it('find what they look for in bad weather: packets get lost, come twice and in another order', async () => {
    const world = aWorld(7);
    world.network.weather = { lostPercent: 15, doubledPercent: 20, latencyMs: 30, jitterMs: 60 };
    const members = await world.addMany(8);
    await world.pass(MINUTE_MS);
    const [provider, ...others] = members as [DhtMember, ...DhtMember[]];
    await world.until(provider.discovery.provide(aCid(1), { signal }));
    await world.pass(1_000);
    for (const { discovery } of others) {
      expect(await world.until(findAll(discovery, aCid(1)))).toEqual([found(provider)]);
    }
  });

  it(
    'find the nearest in a network that is larger than what each knows of it',
    { timeout: 60_000 },
    async () => {
      const world = aWorld();
      const members = await world.addMany(18);
      const [provider] = members as [DhtMember];
      await world.until(provider.discovery.provide(aCid(1), { signal }));
      await world.pass(200);
      const keepers = members.filter(({ discovery }) => discovery.dht.held.providers === 1);
      expect(keepers.length).toBeGreaterThanOrEqual(15);
      expect(keepers.length).toBeLessThanOrEqual(17);
      for (const { discovery } of members.slice(-3)) {
        expect(await world.until(findAll(discovery, aCid(1)))).toEqual([found(provider)]);
      }
    },
  );

  it('announce until that is called off', async () => {
    const world = aWorld();
    const [a, b] = (await world.addMany(2)) as [DhtMember, DhtMember];
    const { controller, listeners } = countingSignal();
    await world.until(a.discovery.provide(aCid(1), { signal: controller.signal }));
    expect(listeners()).toBe(1);
    await world.pass(40 * MINUTE_MS);
    expect(await world.until(findAll(b.discovery, aCid(1)))).toEqual([found(a)]);
    controller.abort();
    await world.pass(100);
    expect(listeners()).toBe(0);
  });

  it('announce what was provided before anybody was there', async () => {
    const world = aWorld();
    const a = await world.add();
    await world.until(a.discovery.provide(aCid(1), { signal }));
    const b = await world.add();
    await world.pass(MINUTE_MS);
    expect(await world.until(findAll(b.discovery, aCid(1)))).toEqual([found(a)]);
  });

  it('announce nothing that nobody could fetch', async () => {
    const world = aWorld();
    const a = await world.add({ reachableAt: {} });
    const b = await world.add();
    await world.pass(2_000);
    await world.until(a.discovery.provide(aCid(1), { signal }));
    await world.pass(1_000);
    expect(b.discovery.dht.held.providers).toBe(0);
    a.discovery.reachableAt({ udp: ['/ip4/51.0.0.1/udp/8090'], tcp: ['/ip4/51.0.0.1/tcp/1'] });
    await world.pass(MINUTE_MS);
    expect(await world.until(findAll(b.discovery, aCid(1)))).toEqual([[a.peerId, ['/ip4/51.0.0.1/tcp/1']]]);
  });

  it('learn from others at what address they are seen, and are found there', async () => {
    const world = aWorld();
    const others = await world.addMany(4);
    const [a] = others as [DhtMember];
    const behind = await world.add({ reachableAt: {}, socketHost: '0.0.0.0' });
    expect(behind.discovery.dht.record.addresses).toEqual([]);
    await world.pass(5 * MINUTE_MS);
    const seen = { host: hostOf(4), port: 8090 };
    expect(behind.discovery.dht.observed).toEqual(seen);
    expect(behind.discovery.dht.record.addresses).toEqual([`/ip4/${seen.host}/udp/8090`]);
    expect(a.discovery.dht.held.nodes).toBe(4);
    behind.discovery.reachableAt({ udp: ['/ip4/9.9.9.9/udp/1'] });
    expect(behind.discovery.dht.record.addresses).toEqual(['/ip4/9.9.9.9/udp/1']);
    behind.discovery.reachableAt({});
    expect(behind.discovery.dht.record.addresses).toEqual([`/ip4/${seen.host}/udp/8090`]);
  });

  it('end before they have begun', async () => {
    const world = aWorld();
    const [a] = (await world.addMany(1)) as [DhtMember];
    const late = world.restart({ ...a, number: 9 });
    const starting = late.discovery.dht.start();
    await late.discovery.dht.stop();
    await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('find each other when the first of them comes last', async () => {
    const world = aWorld();
    const first = await world.add();
    const bootstrap = [recordText(first.discovery.dht.record)];
    await first.discovery.stop();
    const [a, b] = [await world.add({ bootstrap }), await world.add({ bootstrap })];
    await world.pass(2 * MINUTE_MS);
    expect(a.discovery.dht.held.nodes).toBe(0);
    world.members.splice(0, 1);
    const { discovery } = world.restart(first);
    await discovery.start();
    await world.pass(2 * MINUTE_MS);
    expect(a.discovery.dht.held.nodes).toBe(2);
    expect(b.discovery.dht.held.nodes).toBe(2);
    await discovery.stop();
  });

  it('go on with one that was restarted and knows no session any more', async () => {
    const world = aWorld();
    const [a, b] = (await world.addMany(3)) as [DhtMember, DhtMember];
    await world.until(b.discovery.provide(aCid(1), { signal }));
    await a.discovery.stop();
    const again = world.restart(a);
    await again.discovery.start();
    await world.pass(2 * MINUTE_MS);
    expect(again.discovery.dht.held.nodes).toBe(2);
    expect(await world.until(findAll(again.discovery, aCid(1)))).toEqual([found(b)]);
    await again.discovery.stop();
  });

  it('forget one that is gone', async () => {
    const world = aWorld();
    const [a, , c] = (await world.addMany(3)) as [DhtMember, DhtMember, DhtMember];
    await c.discovery.stop();
    expect(a.discovery.dht.held.nodes).toBe(2);
    await world.pass(10 * MINUTE_MS);
    expect(a.discovery.dht.held.nodes).toBe(1);
  });

  it('learn where one is that got another address', async () => {
    const world = aWorld();
    const [a, b] = (await world.addMany(2)) as [DhtMember, DhtMember];
    b.discovery.reachableAt({ udp: ['/ip4/51.0.1.1/udp/8090', '/ip4/9.9.9.9/tcp/1'] });
    await world.pass(MINUTE_MS);
    const [known] = await world.until(a.discovery.dht.nearest(b.identity.nodeId, { signal }));
    expect(known?.record.addresses).toContain('/ip4/9.9.9.9/tcp/1');
  });

  it('keep a session for many messages, and open another when it gets old', async () => {
    const world = aWorld();
    const [a, b] = (await world.addMany(2)) as [DhtMember, DhtMember];
    for (let search = 0; search < 200; search++) {
      const found = await world.until(a.discovery.dht.nearest(randomBytes(32), { signal }));
      expect(found).toHaveLength(1);
    }
    const { openedByUs, openedByOthers, sessions } = a.discovery.dht.held;
    expect(sessions).toBe(1);
    expect(openedByUs + openedByOthers).toBeGreaterThan(1);
    expect(openedByUs + openedByOthers).toBeLessThan(10);
    expect(b.discovery.dht.held.questions).toBe(0);
  });

  it('open a session with each other when both begin at the same time', async () => {
    const world = aWorld();
    const [a, b] = [await world.add(), await world.add()];
    await a.discovery.stop();
    await b.discovery.stop();
    await world.pass(50);
    const [one, two] = [world.restart(a, b), world.restart(b, a)];
    await Promise.all([one.discovery.start(), two.discovery.start()]);
    await world.pass(500);
    for (const { discovery } of [one, two]) {
      expect(discovery.dht.held).toMatchObject({ openedByUs: 1, openedByOthers: 1, sessions: 1, nodes: 1 });
      expect(await world.until(discovery.dht.nearest(randomBytes(32), { signal }))).toHaveLength(1);
      expect(discovery.dht.held).toMatchObject({ openedByUs: 1, openedByOthers: 1 });
    }
    for (const { discovery } of [one, two]) await discovery.stop();
  });

  it('end a search with an abort error when it is called off, or the node stops', async () => {
    const world = aWorld();
    const [a] = (await world.addMany(2)) as [DhtMember];
    const { controller, listeners } = countingSignal();
    const search = findAll(a.discovery, aCid(1), controller.signal);
    controller.abort();
    await expect(world.until(search)).rejects.toMatchObject({ name: 'AbortError' });
    expect(listeners()).toBe(0);
    const last = a.discovery.dht.nearest(contentIdOf(aCid(1)), { signal });
    await a.discovery.stop();
    await expect(last).rejects.toMatchObject({ name: 'AbortError' });
    await expect(a.discovery.start()).rejects.toMatchObject({ name: 'AbortError' });
    await expect(a.discovery.provide(aCid(1), { signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('can be left in the middle of a search', async () => {
    const world = aWorld();
    const [a, b] = (await world.addMany(3)) as [DhtMember, DhtMember];
    await world.until(b.discovery.provide(aCid(1), { signal }));
    const first = async () => {
      for await (const { peerId } of a.discovery.find(aCid(1), { signal })) return peerId;
      return undefined;
    };
    expect(await world.until(first())).toBe(b.peerId);
  });
});
