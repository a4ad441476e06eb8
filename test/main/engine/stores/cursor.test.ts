import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../../../src/main/engine/contracts/deployment.ts';
import { address } from '../../../../src/main/engine/contracts/ids.ts';
import type { PositionChange } from '../../../../src/main/engine/market/chain-memory.ts';
import type { ToldBlock } from '../../../../src/main/engine/market/log-changes.ts';
import type { CursorStore } from '../../../../src/main/engine/market/log-tail.ts';
import { cursorStore } from '../../../../src/main/engine/stores/cursor.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import { recordingLogger } from '../../../support/recordinglogger.ts';
import { word } from '../../../support/requests.ts';

const deployment = (byte: string): Deployment => ({
  name: 'test',
  chainId: 1,
  marketplace: address(`0x${byte.repeat(20)}`),
  abi: [],
  deployedAtBlock: 0,
});

const block = (number: number): ToldBlock => ({
  number,
  hash: word(number),
  logs: [0, 3].map((logIndex) => ({
    blockNumber: number,
    blockHash: word(number),
    transactionHash: word(1000 + number),
    logIndex,
    topics: [word(7), word(8)],
    data: '0x0102',
  })),
});

const position = {
  floor: 30,
  points: [20, 40, 42].map((number) => ({ number, hash: word(number), timestamp: 1_700_000_000 + number })),
};

const change = (changes: Partial<PositionChange> = {}): PositionChange => ({
  position,
  told: [],
  forgotten: [],
  ...changes,
});

describe('cursorStore', () => {
  const open = (database: MemoryDatabase, byte = 'aa') => {
    const { logger, lines } = recordingLogger();
    const store: CursorStore = cursorStore({ database, logger }, deployment(byte));
    return { store, lines };
  };

  it('keeps where it is and what was told of the youngest blocks', async () => {
    const database = new MemoryDatabase();
    await open(database).store.save(change({ told: [block(40), block(41)] }));
    await open(database).store.save(change({ told: [block(42)], forgotten: [40] }));
    expect(await open(database).store.load()).toEqual({
      kind: 'position',
      position,
      told: [block(41), block(42)],
    });
  });

  it('keeps one position per contract', async () => {
    const database = new MemoryDatabase();
    await open(database).store.save(change({ told: [block(41)] }));
    expect(await open(database, 'bb').store.load()).toBeUndefined();
    await open(database, 'bb').store.save(change());
    expect(await open(database, 'bb').store.load()).toEqual({ kind: 'position', position, told: [] });
  });

  it('reads the block that earlier versions stored', async () => {
    const database = new MemoryDatabase();
    database.records.set(keyOf('aa'), '123456');
    expect(await open(database).store.load()).toEqual({ kind: 'block', block: 123_456 });
  });

  it('tells a damaged position from none, and says so', async () => {
    const damaged = [
      '-1x',
      '',
      '{}',
      '{"floor":1,"points":[]}',
      '{"floor":99,"points":[{"number":1,"hash":"0x12"}]}',
    ];
    const unordered = JSON.stringify({ floor: 1, points: [...position.points].reverse() });
    const beyond = JSON.stringify({ ...position, floor: 43 });
    for (const text of [...damaged, unordered, beyond]) {
      const database = new MemoryDatabase();
      database.records.set(keyOf('aa'), text);
      const { store, lines } = open(database);
      expect(await store.load()).toEqual({ kind: 'damaged' });
      expect(lines.map(({ level }) => level)).toEqual(['error']);
    }
  });

  it('puts a damaged block aside and keeps the others', async () => {
    const database = new MemoryDatabase();
    await open(database).store.save(change({ told: [block(41), block(42)] }));
    const key = [...database.records.keys()].find((name) => name.endsWith('41'));
    database.records.set(key ?? '', '{"number":41');
    expect(await open(database).store.load()).toMatchObject({ told: [block(42)] });
    expect([...database.records.keys()].some((name) => name.startsWith('/quarantine/meta/market/told'))).toBe(
      true,
    );
  });
});

const keyOf = (byte: string) => `/meta/market/cursor/1/0x${byte.repeat(20)}`;
