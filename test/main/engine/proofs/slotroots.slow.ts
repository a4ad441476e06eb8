import { afterAll, expect, it } from 'vitest';
import { abortScope } from '../../../../src/main/engine/lib/abort.ts';
import { silentLogger as logger } from '../../../../src/main/engine/logger.ts';
import { codecs, fieldElementOf } from '../../../../src/main/engine/network/cids.ts';
import { decodeManifest } from '../../../../src/main/engine/network/manifest.ts';
import { integerFrom } from '../../../../src/main/engine/proofs/field.ts';
import { ProofTree } from '../../../../src/main/engine/proofs/prooftree.ts';
import { SlotTree } from '../../../../src/main/engine/proofs/slottree.ts';
import { WorkerDigester } from '../../../../src/main/engine/proofs/workerdigester.ts';
import { caseBlocks, proofCases, type ProofCase } from '../../../support/proofcases.ts';
import { range, vectorBlock } from '../../../support/slotfixtures.ts';
import vectors from '../../../support/vectors/data-plane.json' with { type: 'json' };

const { signal } = abortScope();
const digester = new WorkerDigester({ logger });
afterAll(() => digester.stop());

it('gives the roots of three slots of 342 blocks, each with 170 blocks of padding', async () => {
  const { manifestHex } = vectors.cases[1] as { manifestHex: string };
  const verification = decodeManifest(Buffer.from(manifestHex, 'hex')).protection?.verification;
  for (const [slot, cid] of (verification?.slotRoots ?? []).entries()) {
    const root = await rootOf(range(slot * 342, (slot + 1) * 342).map(vectorBlock));
    expect(Buffer.from(root)).toEqual(Buffer.from(fieldElementOf(cid, codecs.slotRoot)));
  }
  expect(verification?.slotRoots).toHaveLength(3);
});

it('gives the root of a dataset of 256 slots, of which no request may have more', async () => {
  const vector = proofCases.find(({ data }) => data.nSlots === 256) as ProofCase;
  const roots = await Promise.all(range(0, 256).map((slot) => rootOf(caseBlocks(vector, slot))));
  expect(String(ProofTree.over(roots.map(integerFrom)).root)).toBe(vector.dataSetRoot);
});

async function rootOf(blocks: readonly Uint8Array[]): Promise<Uint8Array> {
  const digests = await Promise.all(blocks.map((block) => digester.digest(block, { signal })));
  return (await SlotTree.over(Buffer.concat(digests), digester, { signal })).root;
}
