import { describe, expect, it } from 'vitest';
import { abortScope } from '../../../../src/main/engine/lib/abort.ts';
import { silentLogger as logger } from '../../../../src/main/engine/logger.ts';
import { BLOCK_BYTES, ZERO_BLOCK_DIGEST } from '../../../../src/main/engine/proofs/cells.ts';
import workerText from '../../../../src/main/engine/proofs/digestworker.cjs?raw';
import { elementFrom } from '../../../../src/main/engine/proofs/field.ts';
import { InlineDigester } from '../../../../src/main/engine/proofs/inlinedigester.ts';
import { WorkerDigester } from '../../../../src/main/engine/proofs/workerdigester.ts';
import { blockDigesterSuite } from '../../../support/blockdigestersuite.ts';
import { range } from '../../../support/slotfixtures.ts';

const { signal } = abortScope();
const zeros = new Uint8Array(BLOCK_BYTES);

describe('InlineDigester', () => {
  blockDigesterSuite(() => new InlineDigester());
});

describe('WorkerDigester', () => {
  blockDigesterSuite(() => new WorkerDigester({ logger }, { workers: 2 }));

  it('replaces a worker that dies, and does its work again', async () => {
    await using digester = owned(new WorkerDigester({ logger }, { workers: 2, workerText: dyingAt(3) }));
    const digests = await Promise.all(range(0, 12).map(() => digester.it.digest(zeros, { signal })));
    expect(digests.map(elementFrom)).toEqual(range(0, 12).map(() => ZERO_BLOCK_DIGEST));
  });

  it('takes to its worker a block that is part of something large, and not all of that', async () => {
    await using digester = owned(new WorkerDigester({ logger }, { workers: 1, workerText: tellingSize }));
    const part = new Uint8Array(64 * BLOCK_BYTES).subarray(BLOCK_BYTES, 2 * BLOCK_BYTES);
    const answer = await digester.it.digest(part, { signal });
    expect(Buffer.from(answer).readUInt32LE()).toBe(BLOCK_BYTES);
    expect(part.byteLength).toBe(BLOCK_BYTES);
  });

  it.each([
    ['throws', "throw new Error('no memory');"],
    ['ends', 'process.exit(7);'],
    ['is no program', 'const = 1;'],
  ])('gives up work when every worker %s', async (_, text) => {
    await using digester = owned(new WorkerDigester({ logger }, { workers: 2, workerText: text }));
    for (const result of await Promise.allSettled(
      range(0, 5).map(() => digester.it.digest(zeros, { signal })),
    )) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'DIGESTER_FAILED', details: { failures: 3 }, cause: expect.any(Error) },
      });
    }
  });

  it('starts no worker before there is work, and no more than it may', async () => {
    const digester = new WorkerDigester({ logger }, { workers: 3 });
    expect(digester.capacity).toBe(6);
    await digester.stop();
  });
});

/** The true program, which dies when it gets its nth message. */
const dyingAt = (n: number): string => `
  let messages = 0;
  require('node:worker_threads').parentPort.on('message', () => {
    if (++messages === ${n}) throw new Error('struck by lightning');
  });
  ${workerText.replace("'use strict';", '').replaceAll('parentPort', 'port').replace('{ port,', '{ parentPort: port,')}`;

/** Answers with how many bytes came along with a block. */
const tellingSize = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ id, block }) => {
    const bytes = Buffer.alloc(32);
    bytes.writeUInt32LE(block.buffer.byteLength);
    parentPort.postMessage({ id, bytes });
  });`;

const owned = (digester: WorkerDigester) => ({
  it: digester,
  [Symbol.asyncDispose]: () => digester.stop(),
});
