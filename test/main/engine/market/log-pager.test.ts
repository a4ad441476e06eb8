import { describe, expect, it } from 'vitest';
import { MarketError } from '../../../../src/main/engine/market/errors.ts';
import { LogPager, type LogPage } from '../../../../src/main/engine/market/log-pager.ts';
import { ScriptedChain, ScriptedServer } from '../../../support/scriptedchain.ts';
import { refused, unreachable } from '../../../support/scriptedrpc.ts';

const on = { signal: new AbortController().signal };

async function read(pager: LogPager, server: ScriptedServer, from: number, to: number): Promise<LogPage[]> {
  const pages: LogPage[] = [];
  for await (const page of pager.pages(server, { from, to }, on)) pages.push(page);
  return pages;
}

const spansOf = ({ asked }: ScriptedServer) => asked.map(({ from, to }) => to - from + 1);

describe('LogPager', () => {
  it('finds the size that a server grants, and stays with it', async () => {
    for (const limit of [1, 7, 100, 1000, 1024, 2000]) {
      const chain = new ScriptedChain(12_000);
      chain.first.maxSpan = limit;
      const pages = await read(new LogPager(), chain.first, 1, Math.min(12_000 - 1, limit * 100));
      const refusals = spansOf(chain.first).filter((span) => span > limit).length;
      expect(refusals).toBeLessThan(40);
      expect(pages.length).toBeLessThan(150);
    }
  });

  it('tries more again after a while, since a refusal may have hung on the logs', async () => {
    const chain = new ScriptedChain(20_000);
    chain.first.maxSpan = 10;
    const pager = new LogPager({ maxSpan: 1000 });
    await read(pager, chain.first, 0, 600);
    chain.first.maxSpan = Infinity;
    chain.first.asked.length = 0;
    await read(pager, chain.first, 601, 19_999);
    expect(Math.max(...spansOf(chain.first))).toBe(1000);
  });

  it('takes the range that a refusal offers', async () => {
    const chain = new ScriptedChain(2000);
    chain.first.refusal = refused(
      'Query returned more than 10000 results. Try with this block range [0x64, 0x1f3].',
    );
    const pager = new LogPager();
    const reading = read(pager, chain.first, 100, 1500);
    chain.first.onAsk = () => {
      if (chain.first.asked.length > 0) chain.first.refusal = undefined;
    };
    await reading;
    expect(spansOf(chain.first).slice(0, 2)).toEqual([1401, 400]);
  });

  it('believes no offer of another range', async () => {
    const chain = new ScriptedChain(2000);
    chain.first.maxSpan = 1000;
    chain.first.onAsk = () => {
      chain.first.refusal =
        chain.first.asked.length === 0 ? refused('limited to [0x0, 0xffffff]') : undefined;
    };
    await read(new LogPager(), chain.first, 100, 1600);
    expect(spansOf(chain.first).slice(0, 2)).toEqual([1501, 750]);
  });

  it('remembers the size of each server', async () => {
    const chain = new ScriptedChain(5000);
    const second = new ScriptedServer(chain, 'second');
    chain.first.maxSpan = 500;
    const pager = new LogPager();
    await read(pager, chain.first, 1, 2000);
    await read(pager, second, 1, 4000);
    chain.first.asked.length = 0;
    await read(pager, chain.first, 2001, 4000);
    expect(spansOf(second)).toEqual([4000]);
    expect(spansOf(chain.first)[0]).toBeLessThanOrEqual(750);
  });

  it('asks for less after a silence, and for no less when it is asked too often or too early', async () => {
    const chain = new ScriptedChain(5000);
    const pager = new LogPager();
    const throttled = new MarketError('CHAIN_UNREACHABLE', { isThrottled: true });
    for (const refusal of [
      throttled,
      refused('block range extends beyond current head block'),
      unreachable(),
    ]) {
      chain.first.refusal = refusal;
      await expect(read(pager, chain.first, 0, 3999)).rejects.toBe(refusal);
    }
    chain.first.refusal = undefined;
    await read(pager, chain.first, 0, 3999);
    expect(spansOf(chain.first)).toEqual([4000, 4000, 4000, 2000, 2000]);
  });

  it('gives up what is refused for a single block', async () => {
    const chain = new ScriptedChain(100);
    chain.first.maxSpan = 0;
    const pager = new LogPager();
    await expect(read(pager, chain.first, 0, 99)).rejects.toMatchObject({ code: 'RPC_REFUSED' });
    expect(spansOf(chain.first)).toEqual([100, 50, 25, 12, 6, 3, 1]);
    chain.first.maxSpan = Infinity;
    chain.first.asked.length = 0;
    await read(pager, chain.first, 0, 99);
    expect(chain.first.asked.length).toBeLessThan(12);
  });

  it('keeps pages to so many logs, about', async () => {
    const chain = new ScriptedChain(1);
    for (let i = 0; i < 2000; i++) chain.mine(1, 7);
    const pages = await read(new LogPager({ maxSpan: 100, maxLogs: 50 }), chain.first, 0, 2000);
    const sizes = pages.map(({ logs }) => logs.length);
    expect(Math.max(...sizes.slice(1))).toBeLessThanOrEqual(84);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(14_000);
  });

  it('reads in smaller pieces what may be cut, and says so of a single block', async () => {
    const chain = new ScriptedChain(1);
    for (let i = 0; i < 30; i++) chain.mine(1, 9);
    chain.mine(1, 130);
    chain.first.maxList = 128;
    const pages = await read(new LogPager(), chain.first, 0, 31);
    expect(pages.flatMap(({ logs }) => logs).length).toBe(270 + 128);
    expect(pages.filter(({ mayBeCut }) => mayBeCut).map(({ last }) => last.number)).toEqual([31]);
  });

  it('does not take the list of a server that lacks the blocks for an empty one', async () => {
    const chain = new ScriptedChain(50);
    chain.first.lag = 5;
    await expect(read(new LogPager(), chain.first, 10, 49)).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
    });
    expect(chain.first.asked).toEqual([]);
  });
});
