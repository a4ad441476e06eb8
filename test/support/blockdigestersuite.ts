import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { abortScope } from '../../src/main/engine/lib/abort.ts';
import type { BlockDigester } from '../../src/main/engine/proofs/blockdigester.ts';
import { BLOCK_BYTES, ZERO_BLOCK_DIGEST } from '../../src/main/engine/proofs/cells.ts';
import { elementBytes, elementFrom } from '../../src/main/engine/proofs/field.ts';
import { Poseidon2Wasm } from '../../src/main/engine/proofs/poseidon2wasm.ts';
import { countingSignal, watchLeaks } from './noleaks.ts';
import { range } from './slotfixtures.ts';
import vectors from './vectors/proofs.json' with { type: 'json' };

/** What holds for everything that hashes blocks. */
export function blockDigesterSuite(open: () => BlockDigester): void {
  const opened: BlockDigester[] = [];
  const digesterOf = () => {
    const digester = open();
    opened.push(digester);
    return digester;
  };
  const { signal } = abortScope();
  const zeros = new Uint8Array(BLOCK_BYTES);

  afterEach(async () => {
    for (const digester of opened.splice(0)) await digester.stop();
  });

  it('gives the digests that the network has for blocks', async () => {
    const digester = digesterOf();
    const pattern = Uint8Array.from(range(0, BLOCK_BYTES), (i) => i % 251);
    expect(elementFrom(await digester.digest(zeros, { signal }))).toBe(ZERO_BLOCK_DIGEST);
    expect(String(elementFrom(await digester.digest(pattern, { signal })))).toBe(vectors.blocks.mod251.root);
  });

  it('gives the nodes of a tree', async () => {
    const digester = digesterOf();
    const { leaves, layers } = vectors.merkle.fiveLeaves;
    const bytes = (elements: readonly string[]) => Buffer.concat(elements.map(BigInt).map(elementBytes));
    const nodes = await digester.nodesAbove(bytes(leaves), { signal });
    expect(Buffer.from(nodes)).toEqual(bytes(layers.slice(1).flat()));
  });

  it('answers many callers at once, each with its own', async () => {
    const digester = digesterOf();
    const hash = new Poseidon2Wasm();
    const blocks = range(0, 4 * digester.capacity + 3).map(() => randomBytes(BLOCK_BYTES));
    const digests = await Promise.all(blocks.map((block) => digester.digest(block, { signal })));
    expect(digests.map(hex)).toEqual(blocks.map((block) => hex(hash.blockDigest(block))));
  });

  it('refuses what is no block, and no leaves', async () => {
    const digester = digesterOf();
    for (const length of [0, BLOCK_BYTES - 1, BLOCK_BYTES + 1]) {
      const digesting = digester.digest(new Uint8Array(length), { signal });
      await expect(digesting).rejects.toMatchObject({ code: 'NOT_A_BLOCK', details: { length } });
    }
    await expect(digester.nodesAbove(new Uint8Array(0), { signal })).rejects.toMatchObject({
      code: 'EMPTY_TREE',
    });
    await expect(digester.nodesAbove(new Uint8Array(33), { signal })).rejects.toMatchObject({
      code: 'NOT_A_DIGEST',
    });
  });

  it('lets go at once of work that is called off, and does the rest', async () => {
    const digester = digesterOf();
    const { controller, listeners } = countingSignal();
    const calledOff = range(0, digester.capacity + 3).map(() =>
      digester.digest(zeros, { signal: controller.signal }),
    );
    const other = digester.digest(zeros, { signal });
    controller.abort();
    for (const result of await Promise.allSettled(calledOff)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    }
    expect(listeners()).toBe(0);
    expect(elementFrom(await other)).toBe(ZERO_BLOCK_DIGEST);
    await expect(digester.digest(zeros, { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('leaves nothing running when it is stopped, and says so to who waits', async () => {
    const noLeaks = watchLeaks();
    const digester = digesterOf();
    await digester.digest(zeros, { signal });
    const waiting = range(0, 3 * digester.capacity).map(() => digester.digest(zeros, { signal }));
    const settled = Promise.allSettled(waiting);
    await digester.stop();
    const last = (await settled).at(-1);
    expect(last).toMatchObject({ status: 'rejected', reason: { code: 'DIGESTER_STOPPED' } });
    await expect(digester.digest(zeros, { signal })).rejects.toMatchObject({ code: 'DIGESTER_STOPPED' });
    await digester.stop();
    await noLeaks();
  });
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
