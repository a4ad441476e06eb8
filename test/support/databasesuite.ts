import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Database, Operation } from '../../src/main/engine/stores/database.ts';

/** What every database keeps. `open` makes an empty one. */
export function databaseSuite(name: string, open: () => Promise<Database>): void {
  describe(name, () => {
    const opened: Database[] = [];
    const anEmptyOne = async () => {
      const database = await open();
      opened.push(database);
      return database;
    };

    afterEach(async () => {
      for (const database of opened.splice(0)) await database.close();
    });

    it('gives back what was put, and nothing for what was not or was deleted', async () => {
      const database = await anEmptyOne();
      await database.batch([put('/a', '1'), put('/b', 'ä\n')]);
      await database.batch([{ type: 'del', key: '/a' }]);
      expect([await database.get('/a'), await database.get('/b'), await database.get('/c')]).toEqual([
        undefined,
        'ä\n',
        undefined,
      ]);
    });

    it('lists what is below a path, by whole segments, in the order of keys', async () => {
      const database = await anEmptyOne();
      await database.batch(
        ['/a', '/a/c/d', '/a/b', '/ab', '/a0', '/a-', '/b/a', '/a/c'].map((key) => put(key, key)),
      );
      expect(await database.list('/a')).toEqual(['/a/b', '/a/c', '/a/c/d'].map((key) => [key, key]));
      expect(await database.list('/none')).toEqual([]);
    });

    it('lets the last operation on a key win', async () => {
      const database = await anEmptyOne();
      await database.batch([
        put('/a', '1'),
        { type: 'del', key: '/a' },
        put('/a', '2'),
        put('/b', '1'),
        { type: 'del', key: '/b' },
      ]);
      expect([await database.get('/a'), await database.get('/b')]).toEqual(['2', undefined]);
    });

    it('holds what a map would hold, whatever was written', async () => {
      const database = await anEmptyOne();
      const keys = fc.constantFrom('/p/a', '/p/b', '/p/b/c', '/p/ä');
      const operation: fc.Arbitrary<Operation> = fc.oneof(
        fc.record({ type: fc.constant('put' as const), key: keys, value: fc.string() }),
        fc.record({ type: fc.constant('del' as const), key: keys }),
      );
      const model = new Map<string, string>();
      await fc.assert(
        fc.asyncProperty(fc.array(operation), async (operations) => {
          await database.batch(operations);
          for (const operation of operations) {
            if (operation.type === 'put') model.set(operation.key, operation.value);
            else model.delete(operation.key);
          }
          expect(new Map(await database.list('/p'))).toEqual(model);
        }),
        { numRuns: 30 },
      );
    });

    it('takes an empty batch, and no more work once it is closed', async () => {
      const database = await anEmptyOne();
      await database.batch([]);
      await database.close();
      await database.close();
      await expect(database.get('/a')).rejects.toMatchObject({ name: 'StoreError' });
      await expect(database.batch([put('/a', '1')])).rejects.toMatchObject({ name: 'StoreError' });
    });
  });
}

const put = (key: string, value: string): Operation => ({ type: 'put', key, value });
