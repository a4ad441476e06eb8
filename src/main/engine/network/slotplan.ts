import type { CID } from 'multiformats/cid';
import type { StorageRequest } from '../contracts/requests.ts';
import type { SlotPlaces } from '../contracts/slotplaces.ts';
import { CELL_BYTES } from '../proofs/cells.ts';
import { elementFrom } from '../proofs/field.ts';
import { ProofTree } from '../proofs/prooftree.ts';
import { MAX_SLOTS } from '../proofs/sampling.ts';
import { BLOCK_SIZE } from './blocknetwork.ts';
import { codecs, decodeCid, digestOf, fieldElementOf, manifestCid, SHA2_256 } from './cids.ts';
import { NetworkError, type PlanErrorCode } from './errors.ts';
import { decodeManifest, LINEAR, STEPPED, type Manifest, type Protection } from './manifest.ts';

/** Which blocks of which tree make a slot. */
export interface SlotPlan extends SlotPlaces {
  readonly manifestCid: CID;
  readonly treeCid: CID;
  /** Leaves of the whole dataset's tree. */
  readonly leafCount: number;
  readonly slotIndex: number;
  /** Bytes as sold: `steps` rounded up to a power of two, in blocks. */
  readonly slotSize: bigint;
  /** 32 bytes, what the slot's blocks have to hash to for proofs; undefined without verification info. */
  readonly slotRoot: Uint8Array | undefined;
}

export interface PlanOptions {
  /** Where proofs are checked, a slot without a root could be filled and not be proven. */
  readonly mustBeVerifiable?: boolean;
}

/**
 * The plan for a slot, after everything that manifest and request say of each other was compared, before any block is
 * fetched. A slot of the linear strategy, which is all that clients write by now, is a stretch of the tree; one of the
 * stepped strategy has every so manyeth leaf, as many as there are slots. A manifest without verification info is
 * refused where it must have it; else (practice requests of earlier versions) it is bound to the request by the
 * dataset's tree root instead.
 * @throws NetworkError with a PlanErrorCode. Source: data-plane.md §2.2, §3.4
 */
export function slotPlan(
  request: StorageRequest,
  manifestBytes: Uint8Array,
  slotIndex: number,
  { mustBeVerifiable = false }: PlanOptions = {},
): SlotPlan {
  const { ask, content } = request;
  const cid = manifestCid(manifestBytes);
  check('MANIFEST_CID_MISMATCH', Buffer.compare(cid.bytes, content.cid) === 0, () => ({
    requested: decodeCid(content.cid),
  }));
  const manifest = decodeManifest(manifestBytes);
  const { protection } = manifest;
  if (!protection) throw new NetworkError('MANIFEST_NOT_PROTECTED', {});
  if (mustBeVerifiable && !protection.verification) throw notVerifiable(cid);
  checkFormats(manifest, protection);

  const slots = protection.k + protection.m;
  check('SLOT_COUNT_MISMATCH', BigInt(slots) === ask.slots && protection.k > 0, () => ({
    asked: ask.slots,
    slots,
  }));
  check('TOLERANCE_MISMATCH', BigInt(protection.m) === ask.maxSlotLoss, () => ({
    asked: ask.maxSlotLoss,
    m: protection.m,
  }));
  check(
    'SLOT_INDEX_OUT_OF_RANGE',
    Number.isSafeInteger(slotIndex) && slotIndex >= 0 && slotIndex < slots,
    () => ({ slotIndex }),
  );
  const steps = stepsOf(manifest, protection);
  const slotSize = slotSizeOf(steps);
  check('SLOT_SIZE_MISMATCH', slotSize === ask.slotSize, () => ({ asked: ask.slotSize, slotSize }));
  check('MERKLE_ROOT_MISMATCH', provenRoot(manifest, protection) === content.merkleRoot, () => ({
    asked: content.merkleRoot,
  }));
  const slotRoots = checkedSlotRoots(protection);
  return {
    manifestCid: cid,
    treeCid: manifest.treeCid,
    leafCount: steps * slots,
    slotIndex,
    ...placesOf(slotIndex, { steps, slots, strategy: protection.verification?.strategy ?? LINEAR }),
    slotSize,
    slotRoot: slotRoots?.[slotIndex],
  };
}

/** Which leaves make a slot. Source: data-plane.md §3.4 */
export function placesOf(
  slotIndex: number,
  { steps, slots, strategy }: { steps: number; slots: number; strategy: number },
): SlotPlaces {
  return strategy === STEPPED
    ? { firstIndex: slotIndex, stride: slots, steps }
    : { firstIndex: slotIndex * steps, stride: 1, steps };
}

/** Bytes sold for a slot of so many blocks: the proof's tree needs a power of two (data-plane.md §3.4). */
export function slotSizeOf(steps: number): bigint {
  return BigInt(BLOCK_SIZE) * BigInt(2 ** Math.ceil(Math.log2(steps)));
}

/** 128 TiB in blocks; indices stay within what 32-bit shifts can do. */
const MAX_BLOCKS = 2n ** 31n - 1n;

function checkFormats(manifest: Manifest, { verification }: Protection): void {
  check('BLOCK_SIZE_UNSUPPORTED', manifest.blockSize === BLOCK_SIZE, () => ({
    blockSize: manifest.blockSize,
  }));
  check('HASH_UNSUPPORTED', manifest.hashCodec === SHA2_256 && manifest.codec === codecs.block, () => ({
    hash: manifest.hashCodec,
  }));
  if (!verification) return;
  const { strategy } = verification;
  check('STRATEGY_UNSUPPORTED', strategy === LINEAR || strategy === STEPPED, () => ({ strategy }));
  check('CELL_SIZE_UNSUPPORTED', verification.cellSize === CELL_BYTES, () => ({
    cellSize: verification.cellSize,
  }));
}

/** Blocks per slot. The manifest says it twice, by the original size and by the coded size. */
function stepsOf(manifest: Manifest, { k, m, originalDatasetSize, verification }: Protection): number {
  const slots = BigInt(k + m);
  const steps = ceilDiv(ceilDiv(originalDatasetSize, BigInt(BLOCK_SIZE)), BigInt(k));
  const fits =
    steps > 0n && steps * slots <= MAX_BLOCKS && manifest.datasetSize === steps * slots * BigInt(BLOCK_SIZE);
  check('BLOCK_COUNT_MISMATCH', fits, () => ({
    datasetSize: manifest.datasetSize,
    originalDatasetSize,
    k,
    m,
  }));
  check('SLOT_COUNT_MISMATCH', !verification || BigInt(verification.slotRoots.length) === slots, () => ({
    slots,
  }));
  return Number(steps);
}

/** The root that proofs refer to, as the request writes it. Also sees to it that the tree's CID is one we can check. */
function provenRoot(manifest: Manifest, { verification }: Protection): string {
  const treeRoot = digestOf(manifest.treeCid, codecs.datasetRoot);
  const root = verification ? fieldElementOf(verification.verifyRoot, codecs.verifyRoot) : treeRoot;
  return `0x${Buffer.from(root).toString('hex')}`;
}

/** The roots of all slots, which the tree over them binds to the verify root. */
function checkedSlotRoots({ verification }: Protection): Uint8Array[] | undefined {
  if (!verification) return undefined;
  const { slotRoots, verifyRoot } = verification;
  // Such slots cannot be proven; and the tree takes its time.
  check('SLOT_COUNT_UNSUPPORTED', slotRoots.length <= MAX_SLOTS, () => ({ slots: slotRoots.length }));
  const roots = slotRoots.map((cid) => fieldElementOf(cid, codecs.slotRoot));
  const elements = roots.flatMap((root) => elementFrom(root) ?? []);
  const root = elementFrom(fieldElementOf(verifyRoot, codecs.verifyRoot));
  const fits = elements.length === roots.length && ProofTree.over(elements).root === root;
  check('VERIFY_ROOT_MISMATCH', fits, () => ({ verifyRoot }));
  return roots;
}

function notVerifiable(manifestCid: CID): NetworkError {
  const message =
    'its manifest names no slot roots, so nobody could prove the slot; its client has to post the request for a verifiable dataset';
  return new NetworkError('MANIFEST_NOT_VERIFIABLE', { manifestCid }, { message });
}

function check(code: PlanErrorCode, holds: boolean, details: () => object): void {
  if (!holds) throw new NetworkError(code, details());
}

const ceilDiv = (value: bigint, divisor: bigint): bigint => (value + divisor - 1n) / divisor;
