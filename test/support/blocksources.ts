import type { BlockSource } from '../../src/main/engine/network/blocknetwork.ts';

/** A peer that has some of the leaves. */
export function only(source: BlockSource, indices: readonly number[]): BlockSource {
  return {
    block: (cid) => source.block(cid),
    leaf: async (treeCid, index) => (indices.includes(index) ? source.leaf(treeCid, index) : undefined),
  };
}

/** A peer that sends other bytes with a true proof. */
export function lying(source: BlockSource): BlockSource {
  return altered(source, (leaf) => ({ ...leaf, data: Buffer.alloc(65_536, 7) }));
}

/** A peer that sends the next leaf's bytes and proof. */
export function shifted(source: BlockSource): BlockSource {
  return { block: (cid) => source.block(cid), leaf: (treeCid, index) => source.leaf(treeCid, index + 1) };
}

/** A peer that sends true bytes with a proof that is one bit off. */
export function forging(source: BlockSource): BlockSource {
  return altered(source, (leaf) => {
    const [first = new Uint8Array(32), ...rest] = leaf.proof.path;
    const bent = Uint8Array.from(first);
    bent[31] = (bent[31] ?? 0) ^ 1;
    return { ...leaf, proof: { ...leaf.proof, path: [bent, ...rest] } };
  });
}

type Held = NonNullable<Awaited<ReturnType<BlockSource['leaf']>>>;

function altered(source: BlockSource, alter: (leaf: Held) => Held): BlockSource {
  return {
    block: (cid) => source.block(cid),
    leaf: async (treeCid, index) => {
      const leaf = await source.leaf(treeCid, index);
      return leaf && alter(leaf);
    },
  };
}
