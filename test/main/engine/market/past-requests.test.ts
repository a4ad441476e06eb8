import { Interface } from 'ethers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { EventDecoder } from '../../../../src/main/engine/market/events.ts';
import { pastStorageRequests } from '../../../../src/main/engine/market/past-requests.ts';
import type { ChainLog, ChainReader } from '../../../../src/main/engine/market/log-reader.ts';
import { marketplaceAbi } from '../../../support/marketplaceabi.ts';
import { exampleAsk, word } from '../../../support/requests.ts';
import { refused } from '../../../support/scriptedrpc.ts';

const contract = new Interface(marketplaceAbi);
const events = new EventDecoder(marketplaceAbi);

describe('pastStorageRequests', () => {
  const read = async (chain: ChainReader, range: { from: number; to?: number }, deployedAtBlock = 0) => {
    const found: number[] = [];
    const modules = { chain, events, deployedAtBlock, logger: silentLogger };
    const on = { signal: new AbortController().signal };
    for await (const { blockNumber } of pastStorageRequests(modules, range, on)) found.push(blockNumber);
    return found;
  };

  it('finds exactly the blocks between the times, also when several share a second and the server limits ranges', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 95, max: 200 }),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 70 }),
        async (gaps, from, length, maxSpan) => {
          const times = gaps.map((_, i) => 100 + gaps.slice(0, i + 1).reduce((sum, gap) => sum + gap, 0));
          const expected = times.flatMap((time, block) =>
            time >= from && time <= from + length ? [block] : [],
          );
          expect(await read(chainOf(times, { maxSpan }), { from, to: from + length })).toEqual(expected);
        },
      ),
    );
  });

  it('begins no earlier than the deployment', async () => {
    expect(await read(chainOf([100, 101, 102, 103]), { from: 0 }, 2)).toEqual([2, 3]);
    expect(await read(chainOf([100, 101]), { from: 0 }, 5)).toEqual([]);
  });

  it('leaves a hostile request out and goes on', async () => {
    expect(await read(chainOf([100, 101, 102], { hostileBlock: 1 }), { from: 0 })).toEqual([0, 2]);
  });
});

/** A chain whose blocks have those times and one request each. */
function chainOf(times: readonly number[], { maxSpan = Infinity, hostileBlock = -1 } = {}): ChainReader {
  const logs = times.map((_, blockNumber): ChainLog => {
    const ask = blockNumber === hostileBlock ? { ...exampleAsk, slots: 2n ** 63n } : exampleAsk;
    const log = contract.encodeEventLog('StorageRequested', [word(blockNumber), ask, 1n]);
    return {
      ...log,
      blockNumber,
      blockHash: word(blockNumber),
      transactionHash: word(blockNumber),
      logIndex: 0,
    };
  });
  return {
    block: async (tag) => {
      const number = tag === 'latest' ? times.length - 1 : tag;
      const timestamp = times[number];
      return timestamp === undefined ? undefined : { number, hash: word(number), timestamp };
    },
    logs: async ({ from, to }) => {
      if (to - from + 1 > maxSpan) throw refused('too many blocks');
      return logs.slice(from, to + 1);
    },
  };
}
