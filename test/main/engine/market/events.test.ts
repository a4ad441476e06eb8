import { Interface } from 'ethers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { EventDecoder } from '../../../../src/main/engine/market/events.ts';
import type { ChainLog } from '../../../../src/main/engine/market/log-reader.ts';
import { marketplaceAbi } from '../../../support/marketplaceabi.ts';
import { exampleAsk, word } from '../../../support/requests.ts';

const decoder = new EventDecoder(marketplaceAbi);
const contract = new Interface(marketplaceAbi);
const place = { blockNumber: 5, logIndex: 2, transactionHash: word(9) };

function log(name: string, args: readonly unknown[]): ChainLog {
  return { ...contract.encodeEventLog(name, args), ...place, blockHash: word(8) };
}

describe('EventDecoder', () => {
  it('listens to the eight events of the live marketplace', () => {
    expect(decoder.topics.toSorted()).toEqual(
      [
        '0x1bf9c457accf8703dbf7cdf1b58c2f74ddf2e525f98155c70b3d318d74609bd8',
        '0x85e1543bf2f84fe80c6badbce3648c8539ad1df4d2b3d822938ca0538be727e6',
        '0xf903f4774c7bd27355f9d7fcbc382b079b164a697a44ac5d95267a4c3cb3bb22',
        '0x4769361a442504ecaf038f35e119bcccdd5e42096b24c09e3c17fd17c6684c02',
        '0x8f301470a994578b52323d625dfbf827ca5208c81747d3459be7b8867baec3ec',
        '0x33ba8f7627565d89f7ada2a6b81ea532b7aa9b11e91a78312d6e1fca0bfcd1dc',
        '0xc8e6c955744189a19222ec226b72ac1435d88d5745252dac56e6f679f64c037a',
        '0x3b989d183b84b02259d7c14b34a9c9eb0fccb4c355a920d25e581e25aef4993d',
      ].toSorted(),
    );
  });

  it('reads each of them', () => {
    const requestId = word(1);
    expect(decoder.decode(log('StorageRequested', [requestId, exampleAsk, 1_700_000_600n]))).toEqual({
      name: 'StorageRequested',
      requestId,
      ask: exampleAsk,
      expiresAt: 1_700_000_600,
      ...place,
    });
    for (const name of ['RequestFulfilled', 'RequestCancelled', 'RequestFailed']) {
      expect(decoder.decode(log(name, [requestId]))).toEqual({ name, requestId, ...place });
    }
    for (const name of ['SlotFilled', 'SlotFreed', 'SlotReservationsFull']) {
      expect(decoder.decode(log(name, [requestId, 3n]))).toEqual({ name, requestId, slotIndex: 3, ...place });
    }
    expect(decoder.decode(log('ProofSubmitted', [word(4)]))).toEqual({
      name: 'ProofSubmitted',
      slotId: word(4),
      ...place,
    });
  });

  it('knows nothing of other logs', () => {
    expect(decoder.decode({ ...log('ProofSubmitted', [word(4)]), topics: [word(77)] })).toBeUndefined();
    expect(decoder.decode({ ...log('ProofSubmitted', [word(4)]), topics: [] })).toBeUndefined();
  });

  it('leaves out what nobody honest would post', () => {
    const hostile = [
      log('StorageRequested', [word(1), { ...exampleAsk, slots: 2n ** 60n }, 1n]),
      log('StorageRequested', [word(1), { ...exampleAsk, slots: 0n }, 1n]),
      log('StorageRequested', [word(1), exampleAsk, 2n ** 63n]),
      log('SlotFilled', [word(1), 65_536n]),
      { ...log('SlotFilled', [word(1), 1n]), data: '0x' },
      { ...log('SlotFilled', [word(1), 1n]), topics: log('SlotFilled', [word(1), 1n]).topics.slice(0, 1) },
    ];
    for (const one of hostile) {
      expect(() => decoder.decode(one)).toThrow(expect.objectContaining({ code: 'HOSTILE_VALUE' }));
      expect(decoder.tryDecode(one, silentLogger)).toBeUndefined();
    }
  });

  it('never throws into a loop, whatever bytes a log carries', () => {
    const hex = fc.uint8Array({ maxLength: 400 }).map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`);
    fc.assert(
      fc.property(
        fc.constantFrom(...decoder.topics),
        fc.array(hex, { maxLength: 3 }),
        hex,
        (topic, others, data) => {
          const event = decoder.tryDecode(
            { ...place, blockHash: word(8), topics: [topic, ...others], data },
            silentLogger,
          );
          if (event && 'slotIndex' in event) expect(event.slotIndex).toBeLessThan(65_536);
        },
      ),
    );
  });
});
