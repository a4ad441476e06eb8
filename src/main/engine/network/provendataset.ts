import type { CID } from 'multiformats/cid';
import { hex32, type MerkleRoot } from '../contracts/ids.ts';
import { leafIndexAt } from '../contracts/slotplaces.ts';
import { abortScope } from '../lib/abort.ts';
import { Limiter } from '../lib/limiter.ts';
import { digestOfLeaf, type BlockDigester } from '../proofs/blockdigester.ts';
import { CELL_BYTES } from '../proofs/cells.ts';
import { ELEMENT_BYTES, elementBytes, integerFrom } from '../proofs/field.ts';
import { ProofTree } from '../proofs/prooftree.ts';
import { SlotTree } from '../proofs/slottree.ts';
import type { BlockSource } from './blocknetwork.ts';
import { codecs, manifestCid, rootCid } from './cids.ts';
import type { Dataset } from './dataset.ts';
import { NetworkError } from './errors.ts';
import { decodeManifest, encodeManifest, LINEAR, type Verification } from './manifest.ts';
import { placesOf } from './slotplan.ts';

/**
 * The same dataset with a manifest that storage proofs refer to. Hashing all its blocks for it takes 0.2 s of processor
 * time for each MiB. `strategy` says which leaves make a slot.
 * @throws what the digester throws
 */
export async function withProofs(
  dataset: Dataset,
  { digester }: { digester: BlockDigester },
  { signal, strategy = LINEAR }: { signal: AbortSignal; strategy?: number },
): Promise<Dataset> {
  const manifest = decodeManifest(dataset.manifest);
  const { protection } = manifest;
  if (!protection) throw new NetworkError('MANIFEST_NOT_PROTECTED', {});
  const slots = protection.k + protection.m;
  const steps = dataset.leafCount / slots;
  const roots: Uint8Array[] = [];
  using scope = abortScope(signal);
  const few = new Limiter(digester.capacity);
  for (let slot = 0; slot < slots; slot++) {
    const places = placesOf(slot, { steps, slots, strategy });
    const digests = new Uint8Array(steps * ELEMENT_BYTES);
    const put = async (position: number) => {
      const leaf = await dataset.source.leaf(dataset.treeCid, leafIndexAt(places, position));
      const digest = await digestOfLeaf(leaf?.data ?? new Uint8Array(), digester, scope);
      digests.set(digest, position * ELEMENT_BYTES);
    };
    await Promise.all(Array.from({ length: steps }, (_, position) => few.run(() => put(position), scope)));
    roots.push((await SlotTree.over(digests, digester, scope)).root);
  }
  const verifyRoot = elementBytes(ProofTree.over(roots.map(integerFrom)).root);
  const verification: Verification = {
    verifyRoot: rootCid(codecs.verifyRoot, verifyRoot),
    slotRoots: roots.map((root) => rootCid(codecs.slotRoot, root)),
    cellSize: CELL_BYTES,
    strategy,
  };
  const verifiable = encodeManifest({ ...manifest, protection: { ...protection, verification } });
  return {
    ...dataset,
    manifest: verifiable,
    manifestCid: manifestCid(verifiable),
    merkleRoot: hex32<MerkleRoot>(`0x${Buffer.from(verifyRoot).toString('hex')}`),
    source: new VerifiableSource(verifiable, dataset.source),
  };
}

/** The leaves of a dataset under another manifest. */
class VerifiableSource implements BlockSource {
  readonly #manifest: Uint8Array;
  readonly #leaves: BlockSource;

  constructor(manifest: Uint8Array, leaves: BlockSource) {
    this.#manifest = manifest;
    this.#leaves = leaves;
  }

  async block(cid: CID) {
    return cid.equals(manifestCid(this.#manifest)) ? this.#manifest : undefined;
  }

  async leaf(cid: CID, index: number) {
    return await this.#leaves.leaf(cid, index);
  }
}
