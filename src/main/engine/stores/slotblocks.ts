import type { FileHandle } from 'node:fs/promises';
import {
  DIGEST_BYTES,
  leavesBytes,
  pathAt,
  pathOffset,
  readAt,
  tryReadAt,
  writeAt,
  type SlotFiles,
} from './slotfiles.ts';
import type { SlotLayout } from './slotstate.ts';

/** A block as it is stored. */
export interface StoredBlock {
  /** `blockSize` bytes, or none for an empty (padding) block, which is left as a hole of zeros. */
  readonly data: Uint8Array;
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** Its path in the dataset's tree, 32 bytes each; of a stretch kept only of the first and the last block. */
  readonly path: readonly Uint8Array[];
  /** 32 bytes, where they are known: its digest for proofs. */
  readonly proofDigest?: Uint8Array | undefined;
}

export interface PlacedBlock extends StoredBlock {
  /** Its place in the slot. */
  readonly position: number;
}

/** A block's place in the pack, zeros for an empty one, and the digest noted for it. */
export interface ReadBlock {
  readonly data: Uint8Array;
  readonly digest: Uint8Array;
}

/** Whether a block is what was stored: what makes a digest is not known here. */
export type IsWhole = (block: ReadBlock) => boolean;

/** Of a stretch: all digests, and the paths of the first and last block. That is enough to prove every leaf. */
export interface TreeNodes {
  readonly digests: Uint8Array[];
  readonly border: { readonly first: Uint8Array[]; readonly last: Uint8Array[] };
}

/** Not durable yet. */
export async function putBlock(
  { 'data.pack': pack, leaves, cells }: SlotFiles,
  layout: SlotLayout,
  { position, data, digest, path, proofDigest }: PlacedBlock,
): Promise<void> {
  const { blockSize } = layout;
  if (data.length > 0) await writeAt(pack, data, position * blockSize);
  else await leaveHole(pack, position * blockSize, blockSize);
  await writeAt(leaves, digest, position * DIGEST_BYTES);
  if (proofDigest) await writeAt(cells, proofDigest, position * DIGEST_BYTES);
  for (const place of placesOfPath(layout, position))
    await writeAt(leaves, Buffer.concat(path), pathOffset(layout, place));
}

/** Undefined when the block is harmed or cannot be read any more. */
export async function readWhole(
  { 'data.pack': pack, leaves }: SlotFiles,
  { blockSize }: SlotLayout,
  position: number,
  isWhole: IsWhole,
): Promise<ReadBlock | undefined> {
  const data = await tryReadAt(pack, blockSize, position * blockSize);
  const digest = await tryReadAt(leaves, DIGEST_BYTES, position * DIGEST_BYTES);
  return data && digest && isWhole({ data, digest }) ? { data, digest } : undefined;
}

export async function readTree({ leaves }: SlotFiles, layout: SlotLayout): Promise<TreeNodes> {
  const { steps, treeDepth } = layout;
  const bytes = await readAt(leaves, leavesBytes(layout), 0);
  const nodes = nodesIn(bytes);
  const border = { first: nodes.slice(steps, steps + treeDepth), last: nodes.slice(steps + treeDepth) };
  return { digests: nodes.slice(0, steps), border };
}

/** A block's digest and its own path, where each block's is kept. */
export async function readPath(
  { leaves }: SlotFiles,
  layout: SlotLayout,
  position: number,
): Promise<{ digest: Uint8Array; path: Uint8Array[] }> {
  const { treeDepth } = layout;
  const digest = await readAt(leaves, DIGEST_BYTES, position * DIGEST_BYTES);
  const bytes = await readAt(leaves, treeDepth * DIGEST_BYTES, pathOffset(layout, position));
  return { digest, path: nodesIn(bytes) };
}

/** Of a slot of one block the only one is both ends. */
function placesOfPath(layout: SlotLayout, position: number): number[] {
  if (layout.stride !== 1) return [position];
  return [0, 1].filter((place) => pathAt(layout, place) === position);
}

const nodesIn = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: bytes.length / DIGEST_BYTES }, (_, i) =>
    bytes.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES),
  );

/** Zeros are written only over what is none, so that a hole stays one. */
async function leaveHole(pack: FileHandle, position: number, length: number): Promise<void> {
  const zeros = new Uint8Array(length);
  const before = await tryReadAt(pack, length, position);
  if (!before || Buffer.compare(before, zeros) !== 0) await writeAt(pack, zeros, position);
}
