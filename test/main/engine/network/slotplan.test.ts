import { CID } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import type { MerkleRoot } from '../../../../src/main/engine/contracts/ids.ts';
import type { StorageAsk, StorageRequest } from '../../../../src/main/engine/contracts/requests.ts';
import { leafIndexAt, positionOfLeaf } from '../../../../src/main/engine/contracts/slotplaces.ts';
import {
  codecs,
  fieldElementOf,
  manifestCid,
  rootCid,
  treeCid,
} from '../../../../src/main/engine/network/cids.ts';
import {
  decodeManifest,
  encodeManifest,
  STEPPED,
  type Manifest,
  type Protection,
  type Verification,
} from '../../../../src/main/engine/network/manifest.ts';
import { slotPlan, slotSizeOf } from '../../../../src/main/engine/network/slotplan.ts';
import { elementBytes, FIELD_ORDER, integerFrom } from '../../../../src/main/engine/proofs/field.ts';
import { aDataset, aProvenDataset, range, requestFor } from '../../../support/slotfixtures.ts';
import vectors from '../../../support/vectors/data-plane.json' with { type: 'json' };

const dataset = aDataset({ blocks: 10, slots: 3, tolerance: 1 });
const request = requestFor(dataset);

describe('slotPlan', () => {
  it('names the stretch of the tree that makes a slot', () => {
    const plan = slotPlan(request, dataset.manifest, 2);
    expect(plan).toMatchObject({ leafCount: 15, slotIndex: 2, firstIndex: 10, steps: 5, slotSize: 524_288n });
    expect(plan.treeCid.equals(dataset.treeCid)).toBe(true);
  });

  it('names every third leaf, where three slots are stepped, so that all of them make the tree', async () => {
    const stepped = await aProvenDataset({ blocks: 10, slots: 3, tolerance: 1, strategy: STEPPED });
    const plans = [0, 1, 2].map((slotIndex) => slotPlan(requestFor(stepped), stepped.manifest, slotIndex));
    expect(plans[1]).toMatchObject({ firstIndex: 1, stride: 3, steps: 5, slotSize: 524_288n });
    const indices = plans.map((plan) => range(0, plan.steps).map((position) => leafIndexAt(plan, position)));
    expect(indices[2]).toEqual([2, 5, 8, 11, 14]);
    expect(indices.flat().sort((a, b) => a - b)).toEqual(range(0, 15));
    for (const plan of plans) {
      const found = range(-2, 20).map((index) => positionOfLeaf(plan, index));
      expect(found.filter((position) => position !== undefined)).toEqual(range(0, 5));
      expect(positionOfLeaf(plan, leafIndexAt(plan, 3))).toBe(3);
    }
  });

  it("plans the vectors' slots", () => {
    for (const [i, steps] of [5, 342].entries()) {
      const { real, bytes, vector } = vectorRequest(i);
      const plan = slotPlan(real, bytes, 1);
      expect(plan).toMatchObject({
        steps,
        firstIndex: steps,
        stride: 1,
        leafCount: vector.blocks,
        slotSize: BigInt(vector.slotBytes),
      });
      const root = CID.parse(vector.slotRoots[1] as string);
      expect(plan.slotRoot).toEqual(fieldElementOf(root, codecs.slotRoot));
    }
  });

  it('refuses a manifest without roots where slots have to be proven, and takes one with them', () => {
    const mustBeVerifiable = true;
    expect(() => slotPlan(request, dataset.manifest, 2, { mustBeVerifiable })).toThrow(
      expect.objectContaining({
        code: 'MANIFEST_NOT_VERIFIABLE',
        message: expect.stringContaining('no slot roots'),
      }),
    );
    const { real, bytes } = vectorRequest(0);
    expect(slotPlan(real, bytes, 1, { mustBeVerifiable }).slotRoot).toHaveLength(32);
  });

  it('rounds the size up to a power of two of blocks', () => {
    expect([1, 2, 3, 4, 5, 342].map((steps) => slotSizeOf(steps) / 65_536n)).toEqual([
      1n,
      2n,
      4n,
      4n,
      8n,
      512n,
    ]);
  });

  it('refuses a manifest that is not the one asked for', () => {
    expect(() => slotPlan(request, aDataset().manifest, 0)).toThrow(
      expect.objectContaining({ code: 'MANIFEST_CID_MISMATCH' }),
    );
  });

  it('refuses slots outside the request', () => {
    for (const slotIndex of [-1, 3, 0.5, Number.NaN]) {
      expect(() => slotPlan(request, dataset.manifest, slotIndex)).toThrow(
        expect.objectContaining({ code: 'SLOT_INDEX_OUT_OF_RANGE' }),
      );
    }
  });

  it.each<[string, Partial<StorageAsk>]>([
    ['SLOT_COUNT_MISMATCH', { slots: 4n }],
    ['TOLERANCE_MISMATCH', { maxSlotLoss: 2n }],
    ['SLOT_SIZE_MISMATCH', { slotSize: 1_048_576n }],
  ])('finds %s with the request', (code, ask) => {
    const other = { ...request, ask: { ...request.ask, ...ask } };
    expect(() => slotPlan(other, dataset.manifest, 0)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses a request that names another root', () => {
    const content = { ...request.content, merkleRoot: `0x${'00'.repeat(32)}` as MerkleRoot };
    expect(() => slotPlan({ ...request, content }, dataset.manifest, 0)).toThrow(
      expect.objectContaining({ code: 'MERKLE_ROOT_MISMATCH' }),
    );
  });

  it.each<[string, Partial<Manifest>]>([
    ['BLOCK_SIZE_UNSUPPORTED', { blockSize: 4096 }],
    ['HASH_UNSUPPORTED', { hashCodec: 0x13 }],
    ['HASH_UNSUPPORTED', { codec: codecs.manifest }],
    ['BLOCK_COUNT_MISMATCH', { datasetSize: 14n * 65_536n }],
    ['BLOCK_COUNT_MISMATCH', { datasetSize: 15n * 65_536n - 1n }],
    ['CID_UNSUPPORTED', { treeCid: manifestCid(dataset.manifest) }],
    ['MERKLE_ROOT_MISMATCH', { treeCid: treeCid(new Uint8Array(32)) }],
  ])('finds %s in the manifest', (code, change) => {
    expect(() => planWith(change)).toThrow(expect.objectContaining({ code }));
  });

  it.each<[string, Partial<Protection>]>([
    ['SLOT_COUNT_MISMATCH', { k: 3 }],
    ['SLOT_COUNT_MISMATCH', { k: 0, m: 3 }],
    ['TOLERANCE_MISMATCH', { k: 1, m: 2 }],
    ['BLOCK_COUNT_MISMATCH', { originalDatasetSize: 11n * 65_536n }],
    ['BLOCK_COUNT_MISMATCH', { originalDatasetSize: 0n }],
    ['BLOCK_COUNT_MISMATCH', { originalDatasetSize: 2n ** 63n }],
  ])('finds %s in its erasure info', (code, change) => {
    const { protection } = decodeManifest(dataset.manifest);
    expect(() => planWith({ protection: { ...(protection as Protection), ...change } })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('refuses a manifest without erasure info', () => {
    const { protection: _, ...plain } = decodeManifest(dataset.manifest);
    const bytes = encodeManifest(plain);
    expect(() => slotPlan(named(bytes), bytes, 0)).toThrow(
      expect.objectContaining({ code: 'MANIFEST_NOT_PROTECTED' }),
    );
  });

  describe('where a manifest speaks of proofs', () => {
    const { real, bytes } = vectorRequest(0);
    const manifest = decodeManifest(bytes);
    const protection = manifest.protection as Protection;
    const verification = protection.verification as Verification;
    const { slotRoots } = verification;
    const altered = (change: Partial<Verification>) => {
      const changed = { ...verification, ...change };
      const text = encodeManifest({ ...manifest, protection: { ...protection, verification: changed } });
      const merkleRoot =
        `0x${Buffer.from(changed.verifyRoot.multihash.digest).toString('hex')}` as MerkleRoot;
      const asked = { ...real, content: { cid: manifestCid(text).bytes, merkleRoot } };
      return () => slotPlan(asked, text, 0);
    };

    it.each<[string, Partial<Verification>]>([
      ['CELL_SIZE_UNSUPPORTED', { cellSize: 1024 }],
      ['STRATEGY_UNSUPPORTED', { strategy: STEPPED + 1 }],
      ['SLOT_COUNT_MISMATCH', { slotRoots: slotRoots.slice(1) }],
      ['VERIFY_ROOT_MISMATCH', { slotRoots: slotRoots.toReversed() }],
      [
        'VERIFY_ROOT_MISMATCH',
        { slotRoots: slotRoots.with(0, elementCid(codecs.slotRoot, FIELD_ORDER - 1n)) },
      ],
      ['VERIFY_ROOT_MISMATCH', { verifyRoot: elementCid(codecs.verifyRoot, 1n) }],
      ['CID_UNSUPPORTED', { slotRoots: slotRoots.with(2, elementCid(codecs.verifyRoot, 1n)) }],
      ['CID_UNSUPPORTED', { slotRoots: slotRoots.with(2, manifest.treeCid) }],
    ])('finds %s', (code, change) => {
      expect(altered({})).not.toThrow();
      expect(altered(change)).toThrow(expect.objectContaining({ code }));
    });

    it('takes a root for itself only, not for the same number written larger', () => {
      const [first, ...others] = slotRoots.map((cid) => integerFrom(fieldElementOf(cid, codecs.slotRoot)));
      const larger = [(first as bigint) + FIELD_ORDER, ...others].map((root) =>
        elementCid(codecs.slotRoot, root),
      );
      expect(altered({ slotRoots: larger })).toThrow(
        expect.objectContaining({ code: 'VERIFY_ROOT_MISMATCH' }),
      );
    });

    it('refuses more slots than can be proven', () => {
      const many = { k: 256, m: 1, originalDatasetSize: 256n * 65_536n };
      const roots = Array.from({ length: 257 }, (_, i) => BigInt(i));
      const text = encodeManifest({
        ...manifest,
        datasetSize: 257n * 65_536n,
        protection: {
          ...protection,
          ...many,
          verification: {
            ...verification,
            slotRoots: roots.map((root) => elementCid(codecs.slotRoot, root)),
          },
        },
      });
      const ask = { ...real.ask, slots: 257n, maxSlotLoss: 1n, slotSize: 65_536n };
      const asked = { ...real, ask, content: { ...real.content, cid: manifestCid(text).bytes } };
      expect(() => slotPlan(asked, text, 0)).toThrow(
        expect.objectContaining({ code: 'SLOT_COUNT_UNSUPPORTED' }),
      );
    });
  });
});

const elementCid = (codec: number, element: bigint) => rootCid(codec, elementBytes(element));

const named = (bytes: Uint8Array): StorageRequest => ({
  ...request,
  content: { ...request.content, cid: manifestCid(bytes).bytes },
});

function planWith(change: Partial<Manifest>) {
  const bytes = encodeManifest({ ...decodeManifest(dataset.manifest), ...change });
  return slotPlan(named(bytes), bytes, 0);
}

function vectorRequest(i: number) {
  const vector = vectors.cases[i] as (typeof vectors.cases)[number];
  const bytes = Buffer.from(vector.manifestHex, 'hex');
  const real: StorageRequest = {
    ...request,
    ask: { ...request.ask, slotSize: BigInt(vector.slotBytes) },
    content: { cid: manifestCid(bytes).bytes, merkleRoot: `0x${vector.verifyRootLEHex}` as MerkleRoot },
  };
  return { vector, bytes, real };
}
