import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../../../../src/main/engine/clock/system-clock.ts';
import { silentLogger } from '../../../../../src/main/engine/logger.ts';
import {
  createDiscovery,
  type Discovery,
} from '../../../../../src/main/engine/network/discovery/discovery.ts';
import { peerIdText } from '../../../../../src/main/engine/network/peerid.ts';
import { recordText } from '../../../../../src/main/engine/network/discovery/signedrecord.ts';
import { aCid, anIdentity, findAll } from '../../../../support/dhtfixtures.ts';
import { watchLeaks } from '../../../../support/noleaks.ts';

const { signal } = new AbortController();

describe('six nodes on this computer, over UDP', () => {
  const running: Discovery[] = [];

  afterEach(async () => {
    for (const discovery of running.splice(0)) await discovery.stop();
  });

  it(
    'find what each of them provides, over sessions that both sides opened',
    { timeout: 60_000 },
    async () => {
      const noLeaks = watchLeaks();
      const members = [];
      for (let number = 0; number < 6; number++) {
        const identity = anIdentity(number);
        const tcp = `/ip4/127.0.0.1/tcp/${8_000 + number}`;
        const discovery = createDiscovery(
          { identity, clock: new SystemClock(), logger: silentLogger },
          {
            listen: { host: '127.0.0.1', port: 0 },
            bootstrap: running.slice(0, 1).map(({ dht }) => recordText(dht.record)),
            reachableAt: { tcp: [tcp] },
          },
        );
        await discovery.start();
        running.push(discovery);
        // The six share one thread: one at a time, so that none waits too long for what all have to calculate.
        await until(async () => {
          await discovery.dht.nearest(identity.nodeId, { signal });
          return discovery.dht.held.nodes === number;
        });
        members.push({ discovery, number, found: [peerIdText(identity.peerId), [tcp]] });
      }
      await until(async () => running.every(({ dht }) => dht.held.nodes === 5));
      for (const { discovery, number } of members) await discovery.provide(aCid(number), { signal });
      await until(async () => running.every(({ dht }) => dht.held.providers === 6));
      for (const seeker of members) {
        for (const { number, found } of members) {
          if (number === seeker.number) continue;
          expect(await findAll(seeker.discovery, aCid(number))).toEqual([found]);
        }
      }
      // The first was found by all others; those in between found some and were found by some.
      const opened = running.map(({ dht: { held } }) => [held.openedByUs > 0, held.openedByOthers > 0]);
      expect(opened.slice(1, 5)).toEqual(Array(4).fill([true, true]));
      expect(running.map(({ dht }) => dht.held.sessions)).toEqual(Array(6).fill(5));
      for (const discovery of running.splice(0)) await discovery.stop();
      await noLeaks();
    },
  );
});

/** For what others do in their own time. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let waits = 0; !(await isTrue()); waits++) {
    if (waits > 500) throw new Error('It does not come true');
    await sleep(10);
  }
}
