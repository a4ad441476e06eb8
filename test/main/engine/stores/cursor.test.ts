import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../../../src/main/engine/contracts/deployment.ts';
import { address } from '../../../../src/main/engine/contracts/ids.ts';
import { cursorStore } from '../../../../src/main/engine/stores/cursor.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';

const deployment = (byte: string): Deployment => ({
  name: 'test',
  chainId: 1,
  marketplace: address(`0x${byte.repeat(20)}`),
  abi: [],
  deployedAtBlock: 0,
});

describe('cursorStore', () => {
  it('keeps one cursor per contract', async () => {
    const database = new MemoryDatabase();
    await cursorStore(database, deployment('aa')).save(42);
    expect(await cursorStore(database, deployment('aa')).load()).toBe(42);
    expect(await cursorStore(database, deployment('bb')).load()).toBeUndefined();
  });

  it('counts what it cannot read as no cursor', async () => {
    const database = new MemoryDatabase();
    const cursor = cursorStore(database, deployment('aa'));
    await cursor.save(42);
    for (const key of database.records.keys()) database.records.set(key, '-1x');
    expect(await cursor.load()).toBeUndefined();
  });
});
