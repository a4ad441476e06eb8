import type { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import {
  blockCid,
  cidText,
  codecs,
  decodeCid,
  digestOf,
  EMPTY_DIGEST,
  fieldElementOf,
  sha256,
} from '../../../../src/main/engine/network/cids.ts';
import { decodeManifest } from '../../../../src/main/engine/network/manifest.ts';
import { vectorBlock } from '../../../support/slotfixtures.ts';
import vectors from '../../../support/vectors/data-plane.json' with { type: 'json' };

describe('CIDs', () => {
  it('names blocks as the network does', () => {
    const [padded] = vectors.cases;
    for (const [index, text] of (padded?.blockCids ?? []).entries()) {
      const digest = index === 9 ? EMPTY_DIGEST : sha256(vectorBlock(index));
      expect(cidText(blockCid(digest))).toBe(text);
    }
    expect(cidText(blockCid(EMPTY_DIGEST))).toBe(vectors.emptyBlock.cid);
  });

  it('survives the way through bytes', () => {
    const cid = blockCid(sha256(Buffer.from('block')));
    expect(decodeCid(cid.bytes).equals(cid)).toBe(true);
    expect(Buffer.compare(digestOf(cid, codecs.block), sha256(Buffer.from('block')))).toBe(0);
  });

  it('refuses one that is written with more bytes than it needs', () => {
    // Found by chance (fuzz.long.ts): a version of 0 that has no meaning, and a version of two bytes.
    const digest = '7d4e5aba75f3bdbf041a5404946f61c5fb60801dad56d478fa3fa263d579881a';
    for (const start of ['00819a031220', '8100829a031220'])
      expect(() => decodeCid(Buffer.from(start + digest, 'hex'))).toThrow(
        expect.objectContaining({ code: 'CID_UNSUPPORTED' }),
      );
  });

  it('refuses bytes that are no CID, and CIDs of another kind', () => {
    const verifyRoot = decodeManifest(Buffer.from(vectors.cases[0]?.manifestHex ?? '', 'hex')).protection
      ?.verification?.verifyRoot;
    const unsupported = expect.objectContaining({ code: 'CID_UNSUPPORTED' });
    expect(() => decodeCid(new Uint8Array())).toThrow(unsupported);
    expect(() => decodeCid(Buffer.from('not a cid'))).toThrow(unsupported);
    expect(() => digestOf(blockCid(EMPTY_DIGEST), codecs.manifest)).toThrow(unsupported);
    expect(() => digestOf(verifyRoot as CID, codecs.verifyRoot)).toThrow(unsupported);
    expect(() => fieldElementOf(blockCid(EMPTY_DIGEST), codecs.block)).toThrow(unsupported);
  });
});
