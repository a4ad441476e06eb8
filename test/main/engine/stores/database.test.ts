import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../../src/main/engine/stores/database.ts';
import { silentLogger as logger } from '../../../../src/main/engine/logger.ts';
import { databaseSuite } from '../../../support/databasesuite.ts';
import { MemoryDatabase } from '../../../support/memorydatabase.ts';
import { tempFolder } from '../../../support/tempfolder.ts';

databaseSuite('openDatabase', async () => openDatabase({ folder: await tempFolder(), logger }));
databaseSuite('MemoryDatabase', async () => new MemoryDatabase());

describe('openDatabase', () => {
  it('makes the folder, marks it with its version, and finds its records again', async () => {
    const folder = join(await tempFolder(), 'a', 'b');
    const database = await openDatabase({ folder, logger });
    await database.batch([{ type: 'put', key: '/a', value: '1' }]);
    await database.close();
    expect(await readFile(join(folder, 'version'), 'utf8')).toBe('1\n');
    const again = await openDatabase({ folder, logger });
    expect(await again.get('/a')).toBe('1');
    await again.close();
  });

  it('refuses a folder that is in use, says what to do, and leaves it usable', async () => {
    const folder = await tempFolder();
    const database = await openDatabase({ folder, logger });
    await expect(openDatabase({ folder, logger })).rejects.toMatchObject({
      code: 'DATA_FOLDER_IN_USE',
      message: expect.stringContaining('Close that one first'),
    });
    await database.batch([{ type: 'put', key: '/a', value: '1' }]);
    await database.close();
  });

  it.each([['2\n'], ['rubbish'], ['']])(
    'refuses a folder of version %j and changes nothing in it',
    async (version) => {
      const folder = await tempFolder();
      await writeFile(join(folder, 'version'), version);
      await expect(openDatabase({ folder, logger })).rejects.toMatchObject({
        code: 'DATA_FOLDER_OF_ANOTHER_VERSION',
        message: expect.stringContaining('another data folder'),
      });
      expect(await readdir(folder)).toEqual(['version']);
    },
  );

  it('refuses a database that nobody marked', async () => {
    const folder = await tempFolder();
    await mkdir(join(folder, 'database'));
    await expect(openDatabase({ folder, logger })).rejects.toMatchObject({
      code: 'DATA_FOLDER_OF_ANOTHER_VERSION',
    });
  });

  it('says that a damaged database is damaged', async () => {
    const folder = await tempFolder();
    const database = await openDatabase({ folder, logger });
    await database.batch([{ type: 'put', key: '/a', value: '1' }]);
    await database.close();
    const files = await readdir(join(folder, 'database'));
    const manifest = files.find((name) => name.startsWith('MANIFEST')) as string;
    await writeFile(join(folder, 'database', manifest), 'not a manifest at all');
    await expect(openDatabase({ folder, logger })).rejects.toMatchObject({
      code: 'DATABASE_DAMAGED',
      message: expect.stringContaining('Restore the folder'),
    });
  });

  it('says that a folder cannot be used when a file is in its place', async () => {
    const file = join(await tempFolder(), 'file');
    await writeFile(file, '');
    await expect(openDatabase({ folder: file, logger })).rejects.toMatchObject({
      code: 'DATA_FOLDER_UNUSABLE',
    });
  });
});
