import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { silentLogger as logger } from '../../../../src/main/engine/logger.ts';
import { Repository } from '../../../../src/main/engine/stores/repository.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';

const amount = z.codec(z.string().regex(/^\d+$/), z.bigint(), { decode: BigInt, encode: String });
const schema = z.object({ id: z.string(), size: amount });

function aRepository() {
  const database = new MemoryDatabase();
  const repository = new Repository(
    { database, logger },
    { prefix: '/meta/things', segments: 1, path: (thing) => [thing.id], schema },
  );
  return { database, repository };
}

describe('Repository', () => {
  it('loads what it put, in one batch with other records', async () => {
    const { database, repository } = aRepository();
    await database.batch([
      repository.putOp({ id: 'b', size: 2n ** 200n }),
      repository.putOp({ id: 'a', size: 0n }),
    ]);
    expect(await repository.load()).toEqual({
      records: [
        { id: 'a', size: 0n },
        { id: 'b', size: 2n ** 200n },
      ],
      quarantined: [],
    });
    await database.batch([repository.deleteOp({ id: 'a', size: 0n })]);
    expect((await repository.load()).records).toHaveLength(1);
  });

  it('leaves records of other depths alone', async () => {
    const { database, repository } = aRepository();
    await database.batch([{ type: 'put', key: '/meta/things/a/deeper', value: 'something else' }]);
    expect(await repository.load()).toEqual({ records: [], quarantined: [] });
    expect(await database.get('/meta/things/a/deeper')).toBe('something else');
  });

  it.each([
    ['no JSON', '{'],
    ['another shape', '{"id":"x","size":-1}'],
    ['another name than its key', '{"id":"y","size":"1"}'],
  ])('puts a record of %s aside, loses nothing of it, and loads the rest', async (_, text) => {
    const { database, repository } = aRepository();
    await database.batch([
      repository.putOp({ id: 'a', size: 1n }),
      { type: 'put', key: '/meta/things/x', value: text },
    ]);
    const { records, quarantined } = await repository.load();
    expect(records).toEqual([{ id: 'a', size: 1n }]);
    expect(quarantined).toEqual([expect.stringMatching(/^\/quarantine\/meta\/things\/x\/[0-9a-f]{16}$/)]);
    expect(await database.get(quarantined[0] as string)).toBe(text);
    expect(await database.get('/meta/things/x')).toBeUndefined();
    expect(await repository.load()).toEqual({ records: [{ id: 'a', size: 1n }], quarantined: [] });
  });

  it('keeps both when a second bad record comes under the same key', async () => {
    const { database, repository } = aRepository();
    for (const value of ['bad', 'worse']) {
      await database.batch([{ type: 'put', key: '/meta/things/x', value }]);
      await repository.load();
    }
    expect((await database.list('/quarantine')).map(([, value]) => value).sort()).toEqual(['bad', 'worse']);
  });
});
