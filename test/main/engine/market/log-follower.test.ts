import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { LogFollower, type LogFollowerOptions } from '../../../../src/main/engine/market/log-follower.ts';
import type { ChainLog } from '../../../../src/main/engine/market/log-reader.ts';
import { ScriptedChain } from '../../../support/scriptedchain.ts';

describe('LogFollower', () => {
  const followers: LogFollower[] = [];
  afterEach(async () => {
    for (const follower of followers.splice(0)) await follower.stop();
  });

  /** One that looks only when poked. */
  const follow = async (chain: ScriptedChain, cursors = memoryCursor(), options: LogFollowerOptions = {}) => {
    const waits: number[] = [];
    const follower = new LogFollower(
      { chain, cursors, logger: silentLogger },
      { pollMs: 100, sleep: (ms, signal) => untilAborted(waits.push(ms), signal), ...options },
    );
    followers.push(follower);
    const logs: ChainLog[] = [];
    const blocks: number[] = [];
    const reachable: boolean[] = [];
    follower.logs.subscribe((page) => logs.push(...page));
    follower.blocks.subscribe(({ number }) => blocks.push(number));
    follower.reachable.subscribe((answer) => reachable.push(answer));
    await follower.start({ signal: new AbortController().signal });
    return { follower, cursors, logs, blocks, reachable, waits };
  };

  it('delivers what comes after its start, in order, and saves where it is', async () => {
    const chain = new ScriptedChain(5);
    chain.mine(1, 3);
    const before = chain.all().length;
    const { follower, logs, blocks, cursors } = await follow(chain);
    chain.mine(1, 2);
    chain.mine(3, 1);
    await follower.poke();
    expect(logs).toEqual(chain.all().slice(before));
    expect(cursors.saved.at(-1)).toBe(chain.height);
    expect(blocks).toEqual([5, 9]);
  });

  it('delivers what came while it was away, from the stored cursor on', async () => {
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

  it('delivers once what the server sends several times', async () => {
    const chain = new ScriptedChain(5);
    chain.copies = 3;
    const { follower, logs } = await follow(chain);
    for (let i = 0; i < 5; i++) {
      chain.mine(2, 2);
      await follower.poke();
    }
    expect(logs).toEqual(chain.all());
  });

  it('halves the range when it is refused, and grows it again after', async () => {
    const chain = new ScriptedChain(5);
    const cursors = memoryCursor();
    const { follower, logs } = await follow(chain, cursors, { overlap: 0 });
    for (let i = 0; i < 100; i++) chain.mine(10, 1);
    chain.maxSpan = 100;
    await follower.poke();
    const spans = chain.asked.map(({ from, to }) => to - from + 1);
    expect(spans.slice(0, 5)).toEqual([1000, 500, 250, 125, 62]);
    chain.maxSpan = Infinity;
    chain.asked.length = 0;
    for (let i = 0; i < 100; i++) chain.mine(10, 1);
    await follower.poke();
    const grown = chain.asked.map(({ from, to }) => to - from + 1);
    expect(Math.max(...grown)).toBeGreaterThan(125);
    expect(logs).toEqual(chain.all());
  });

  it('says when the chain does not answer, tries again later and later, and loses nothing', async () => {
    const chain = new ScriptedChain(5);
    const { follower, logs, reachable, waits } = await follow(chain);
    chain.isDown = true;
    await follower.poke();
    await follower.poke();
    await follower.poke();
    chain.mine(3, 2);
    expect(reachable).toEqual([false]);
    expect(waits.slice(-3)).toEqual([200, 400, 800]);
    chain.isDown = false;
    await follower.poke();
    expect(reachable).toEqual([false, true]);
    expect(logs).toEqual(chain.all());
  });

  it('takes a head that goes back as a server that lags', async () => {
    const chain = new ScriptedChain(20);
    const { follower, logs } = await follow(chain);
    chain.mine(1, 2);
    await follower.poke();
    const lagging = Object.assign(new ScriptedChain(10), { logs: async () => [] });
    const block = chain.block.bind(chain);
    chain.block = lagging.block.bind(lagging);
    await follower.poke();
    chain.block = block;
    chain.mine(1, 1);
    await follower.poke();
    expect(logs).toEqual(chain.all());
  });

  it('finds logs that a lagging server left out, once it has them', async () => {
    const chain = new ScriptedChain(5);
    const { follower, logs } = await follow(chain);
    chain.mine(1, 2);
    chain.lateBlocks.add(chain.height);
    await follower.poke();
    expect(logs).toEqual([]);
    chain.lateBlocks.clear();
    chain.mine(1);
    await follower.poke();
    expect(logs).toEqual(chain.all());
  });

  it('delivers the logs of blocks that replaced others', async () => {
    const chain = new ScriptedChain(5);
    const { follower, logs } = await follow(chain);
    chain.mine(3, 1);
    await follower.poke();
    chain.cut(2);
    chain.mine(2, 2);
    await follower.poke();
    expect(logs).toHaveLength(3);
    expect(logs.slice(1)).toEqual(chain.all());
  });

  it('stays behind the head by the confirmations', async () => {
    const chain = new ScriptedChain(5);
    const { follower, logs } = await follow(chain, memoryCursor(), { confirmations: 3 });
    chain.mine(1, 1);
    chain.mine(2);
    await follower.poke();
    expect(logs).toEqual([]);
    chain.mine(1);
    await follower.poke();
    expect(logs).toEqual(chain.all());
  });

  it('begins at the head when the chain is shorter than the stored cursor', async () => {
    const chain = new ScriptedChain(5);
    const { follower, logs } = await follow(chain, memoryCursor(1_000_000));
    chain.mine(1, 1);
    await follower.poke();
    expect(logs).toEqual(chain.all());
  });

  it('goes on when the cursor cannot be saved', async () => {
    const chain = new ScriptedChain(5);
    const cursors = {
      load: async () => undefined,
      save: () => Promise.reject(new Error('disk full')),
      saved: [],
    };
    const { follower, logs, reachable } = await follow(chain, cursors);
    chain.mine(1, 1);
    await follower.poke();
    chain.mine(1, 1);
    await follower.poke();
    expect(logs).toEqual(chain.all());
    expect(reachable).toEqual([]);
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
    chain.isDown = true;
    await expect(follow(chain)).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  });

  it('delivers every log exactly once, whatever the server and restarts do', async () => {
    const act = fc.oneof(
      fc.record({
        kind: fc.constant('mine' as const),
        blocks: fc.integer({ min: 1, max: 30 }),
        logs: fc.nat(3),
      }),
      fc.constantFrom('poke' as const, 'outage' as const, 'restart' as const).map((kind) => ({ kind })),
      fc.record({ kind: fc.constant('limit' as const), span: fc.integer({ min: 1, max: 40 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        const chain = new ScriptedChain(3);
        const cursors = memoryCursor();
        let current = await follow(chain, cursors);
        const delivered = [current.logs];
        for (const act of acts) {
          if (act.kind === 'mine') chain.mine(act.blocks, act.logs);
          if (act.kind === 'limit') chain.maxSpan = act.span;
          if (act.kind === 'poke') await current.follower.poke();
          if (act.kind === 'outage') {
            chain.isDown = true;
            await current.follower.poke();
            chain.isDown = false;
          }
          if (act.kind === 'restart') {
            await current.follower.stop();
            current = await follow(chain, cursors);
            delivered.push(current.logs);
          }
        }
        await current.follower.poke();
        await current.follower.stop();
        expect(delivered.flat()).toEqual(chain.all());
      }),
      { numRuns: 100 },
    );
  });
});

function memoryCursor(start?: number) {
  const saved: number[] = start === undefined ? [] : [start];
  return {
    saved,
    load: async () => saved.at(-1),
    save: async (block: number) => void saved.push(block),
  };
}

/** Sleeps until it is woken. */
function untilAborted(_: number, signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    const abort = () => reject(new DOMException('woken', 'AbortError'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
}
