import { randomBytes } from 'node:crypto';
import { address, hex32, slotIdOf, type Nonce, type RequestId } from '../../src/main/engine/contracts/ids.ts';
import type { StorageRequest } from '../../src/main/engine/contracts/requests.ts';
import { BLOCK_SIZE } from '../../src/main/engine/network/blocknetwork.ts';
import { makeDataset, type Dataset } from '../../src/main/engine/network/dataset.ts';
import { LINEAR } from '../../src/main/engine/network/manifest.ts';
import { withProofs } from '../../src/main/engine/network/provendataset.ts';
import { InlineDigester } from '../../src/main/engine/proofs/inlinedigester.ts';
import type { HostedSlot } from '../../src/main/engine/slots/slothost.ts';

/** A dataset of random bytes that fills `blocks` blocks but for the last byte. */
export function aDataset({ blocks = 10, slots = 3, tolerance = 1 } = {}): Dataset {
  return makeDataset({ data: randomBytes(blocks * BLOCK_SIZE - 1), slots, tolerance });
}

/** The same with what proofs refer to in its manifest. */
export async function aProvenDataset({
  strategy = LINEAR,
  ...size
}: Parameters<typeof aDataset>[0] & { strategy?: number } = {}): Promise<Dataset> {
  const { signal } = new AbortController();
  return await withProofs(aDataset(size), { digester: new InlineDigester() }, { signal, strategy });
}

/** What a client would post for the dataset. */
export function requestFor(
  dataset: Dataset,
  { slots = 3, tolerance = 1 }: { slots?: number; tolerance?: number } = {},
): StorageRequest {
  return {
    client: address(`0x${'11'.repeat(20)}`),
    ask: {
      proofProbability: 2n,
      pricePerBytePerSecond: 3n,
      collateralPerByte: 1n,
      slots: BigInt(slots),
      slotSize: dataset.slotSize,
      duration: 3600n,
      maxSlotLoss: BigInt(tolerance),
    },
    content: { cid: dataset.manifestCid.bytes, merkleRoot: dataset.merkleRoot },
    expiry: 600n,
    nonce: hex32<Nonce>(`0x${'22'.repeat(32)}`),
  };
}

export function aSlot(dataset: Dataset, slotIndex = 1): HostedSlot {
  const requestId = hex32<RequestId>(`0x${randomBytes(32).toString('hex')}`);
  return { slotId: slotIdOf(requestId, slotIndex), request: requestFor(dataset), slotIndex };
}

/** The bytes that the vectors' generator makes of a block number. */
export function vectorBlock(index: number): Uint8Array {
  let state = (Math.imul(index, 2_654_435_761) + 12_345) >>> 0;
  const block = new Uint8Array(BLOCK_SIZE);
  for (let i = 0; i < BLOCK_SIZE; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    block[i] = state >>> 24;
  }
  return block;
}

export const range = (start: number, end: number): number[] =>
  Array.from({ length: end - start }, (_, i) => start + i);

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
