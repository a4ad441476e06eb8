import { describe, expect, it } from 'vitest';
import { decodeCid, sha256, treeCid } from '../../../../src/main/engine/network/cids.ts';
import { decodeMessage, encodeMessage } from '../../../../src/main/engine/network/messages.ts';
import { exchangeDecoders, fuzz } from '../../../support/fuzz/decoders.ts';

describe.each(exchangeDecoders)('a reader of $name', (decoder) => {
  it('meets nearly sensible bytes with an answer that holds or an error of ours', () => {
    const { read, refused } = fuzz(decoder, { seed: 5, count: 2_000 });
    expect(read).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(200);
  });
});

describe('a message made to fill the memory', () => {
  it.each([
    ['wants without content', Buffer.from([0x0a, 0x00])],
    ['numbers', Buffer.from([0x10, 0x00])],
  ])('of millions of %s is refused', (_, field) => {
    const inner = Buffer.alloc(4 * 2 ** 20, field);
    expect(() => decodeMessage(inner)).toThrow(expect.objectContaining({ code: 'MALFORMED_MESSAGE' }));
  });

  it('with a CID as long as itself is refused', () => {
    const length = 1 << 20;
    const long = Buffer.concat([
      Buffer.from([0x01, 0x82, 0x9a, 0x03, 0x00, 0x80, 0x80, 0x40]),
      Buffer.alloc(length),
    ]);
    expect(() => decodeCid(long)).toThrow(expect.objectContaining({ code: 'CID_UNSUPPORTED' }));
  });

  it('is not kept by who remembers a CID out of it', () => {
    const address = { treeCid: treeCid(sha256(Buffer.from('tree'))), index: 1 };
    const [want] = decodeMessage(encodeMessage({ wants: [{ address }] })).wants;
    const cid = want && 'treeCid' in want.address ? want.address.treeCid : undefined;
    expect(cid?.bytes.buffer.byteLength).toBe(cid?.bytes.length);
  });
});
