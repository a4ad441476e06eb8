import { afterEach, describe, expect, it } from 'vitest';
import { aCid, DhtWorld, findAll } from '../../../../support/dhtfixtures.ts';

const { signal } = new AbortController();
const worlds: DhtWorld[] = [];
const aWorld = (seed = 1) => {
  const world = new DhtWorld({ seed });
  worlds.push(world);
  return world;
};

afterEach(async () => {
  for (const world of worlds.splice(0)) {
    await world.stop();
    expect(world.timers.waiting).toBeLessThanOrEqual(0);
  }
});

describe('six nodes', () => {
  it('find what each of them provides', async () => {
    const world = aWorld();
    const members = await world.addMany(6);
    expect(members.map(({ discovery }) => discovery.dht.held.nodes)).toEqual(Array(6).fill(5));
    for (const { number, discovery } of members) {
      await world.until(discovery.provide(aCid(number), { signal }));
    }
    await world.pass(1_000);
    for (const seeker of members) {
      for (const { number, peerId, tcp } of members) {
        const found = await world.until(findAll(seeker.discovery, aCid(number)));
        expect(found).toEqual(seeker.number === number ? [] : [[peerId, [tcp]]]);
      }
    }
  });
});
