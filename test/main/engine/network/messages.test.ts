import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../../src/main/engine/errors.ts';
import { blockCid, sha256, treeCid } from '../../../../src/main/engine/network/cids.ts';
import { addressKey, decodeMessage, encodeMessage } from '../../../../src/main/engine/network/messages.ts';

const cid = blockCid(sha256(Buffer.from('a')));
const tree = treeCid(sha256(Buffer.from('b')));

describe('messages', () => {
  it('survive the wire', () => {
    const message = {
      wants: [
        { address: { cid }, cancel: false, type: 'block', sendDontHave: true },
        { address: { treeCid: tree, index: 7 }, cancel: true, type: 'have', sendDontHave: false },
      ],
      deliveries: [
        { cid, data: Buffer.from('data'), address: { treeCid: tree, index: 9 }, proof: Buffer.from('proof') },
        { cid, data: Buffer.alloc(0), address: { cid } },
      ],
      presences: [
        { address: { cid }, has: true },
        { address: { treeCid: tree, index: 0 }, has: false },
      ],
    } as const;
    const read = decodeMessage(encodeMessage(message));
    expect(read.wants.map((want) => ({ ...want, address: addressKey(want.address) }))).toEqual(
      message.wants.map((want) => ({ ...want, address: addressKey(want.address) })),
    );
    expect(
      read.deliveries.map(({ data, proof }) => [
        Buffer.from(data).toString(),
        proof && Buffer.from(proof).toString(),
      ]),
    ).toEqual([
      ['data', 'proof'],
      ['', undefined],
    ]);
    expect(read.presences.map(({ address, has }) => [addressKey(address), has])).toEqual([
      [addressKey({ cid }), true],
      [addressKey({ treeCid: tree, index: 0 }), false],
    ]);
  });

  it('tell a block from a leaf, and one leaf from another', () => {
    const addresses = [{ cid }, { treeCid: tree, index: 1 }, { treeCid: tree, index: 2 }, { cid: tree }];
    expect(new Set(addresses.map(addressKey)).size).toBe(addresses.length);
  });

  it('made of any bytes are refused with an error of ours', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          decodeMessage(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(EngineError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
