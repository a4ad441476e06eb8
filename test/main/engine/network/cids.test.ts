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
