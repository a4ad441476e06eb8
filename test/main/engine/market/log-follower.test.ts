import { afterEach, describe, expect, it } from 'vitest';
import { MarketError } from '../../../../src/main/engine/market/errors.ts';
import type { LogChange } from '../../../../src/main/engine/market/log-changes.ts';
import { LogFollower, type LogFollowerOptions } from '../../../../src/main/engine/market/log-follower.ts';
import type { ChainLog } from '../../../../src/main/engine/market/log-reader.ts';
import type { FollowProgress } from '../../../../src/main/engine/market/log-tail.ts';
import { waitUntilWoken } from '../../../support/followerfixtures.ts';
import { MemoryCursors } from '../../../support/memorycursors.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { ScriptedChain, ScriptedServer } from '../../../support/scriptedchain.ts';

describe('LogFollower', () => {
  const followers: LogFollower[] = [];
  afterEach(async () => {
    for (const follower of followers.splice(0)) await follower.stop();
  });

  /** One that looks only when poked. */
  const follow = async (
    chain: ScriptedChain,
    cursors = new MemoryCursors(),
    options: LogFollowerOptions = {},
  ) => {
    const waits: number[] = [];
    const clock = { nowMs: 0 };
    const { logger, lines } = recordingLogger();
    const follower = new LogFollower(
      { chain, cursors, logger },
      {
        pollMs: 100,
        sleep: (ms, signal) => {
          waits.push(ms);
          return waitUntilWoken(ms, signal);
        },
        nowMs: () => clock.nowMs,
        ...options,
      },
    );
    followers.push(follower);
    const logs: ChainLog[] = [];
    const changes: LogChange[] = [];
    const blocks: number[] = [];
    const reachable: boolean[] = [];
    const progress: FollowProgress[] = [];
    follower.logs.subscribe((change) => {
      changes.push(change);
      logs.push(...change.added);
    });
    follower.blocks.subscribe(({ number }) => blocks.push(number));
    follower.reachable.subscribe((answer) => reachable.push(answer));
    follower.progress.subscribe((one) => progress.push(one));
    await follower.start({ signal: new AbortController().signal });
    return { follower, cursors, logs, changes, blocks, reachable, progress, waits, clock, lines };
  };

  const lastBlocks = (chain: ScriptedChain, count: number) =>
    chain.all().filter(({ blockNumber }) => blockNumber > chain.height - count);

  it('delivers what comes after its start, in order, and saves where it is', async () => {
    const chain = new ScriptedChain(5);
    chain.mine(1, 3);
    const { follower, logs, blocks, cursors } = await follow(chain);
    chain.mine(1, 2);
    chain.mine(3, 1);
    await follower.poke();
    expect(logs).toEqual(lastBlocks(chain, 4));
    expect(cursors.block).toBe(chain.height);
    expect(blocks).toEqual([5, 9]);
  });

  it('asks once for all events at each look, and for two blocks', async () => {
    const chain = new ScriptedChain(500);
    const { follower } = await follow(chain);
    const { first } = chain;
    for (const blocks of [1, 3, 0]) {
      chain.mine(blocks, 1);
      first.blockReads = 0;
      first.asked.length = 0;
      await follower.poke();
      expect(first.asked).toHaveLength(1);
      expect(first.blockReads).toBeLessThanOrEqual(2);
    }
  });

  it('delivers once what the server sends several times and in any order', async () => {
    const chain = new ScriptedChain(5);
    chain.first.copies = 3;
    const { follower, logs } = await follow(chain);
    for (let i = 0; i < 5; i++) {
      chain.mine(2, 2);
      await follower.poke();
    }
    expect(logs).toEqual(chain.all());
  });

  describe('after a restart', () => {
    it('delivers what came while it was away, from the stored position on', async () => {
      const chain = new ScriptedChain(5);
      const first = await follow(chain);
      chain.mine(1, 2);
      await first.follower.poke();
      await first.follower.stop();
      chain.mine(20, 1);
      const second = await follow(chain, first.cursors);
      await second.follower.poke();
      expect([...first.logs, ...second.logs]).toEqual(chain.all());
    });

    it('repeats what a crash kept from being saved', async () => {
      const chain = new ScriptedChain(5);
      const first = await follow(chain);
      first.cursors.isDead = true;
      chain.mine(1, 2);
      await first.follower.poke();
      await first.follower.stop();
      first.cursors.isDead = false;
      const second = await follow(chain, first.cursors);
      await second.follower.poke();
      expect(second.logs).toEqual(first.logs);
    });

    it('takes back what the run before told, when its blocks were replaced meanwhile', async () => {
      const chain = new ScriptedChain(5);
      const first = await follow(chain);
      chain.mine(1, 1);
      chain.mine(1, 2);
      await first.follower.poke();
      await first.follower.stop();
      const old = chain.all();
      chain.cut(2);
      chain.mine(4, 1);
      const second = await follow(chain, first.cursors);
      await second.follower.poke();
      expect(second.changes).toEqual([{ removed: old.toReversed(), added: chain.all() }]);
    });

    it('tells once more what came before it began, when those blocks were replaced', async () => {
      const chain = new ScriptedChain(5);
      chain.mine(1, 2);
      const { follower, changes } = await follow(chain);
      const again = chain.cut(1);
      chain.add([...again, chain.transaction()]);
      chain.mine(1);
      await follower.poke();
      expect(changes).toEqual([{ removed: [], added: chain.all() }]);
    });

    it('goes on from the block that an earlier version stored', async () => {
      const chain = new ScriptedChain(10);
      chain.mine(1, 3);
      const cursors = new MemoryCursors({ kind: 'block', block: chain.height });
      chain.mine(5, 2);
      const { follower, logs } = await follow(chain, cursors);
      await follower.poke();
      expect(logs).toEqual(lastBlocks(chain, 1));
    });

    it('tells what is of use anew when the stored position is damaged', async () => {
      const chain = new ScriptedChain(1, { secondsPerBlock: 100 });
      for (let i = 0; i < 50; i++) chain.mine(1, 1);
      const cursors = new MemoryCursors({ kind: 'damaged' });
      const { follower, logs, lines } = await follow(chain, cursors, { lookBackSeconds: 1000 });
      await follower.poke();
      expect(logs).toEqual(lastBlocks(chain, 11));
      expect(lines.some(({ level }) => level === 'warn')).toBe(true);
      expect(cursors.block).toBe(chain.height);
    });

    it('tells no more anew than there is of the contract', async () => {
      const chain = new ScriptedChain(5);
      for (let i = 0; i < 5; i++) chain.mine(1, 1);
      const damaged = new MemoryCursors({ kind: 'damaged' });
      const { follower, logs } = await follow(chain, damaged, { deployedAtBlock: 7 });
      await follower.poke();
      expect(logs.map(({ blockNumber }) => blockNumber)).toEqual([7, 8, 9]);
    });

    it('goes on when the position cannot be saved', async () => {
      const chain = new ScriptedChain(5);
      const { follower, logs, reachable, cursors } = await follow(chain);
      cursors.isFull = true;
      chain.mine(1, 1);
      await follower.poke();
      cursors.isFull = false;
      chain.mine(1, 1);
      await follower.poke();
      await follower.stop();
      expect(logs).toEqual(chain.all());
      expect(reachable).toEqual([]);
      const again = await follow(chain, cursors);
      await again.follower.poke();
      expect(again.logs).toEqual([]);
    });

    it('writes seldom while nothing happens', async () => {
      const chain = new ScriptedChain(5);
      const { follower, cursors, clock } = await follow(chain);
      const before = cursors.saves;
      for (let i = 0; i < 10; i++) {
        chain.mine(1);
        await follower.poke();
      }
      expect(cursors.saves).toBe(before);
      clock.nowMs += 60_000;
      await follower.poke();
      expect(cursors.saves).toBe(before + 1);
    });
  });

  describe('when blocks are replaced', () => {
    it('takes back what they held, last one first, before it tells what is new', async () => {
      for (let depth = 1; depth <= 10; depth++) {
        const chain = new ScriptedChain(5);
        const { follower, changes } = await follow(chain);
        for (let i = 0; i < 12; i++) chain.mine(1, 2);
        await follower.poke();
        const gone = lastBlocks(chain, depth);
        chain.cut(depth);
        for (let i = 0; i <= depth; i++) chain.mine(1, 1);
        await follower.poke();
        expect(changes.slice(1)).toEqual([
          { removed: gone.toReversed(), added: lastBlocks(chain, depth + 1) },
        ]);
      }
    });

    it('does not tell again what was mined once more, but takes it back from its new place later', async () => {
      const chain = new ScriptedChain(5);
      const { follower, changes } = await follow(chain);
      chain.mine(1, 3);
      await follower.poke();
      const [first, second, third] = chain.cut(1);
      if (!first || !second || !third) throw new Error('unlikely');
      const other = chain.transaction();
      chain.add([third]);
      chain.add([other, first]);
      await follower.poke();
      const told = changes[0]?.added ?? [];
      const inBlocks = chain.all();
      expect(changes[1]).toEqual({ removed: [told[1]], added: [inBlocks[1]] });
      chain.cut(2);
      chain.mine(3);
      await follower.poke();
      expect(changes[2]).toEqual({ removed: inBlocks.toReversed(), added: [] });
    });

    it('tells a log anew that says something else in its new block', async () => {
      const chain = new ScriptedChain(5);
      const { follower, changes } = await follow(chain);
      const timed = chain.transaction({ texts: ['expires', 'name'], isTimed: true });
      chain.add([timed]);
      await follower.poke();
      const old = chain.all();
      chain.cut(1);
      chain.mine(1);
      chain.add([timed]);
      await follower.poke();
      expect(changes[1]).toEqual({ removed: old.toReversed(), added: chain.all() });
    });

    it('counts logs of a transaction that say the same', async () => {
      const chain = new ScriptedChain(5);
      const { follower, changes } = await follow(chain);
      const transaction = chain.transaction({ texts: ['same', 'same', 'same'] });
      chain.add([transaction]);
      await follower.poke();
      const told = changes[0]?.added ?? [];
      chain.cut(1);
      chain.add([{ ...transaction, texts: ['same', 'same'] }]);
      await follower.poke();
      expect(changes[1]).toEqual({ removed: [told[2]], added: [] });
      chain.cut(1);
      chain.add([transaction]);
      await follower.poke();
      expect(changes[2]).toEqual({ removed: [], added: [chain.all()[2]] });
    });

    it('tells nothing twice when they are replaced while it reads', async () => {
      const chain = new ScriptedChain(1);
      const options = { overlap: 16, overlapSeconds: 0 };
      const { follower, changes } = await follow(chain, new MemoryCursors(), options);
      chain.mine(14);
      chain.mine(1, 1);
      chain.mine(5);
      chain.first.asked.length = 0;
      chain.first.onAsk = () => {
        // After the first page, which holds the transaction, and before the second.
        if (chain.first.asked.length !== 1) return;
        chain.first.onAsk = () => {};
        const again = chain.cut(6);
        chain.mine(4);
        chain.add(again);
        chain.mine(1);
      };
      await follower.poke();
      await follower.poke();
      expect(changes.map(({ removed, added }) => [removed.length, added.length])).toEqual([[0, 1]]);
      chain.cut(3);
      chain.mine(4);
      await follower.poke();
      expect(changes.at(-1)?.removed).toEqual([expect.objectContaining({ blockNumber: 19 })]);
    });

    it('waits while the chain is shorter than it was, and takes back once it is long enough', async () => {
      const chain = new ScriptedChain(5);
      const { follower, changes, blocks } = await follow(chain);
      chain.mine(6, 2);
      await follower.poke();
      chain.cut(4);
      await follower.poke();
      expect([changes.length, blocks.at(-1)]).toEqual([1, 10]);
      chain.mine(4);
      await follower.poke();
      expect(changes[1]).toEqual({ removed: changes[0]?.added.toReversed(), added: [] });
    });

    it('believes a chain that stays shorter', async () => {
      const chain = new ScriptedChain(5);
      const { follower, changes, clock } = await follow(chain);
      chain.mine(6, 2);
      await follower.poke();
      chain.cut(4);
      await follower.poke();
      clock.nowMs += 60_000;
      await follower.poke();
      expect(changes[1]).toEqual({ removed: changes[0]?.added.toReversed(), added: [] });
      chain.mine(1, 1);
      await follower.poke();
      expect(changes[2]).toEqual({ removed: [], added: chain.all() });
    });

    it('begins anew on a chain that has nothing of the one it knew', async () => {
      const chain = new ScriptedChain(500);
      const first = await follow(chain);
      chain.mine(1, 2);
      await first.follower.poke();
      await first.follower.stop();
      const old = chain.all();
      chain.cut(501);
      for (let i = 0; i < 300; i++) chain.mine(1, 1);
      const second = await follow(chain, first.cursors);
      await second.follower.poke();
      second.clock.nowMs += 60_000;
      await second.follower.poke();
      expect(second.changes[0]).toEqual({ removed: old.toReversed(), added: [] });
      expect(second.logs).toEqual(chain.all().slice(1));
    });

    it('goes back to the youngest block it knows when more was replaced than it remembers', async () => {
      const chain = new ScriptedChain(5);
      const { follower, changes, logs, lines } = await follow(chain);
      for (let i = 0; i < 2000; i++) {
        chain.mine(1, i % 10 === 0 ? 1 : 0);
        if (i % 5 === 0) await follower.poke();
      }
      await follower.poke();
      logs.length = 0;
      changes.length = 0;
      chain.cut(900);
      chain.mine(901, 1);
      await follower.poke();
      expect(changes[0]?.added).toEqual([]);
      expect(changes[0]?.removed.length).toBeGreaterThan(5);
      expect(logs).toEqual(chain.all().slice(-logs.length));
      expect(logs.length).toBeGreaterThan(1);
      expect(logs.length).toBeLessThan(120);
      expect(lines.some(({ message }) => message.includes('farther back than it is remembered'))).toBe(true);
    });
  });

  describe('with servers that', () => {
    it('refuse large ranges asks for halves, and for more again later', async () => {
      const chain = new ScriptedChain(5);
      const { follower, logs } = await follow(chain, new MemoryCursors(), { overlap: 1, overlapSeconds: 0 });
      for (let i = 0; i < 200; i++) chain.mine(10, 1);
      chain.first.maxSpan = 100;
      await follower.poke();
      const spans = chain.first.asked.map(({ from, to }) => to - from + 1);
      expect(spans.slice(0, 7)).toEqual([1, 1995, 997, 498, 249, 124, 62]);
      expect(spans.filter((span) => span > 100).length).toBeLessThan(10);
      chain.first.maxSpan = Infinity;
      chain.first.asked.length = 0;
      for (let i = 0; i < 400; i++) chain.mine(10, 1);
      for (let i = 0; i < 3; i++) await follower.poke();
      const grown = chain.first.asked.map(({ from, to }) => to - from + 1);
      expect(Math.max(...grown)).toBeGreaterThan(125);
      expect(logs).toEqual(chain.all());
    });

    it('fall silent says so, tries again later and later, and loses nothing', async () => {
      const chain = new ScriptedChain(5);
      const { follower, logs, reachable, waits } = await follow(chain);
      chain.first.isDown = true;
      for (let i = 0; i < 3; i++) await follower.poke();
      chain.mine(3, 2);
      expect(reachable).toEqual([false]);
      expect(waits.slice(-3)).toEqual([200, 400, 800]);
      chain.first.isDown = false;
      await follower.poke();
      expect(reachable).toEqual([false, true]);
      expect(logs).toEqual(chain.all());
    });

    it('are asked too often does not ask them in smaller pieces', async () => {
      const chain = new ScriptedChain(5);
      const { follower, logs, waits } = await follow(chain);
      chain.mine(500, 1);
      chain.first.refusal = new MarketError('CHAIN_UNREACHABLE', { reason: '429', isThrottled: true });
      chain.first.asked.length = 0;
      await follower.poke();
      expect(chain.first.asked).toHaveLength(1);
      expect(waits.at(-1)).toBe(200);
      chain.first.refusal = undefined;
      await follower.poke();
      expect(chain.first.asked).toHaveLength(5);
      expect(logs).toEqual(chain.all());
    });

    it('lag are waited for', async () => {
      const chain = new ScriptedChain(20);
      const { follower, logs, blocks, changes } = await follow(chain);
      chain.mine(10, 2);
      await follower.poke();
      for (const lag of [1, 9, 25]) {
        chain.first.lag = lag;
        await follower.poke();
      }
      expect([changes.length, blocks.at(-1)]).toEqual([1, 29]);
      chain.first.lag = 0;
      chain.mine(1, 1);
      await follower.poke();
      expect(logs).toEqual(chain.all());
    });

    it('know blocks before their logs are read again, and their logs told late', async () => {
      const chain = new ScriptedChain(5);
      const { follower, logs } = await follow(chain);
      chain.mine(1, 2);
      chain.first.late = 1;
      await follower.poke();
      expect(logs).toEqual([]);
      chain.first.late = 0;
      await follower.poke();
      expect(logs).toEqual(chain.all());
    });

    it('leave out what they listed before are not believed', async () => {
      const chain = new ScriptedChain(5);
      const { follower, logs, changes, reachable } = await follow(chain);
      chain.mine(3, 2);
      await follower.poke();
      chain.first.late = 1;
      await follower.poke();
      expect([changes.length, reachable.at(-1)]).toEqual([1, false]);
      expect(chain.first.faults).toEqual(['The server left out logs that were listed before']);
      chain.first.late = 0;
      chain.mine(1, 1);
      await follower.poke();
      expect(reachable.at(-1)).toBe(true);
      expect(logs).toEqual(chain.all());
    });

    it('cut long lists are asked for shorter ones', async () => {
      const chain = new ScriptedChain(5);
      const { follower, logs } = await follow(chain);
      for (let i = 0; i < 60; i++) chain.mine(1, 7);
      chain.first.maxList = 100;
      await follower.poke();
      expect(logs).toEqual(chain.all());
    });

    it('list what is no log are not believed, until there is no better one', async () => {
      const chain = new ScriptedChain(5);
      const { follower, logs, lines } = await follow(chain);
      chain.first.unreadable = 1;
      chain.mine(1, 2);
      for (let i = 0; i < 3; i++) await follower.poke();
      expect(logs).toEqual([]);
      await follower.poke();
      expect(logs).toEqual(chain.all());
      chain.mine(1, 1);
      await follower.poke();
      expect(logs).toEqual(chain.all());
      expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    });

    it('are of several forks are followed each in its turn', async () => {
      const chain = new ScriptedChain(20);
      const other = new ScriptedServer(chain, 'second');
      chain.servers.push(other);
      const { follower, changes } = await follow(chain);
      chain.mine(2, 1);
      other.stick();
      await follower.poke();
      const stale = chain.all();
      chain.cut(2);
      chain.mine(2, 1);
      const fresh = chain.all();
      await follower.poke();
      chain.choose = () => other;
      await follower.poke();
      chain.choose = () => chain.first;
      await follower.poke();
      expect(changes.slice(1)).toEqual([
        { removed: stale, added: fresh },
        { removed: fresh, added: stale },
        { removed: stale, added: fresh },
      ]);
    });
  });

  it('stays behind the head by the confirmations', async () => {
    const chain = new ScriptedChain(5);
    const { follower, logs } = await follow(chain, new MemoryCursors(), { confirmations: 3 });
    chain.mine(1, 1);
    chain.mine(2);
    await follower.poke();
    expect(logs).toEqual([]);
    chain.mine(1);
    await follower.poke();
    expect(logs).toEqual(chain.all());
  });

  describe('with much to catch up', () => {
    it('tells how far it is, page by page, and looks at the head in between', async () => {
      const chain = new ScriptedChain(5);
      const { follower, logs, progress, blocks } = await follow(chain);
      chain.first.maxSpan = 50;
      for (let i = 0; i < 300; i++) chain.mine(10, 1);
      await follower.poke();
      chain.mine(10, 1);
      while (progress.at(-1)?.at !== chain.height) await follower.poke();
      expect(logs).toEqual(chain.all());
      expect(progress.length).toBeGreaterThan(40);
      const at = progress.map((one) => one.at);
      expect(at).toEqual(at.toSorted((a, b) => a - b));
      expect(blocks.length).toBeGreaterThan(2);
    });

    it('stops in the middle when it is stopped, and goes on there', async () => {
      const chain = new ScriptedChain(5);
      const first = await follow(chain);
      chain.first.maxSpan = 50;
      for (let i = 0; i < 300; i++) chain.mine(10, 1);
      first.follower.progress.subscribe(() => void first.follower.stop());
      await first.follower.poke();
      await first.follower.stop();
      expect(first.logs.length).toBeLessThan(300);
      const second = await follow(chain, first.cursors);
      while (second.progress.at(-1)?.at !== chain.height) await second.follower.poke();
      expect([...first.logs, ...second.logs]).toEqual(chain.all());
    });
  });

  describe('between two looks', () => {
    /** Its waits end when the test lets them. */
    const waiting = async (chain: ScriptedChain, options: LogFollowerOptions = {}) => {
      let nowMs = 0;
      const naps: { ms: number; end: () => void }[] = [];
      const sleep = (ms: number, signal: AbortSignal) =>
        Promise.race([
          waitUntilWoken(ms, signal),
          new Promise<void>((resolve) => naps.push({ ms, end: resolve })),
        ]);
      const made = await follow(chain, new MemoryCursors(), {
        pollMs: 3000,
        sleep,
        nowMs: () => nowMs,
        ...options,
      });
      const turns = async () => {
        for (let i = 0; i < 20; i++) await Promise.resolve();
        await new Promise(setImmediate);
      };
      /** Ends the nap under way, which took that long. */
      const wake = async (passedMs = naps.at(-1)?.ms ?? 0) => {
        nowMs += passedMs;
        naps.at(-1)?.end();
        await turns();
      };
      await turns();
      return { ...made, naps, wake, turns, looks: () => chain.first.blockReads };
    };

    it('waits as long as it was told', async () => {
      const { wake, looks } = await waiting(new ScriptedChain(5));
      const before = looks();
      await wake();
      await wake();
      expect(looks()).toBe(before);
      await wake();
      expect(looks()).toBe(before + 1);
    });

    it('looks at once when the computer slept, though the chain did not answer before', async () => {
      const chain = new ScriptedChain(5);
      const { wake, follower, blocks } = await waiting(chain);
      chain.first.isDown = true;
      for (let i = 0; i < 6; i++) await follower.poke();
      chain.first.isDown = false;
      chain.mine(1);
      await wake();
      expect(blocks).toEqual([4]);
      await wake(3_600_000);
      expect(blocks).toEqual([4, 5]);
    });

    it('looks a second after the last look when there is a hint of a block', async () => {
      const { follower, naps, wake, turns, looks } = await waiting(new ScriptedChain(5));
      const before = looks();
      follower.hint();
      await turns();
      expect(looks()).toBe(before);
      expect(naps.at(-1)?.ms).toBe(1000);
      await wake();
      expect(looks()).toBe(before + 1);
      await wake(1000);
      follower.hint();
      await turns();
      expect(looks()).toBe(before + 2);
    });

    it('heeds no hints while nobody answers', async () => {
      const chain = new ScriptedChain(5);
      const { follower, naps, turns } = await waiting(chain);
      chain.first.isDown = true;
      await follower.poke();
      const before = naps.length;
      follower.hint();
      await turns();
      expect(naps.length).toBe(before);
    });
  });

  it('delivers nothing after it was stopped, and lets nobody wait', async () => {
    const chain = new ScriptedChain(5);
    const { follower, logs } = await follow(chain);
    const poked = follower.poke();
    await follower.stop();
    await poked;
    chain.mine(1, 1);
    await follower.poke();
    expect(logs).toEqual([]);
  });

  it('refuses to start when the chain does not answer', async () => {
    const chain = new ScriptedChain(5);
    chain.first.isDown = true;
    await expect(follow(chain)).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  });
});
