import type { LeafProof } from './blocknetwork.ts';
import { SHA2_256, sha256 } from './cids.ts';
import { NetworkError } from './errors.ts';
import { malformed, ProtoReader, ProtoWriter } from './protobuf.ts';

/**
 * The tree over a dataset's block digests, or over a stretch of it. Leaves are neither sorted nor padded; each node is
 * the sha256 of its two children and a key that says where it stands, so that no inner node can pass for a leaf.
 * A stretch rebuilds every proof of its leaves from their digests and the proof paths of its first and last leaf.
 * Source: data-plane.md §3.1.
 */
export class DatasetTree {
  readonly #layers: Layer[];
  readonly #firstIndex: number;
  readonly leafCount: number;

  /** @throws NetworkError EMPTY_TREE; INDEX_OUT_OF_RANGE when the stretch leaves the tree or lacks a border path */
  constructor(
    digests: readonly Uint8Array[],
    stretch: Stretch = { firstIndex: 0, leafCount: digests.length },
  ) {
    const { firstIndex, leafCount } = stretch;
    if (digests.length === 0) throw new NetworkError('EMPTY_TREE', {});
    if (firstIndex + digests.length > leafCount) throw outOfRange(firstIndex + digests.length - 1, leafCount);
    this.#firstIndex = firstIndex;
    this.leafCount = leafCount;
    this.#layers = buildLayers(digests, stretch);
  }

  get root(): Uint8Array {
    return this.#layers.at(-1)?.nodes[0] as Uint8Array;
  }

  /** @throws NetworkError INDEX_OUT_OF_RANGE */
  proof(index: number): LeafProof {
    const position = index - this.#firstIndex;
    const bottom = this.#layers[0] as Layer;
    if (position < 0 || index >= bottom.start + bottom.nodes.length) throw outOfRange(index, this.leafCount);
    const path = this.#layers.slice(0, -1).map(({ start, nodes }, level) => {
      return nodes[((index >> level) ^ 1) - start] ?? NO_NODE;
    });
    return { index, leafCount: this.leafCount, path };
  }
}

export interface Stretch {
  readonly firstIndex: number;
  /** Leaves of the whole tree. */
  readonly leafCount: number;
  /** Proof paths of the stretch's first and last leaf; not needed for the whole tree. */
  readonly border?: { readonly first: readonly Uint8Array[]; readonly last: readonly Uint8Array[] };
}

/** Layers between a leaf and the root; a tree of one leaf has one. */
export function depthOf(leafCount: number): number {
  return Math.max(1, Math.ceil(Math.log2(leafCount)));
}

/**
 * Whether `proof` shows that the tree with this root has `digest` at `index`. Index, leaf count and path length are
 * demanded as we know them: otherwise they would be in the sender's hands.
 */
export function verifyLeaf(
  digest: Uint8Array,
  proof: LeafProof,
  expected: { root: Uint8Array; index: number; leafCount: number },
): boolean {
  const { root, index, leafCount } = expected;
  if (index < 0 || index >= leafCount) return false;
  if (proof.index !== index || proof.leafCount !== leafCount || proof.path.length !== depthOf(leafCount))
    return false;
  let node = digest;
  let position = index;
  let width = leafCount;
  for (const [level, sibling] of proof.path.entries()) {
    if (position % 2 === 1) node = compress(sibling, node, level === 0, false);
    // The contents of a missing sibling are fixed; a sender must not be free to choose them.
    else if (position === width - 1 && Buffer.compare(sibling, NO_NODE) !== 0) return false;
    else node = compress(node, sibling, level === 0, position === width - 1);
    position >>= 1;
    width = (width + 1) >> 1;
  }
  return Buffer.compare(node, root) === 0;
}

export function encodeProof({ index, leafCount, path }: LeafProof): Uint8Array {
  const writer = new ProtoWriter().varint(1, SHA2_256).varint(2, index).varint(3, leafCount);
  for (const node of path) writer.message(4, new ProtoWriter().bytes(1, node));
  return writer.finish();
}

/** @throws NetworkError MALFORMED_MESSAGE */
export function decodeProof(bytes: Uint8Array): LeafProof {
  const reader = new ProtoReader(bytes);
  if (reader.integer(1) !== SHA2_256) throw malformed('a leaf proof of another hash');
  const path = reader.messages(4).map((node) => node.bytes(1));
  if (path.length > MAX_DEPTH || path.some((node) => node.length !== 32)) throw malformed('not a proof path');
  return { index: reader.integer(2), leafCount: reader.integer(3), path };
}

interface Layer {
  /** The position of its first known node. */
  readonly start: number;
  readonly nodes: readonly Uint8Array[];
}

/** Stands where the last node of an odd layer has no sibling. */
const NO_NODE = new Uint8Array(32);
const MAX_DEPTH = 64;

function buildLayers(digests: readonly Uint8Array[], { firstIndex, leafCount, border }: Stretch): Layer[] {
  const layers: Layer[] = [];
  let layer: Layer = { start: firstIndex, nodes: digests };
  let width = leafCount;
  for (let level = 0; level < depthOf(leafCount); level++) {
    layer = withNeighbours(layer, width, border?.first[level], border?.last[level]);
    layers.push(layer);
    layer = parents(layer, width, level === 0);
    width = (width + 1) >> 1;
  }
  return [...layers, layer];
}

/** The layer with the siblings of its outer nodes, so that all of them have a parent. */
function withNeighbours(
  { start, nodes }: Layer,
  width: number,
  left?: Uint8Array,
  right?: Uint8Array,
): Layer {
  const end = start + nodes.length;
  const needsLeft = start % 2 === 1;
  const needsRight = end % 2 === 1 && end < width;
  if ((needsLeft && !left) || (needsRight && !right)) throw outOfRange(needsLeft ? start : end, width);
  return {
    start: needsLeft ? start - 1 : start,
    nodes: [...(needsLeft && left ? [left] : []), ...nodes, ...(needsRight && right ? [right] : [])],
  };
}

function parents({ start, nodes }: Layer, width: number, isBottom: boolean): Layer {
  const above: Uint8Array[] = [];
  for (let i = 0; i < nodes.length; i += 2) {
    const isOdd = start + i === width - 1;
    above.push(compress(nodes[i] as Uint8Array, nodes[i + 1] ?? NO_NODE, isBottom, isOdd));
  }
  return { start: start >> 1, nodes: above };
}

function compress(left: Uint8Array, right: Uint8Array, isBottom: boolean, isOdd: boolean): Uint8Array {
  const input = new Uint8Array(65);
  input.set(left, 0);
  input.set(right, 32);
  input[64] = (isBottom ? 1 : 0) + (isOdd ? 2 : 0);
  return sha256(input);
}

function outOfRange(index: number, leafCount: number): NetworkError {
  return new NetworkError('INDEX_OUT_OF_RANGE', { index, leafCount });
}
