import { expect, it } from 'vitest';
import { silentLogger } from '../../../../src/main/engine/logger.ts';
import { StoredDiscovery } from '../../../../src/main/engine/stores/discoverymemory.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';

const of = (database: MemoryDatabase, network = '5-0xabc') =>
  new StoredDiscovery({ database, logger: silentLogger }, { network });

it('what is known of a DHT is kept for each network', async () => {
  const database = new MemoryDatabase();
  expect(await of(database).load()).toBeUndefined();
  await of(database).save({ nodes: ['spr:aa', 'spr:bb'], nextSeq: 2n ** 60n });
  await of(database, 'other').save({ nodes: [], nextSeq: 1n });
  expect(await of(database).load()).toMatchObject({ nodes: ['spr:aa', 'spr:bb'], nextSeq: 2n ** 60n });
});

it('a record that is damaged is put aside', async () => {
  const database = new MemoryDatabase();
  const key = '/meta/network/discovery/5-0xabc';
  await database.batch([
    { type: 'put', key, value: '{"network":"5-0xabc","nodes":["no record"],"nextSeq":1}' },
  ]);
  expect(await of(database).load()).toBeUndefined();
  expect(await database.list('/quarantine')).toHaveLength(1);
});
