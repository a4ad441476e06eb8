import { Interface } from 'ethers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { firstBlockAt } from '../../../../src/main/engine/market/block-search.ts';
import { EventDecoder } from '../../../../src/main/engine/market/events.ts';
import type { PastProgress } from '../../../../src/main/engine/market/market.ts';
import {
  pastEvents,
  type PastEventsOptions,
  type PastRange,
} from '../../../../src/main/engine/market/past-events.ts';
import type { ChainReader, Head } from '../../../../src/main/engine/market/log-reader.ts';
import { marketplaceAbi } from '../../../support/marketplaceabi.ts';
import { exampleAsk, word } from '../../../support/requests.ts';
import { refused, unreachable } from '../../../support/scriptedrpc.ts';

const contract = new Interface(marketplaceAbi);
const events = new EventDecoder(marketplaceAbi);
const on = { signal: new AbortController().signal };

const read = async (
  chain: ChainReader,
  range: PastRange,
  { deployedAtBlock = 0, ...options }: Partial<PastEventsOptions> & { deployedAtBlock?: number } = {},
) => {
  const found: number[] = [];
  const modules = { chain, events, deployedAtBlock, logger: silentLogger };
  const retries = { sleep: async () => {} };
  for await (const { blockNumber } of pastEvents(modules, range, { retries, ...on, ...options })) {
    found.push(blockNumber);
  }
  return found;
};

describe('pastEvents', () => {
  it('finds exactly the blocks between the times, also when several share a second and the server limits ranges', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 95, max: 300 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 130 }),
        async (gaps, from, length, maxSpan) => {
          const times = timesOf(gaps);
          const expected = times.flatMap((time, block) =>
            time >= from && time <= from + length ? [block] : [],
          );
          expect(await read(chainOf(times, { maxSpan }), { from, to: from + length })).toEqual(expected);
        },
      ),
    );
  });

  it('finds exactly the blocks that were named', async () => {
    const chain = chainOf(timesOf(Array.from({ length: 200 }, () => 1)));
    expect(await read(chain, { fromBlock: 10, toBlock: 13 })).toEqual([10, 11, 12, 13]);
    expect(await read(chain, { fromBlock: 197 })).toEqual([197, 198, 199]);
    expect(await read(chain, { fromBlock: 130, toBlock: 140 })).toHaveLength(11);
    expect(await read(chain, { fromBlock: 14, toBlock: 13 })).toEqual([]);
    expect(await read(chain, { fromBlock: 500 })).toEqual([]);
  });

  it('begins no earlier than the deployment', async () => {
    expect(await read(chainOf([100, 101, 102, 103]), { from: 0 }, { deployedAtBlock: 2 })).toEqual([2, 3]);
    expect(await read(chainOf([100, 101]), { from: 0 }, { deployedAtBlock: 5 })).toEqual([]);
  });

  it('leaves a hostile request out and goes on', async () => {
    expect(await read(chainOf([100, 101, 102], { hostileBlock: 1 }), { from: 0 })).toEqual([0, 2]);
  });

  it('tells how far it is', async () => {
    const told: PastProgress[] = [];
    const chain = chainOf(timesOf(Array.from({ length: 300 }, () => 1)), { maxSpan: 100 });
    await read(chain, { fromBlock: 50 }, { onProgress: (progress) => told.push(progress) });
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).toSorted((a, b) => a - b));
    expect(told.length).toBeGreaterThan(2);
    expect(told.at(-1)).toEqual({ done: 250, total: 250, found: 250 });
  });

  it('reads nothing more once it is called off', async () => {
    const chain = chainOf(timesOf(Array.from({ length: 300 }, () => 1)), { maxSpan: 100 });
    const controller = new AbortController();
    const asked: unknown[] = [];
    const logs = chain.logs.bind(chain);
    chain.logs = (range, options) => {
      asked.push(range);
      return logs(range, options);
    };
    const onProgress = () => controller.abort();
    await expect(
      read(chain, { fromBlock: 0 }, { signal: controller.signal, onProgress }),
    ).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(asked.length).toBeLessThan(4);
  });

  it('tries a page again some times, each at the server that is best then, and then gives it up', async () => {
    const times = timesOf(Array.from({ length: 300 }, () => 1));
    const all = times.map((_, block) => block);
    const waits: number[] = [];
    const sleep = async (ms: number) => void waits.push(ms);
    const chain = chainOf(times, { maxSpan: 100 });
    let failures = 0;
    const pinned = chain.pinned.bind(chain);
    chain.pinned = () => {
      const server = pinned();
      return ++failures % 4 === 0 ? server : { ...server, logs: () => Promise.reject(unreachable()) };
    };
    expect(await read(chain, { fromBlock: 0 }, { retries: { sleep } })).toEqual(all);
    expect(waits.slice(0, 2)).toEqual([250, 500]);
    chain.pinned = () => ({ ...pinned(), logs: () => Promise.reject(unreachable()) });
    await expect(read(chain, { fromBlock: 0 })).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  });

  it('tells of the blocks that may be replaced only those of one chain', async () => {
    const chain = chainOf(timesOf(Array.from({ length: 200 }, () => 1)), { maxSpan: 20 });
    let fork = 0;
    const hashOf = (number: number) => word<`0x${string}`>(number > 140 ? 1000 * fork + number : number);
    const logs = chain.logs.bind(chain);
    const block = chain.block.bind(chain);
    chain.block = async (number, options) => {
      const head = await block(number, options);
      return head && { ...head, hash: hashOf(head.number) };
    };
    chain.logs = async (range, options) => {
      // In the middle of the young blocks, once.
      if (range.from > 160) fork = 1;
      const answer = await logs(range, options);
      const there = answer.logs.map((log) => ({ ...log, transactionHash: hashOf(log.blockNumber) }));
      return { ...answer, logs: there };
    };
    const modules = { chain, events, deployedAtBlock: 0, logger: silentLogger };
    const found: string[] = [];
    const retries = { sleep: async () => {} };
    for await (const event of pastEvents(modules, { fromBlock: 100 }, { retries, ...on })) {
      found.push(event.transactionHash);
    }
    expect(found).toEqual(Array.from({ length: 100 }, (_, i) => hashOf(100 + i)));
  });
});

describe('firstBlockAt', () => {
  it('finds the lower bound', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant(0), fc.nat(3), fc.nat(100_000)), { minLength: 1, maxLength: 200 }),
        fc.nat(10_000_000),
        fc.nat(199),
        async (gaps, far, oldest) => {
          const times = timesOf(gaps);
          const last = times.at(-1) ?? 0;
          const head = { number: times.length - 1, hash: word(1), timestamp: last };
          const time = Math.min(last, far % (last + 1));
          const first = Math.min(oldest, head.number);
          const found = await firstBlockAt(time, { oldest: first, head }, chainOf(times), on.signal);
          expect(found).toBe(
            Math.max(
              first,
              times.findIndex((one) => one >= time),
            ),
          );
        },
      ),
    );
  });

  it('asks for few blocks of a long chain', async () => {
    const number = 100_000_000;
    let reads = 0;
    const timeOf = (block: number) => Math.floor(block / 4 + 3000 * Math.sin(block / 1_000_000));
    const chain: ChainReader = {
      server: '',
      pinned: () => chain,
      fault: () => {},
      block: async (block) => {
        reads++;
        return { number: Number(block), hash: word(1), timestamp: timeOf(Number(block)) };
      },
      logs: () => Promise.reject(unreachable()),
    };
    const head: Head = { number, hash: word(1), timestamp: timeOf(number) };
    await firstBlockAt(timeOf(99_123_456), { oldest: 50_000_000, head }, chain, on.signal);
    expect(reads).toBeLessThanOrEqual(20);
  });
});

const timesOf = (gaps: readonly number[]) => {
  let time = 100;
  return gaps.map((gap) => (time += gap));
};

/** A chain whose blocks have those times and one request each. */
function chainOf(times: readonly number[], { maxSpan = Infinity, hostileBlock = -1 } = {}) {
  const logOf = (blockNumber: number) => {
    const ask = blockNumber === hostileBlock ? { ...exampleAsk, slots: 2n ** 63n } : exampleAsk;
    const log = contract.encodeEventLog('StorageRequested', [word(blockNumber), ask, 1n]);
    const place = { blockNumber, blockHash: word<`0x${string}`>(blockNumber), logIndex: 0 };
    return { ...log, ...place, transactionHash: word<`0x${string}`>(blockNumber) };
  };
  const chain: ChainReader = {
    server: '',
    pinned: () => chain,
    fault: () => {},
    block: async (tag) => {
      const number = tag === 'latest' ? times.length - 1 : tag;
      const timestamp = times[number];
      return timestamp === undefined ? undefined : { number, hash: word(number), timestamp };
    },
    logs: async ({ from, to }) => {
      if (to - from + 1 > maxSpan) throw refused('too many blocks');
      const logs = times.slice(from, to + 1).map((_, i) => logOf(from + i));
      return { logs, sent: logs.length, unreadable: 0 };
    },
  };
  return chain;
}
