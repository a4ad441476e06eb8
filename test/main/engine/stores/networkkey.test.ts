import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Identity } from '../../../../src/main/engine/network/identity.ts';
import { networkKey } from '../../../../src/main/engine/stores/networkkey.ts';
import { tempFolder } from '../../../support/tempfolder.ts';

const rightsOf = async (file: string) => (await stat(file)).mode & 0o777;

it('the key of a node is made once, and read again as the same by nobody else', async () => {
  const folder = await tempFolder();
  const key = await networkKey(folder);
  const file = join(folder, 'network-key.json');
  expect(await rightsOf(file)).toBe(0o600);
  expect(Buffer.from(await networkKey(folder))).toEqual(Buffer.from(key));
  expect(new Identity(key).peerId).toHaveLength(39);
  expect(Buffer.from(await networkKey(await tempFolder()))).not.toEqual(Buffer.from(key));
});

it('rights that others got on it are taken away', async () => {
  const folder = await tempFolder();
  await networkKey(folder);
  const file = join(folder, 'network-key.json');
  await chmod(file, 0o644);
  await networkKey(folder);
  expect(await rightsOf(file)).toBe(0o600);
});

it.each([
  ['nothing', ''],
  ['no JSON', '{"version":1,"key":"ab'],
  ['a short key', JSON.stringify({ version: 1, key: 'ab' })],
  ['a key that is none of the curve', JSON.stringify({ version: 1, key: 'f'.repeat(64) })],
  ['a key of zeros', JSON.stringify({ version: 1, key: '0'.repeat(64) })],
  ['another version', JSON.stringify({ version: 2, key: '1'.repeat(64) })],
])('a file with %s is an error that says so, and stays as it is', async (_, text) => {
  const folder = await tempFolder();
  const file = join(folder, 'network-key.json');
  await writeFile(file, text);
  const error = await networkKey(folder).catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({ code: 'NETWORK_KEY_DAMAGED', message: expect.stringContaining(file) });
  expect(JSON.stringify(error) + String(error)).not.toContain('ffff');
  expect(await readFile(file, 'utf8')).toBe(text);
});
