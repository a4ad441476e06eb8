import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKeyFile } from '../../../src/main/wallet/keyfile.ts';
import { tempFolder } from '../../support/tempfolder.ts';

async function aFile(content = 'a long enough passphrase\n', mode = 0o600) {
  const folder = await tempFolder();
  const path = join(folder, 'pass phrase');
  await writeFile(path, content);
  await chmod(path, mode);
  return { folder, path };
}

describe('a key file', () => {
  it.each([
    ['as it is', 'a long enough passphrase', 'a long enough passphrase'],
    ['without the newline at its end', 'two words\n', 'two words'],
    ['without the newline of Windows', 'two words\r\n', 'two words'],
    ['with every space', '  two words \n\n', '  two words \n'],
  ])('gives its passphrase %s', async (_what, content, expected) => {
    const { path } = await aFile(content);
    expect((await readKeyFile(path)).reveal()).toBe(expected);
  });

  it.each([0o400, 0o600, 0o700])('is taken when only its owner may use it (%o)', async (mode) => {
    const { path } = await aFile('two words', mode);
    expect((await readKeyFile(path)).reveal()).toBe('two words');
  });

  it.each([0o640, 0o604, 0o620, 0o602, 0o610, 0o644])(
    'is refused when others may use it (%o), with the command that mends it',
    async (mode) => {
      const { path } = await aFile('two words', mode);
      await expect(readKeyFile(path)).rejects.toMatchObject({
        code: 'KEY_FILE_UNSAFE',
        details: { command: `chmod 600 '${path}'` },
        message: expect.stringContaining(`chmod 600 '${path}'`) as string,
      });
    },
  );

  it('is refused when it belongs to another account', async () => {
    const { path } = await aFile();
    const uid = process.geteuid?.() ?? 0;
    await expect(readKeyFile(path, { uid: uid + 1 })).rejects.toMatchObject({
      code: 'KEY_FILE_UNSAFE',
      message: expect.stringContaining(`chown ${uid + 1} `) as string,
    });
  });

  it.runIf(process.geteuid?.() === 0)('is refused to root when it belongs to another account', async () => {
    const { path } = await aFile();
    await chown(path, 12_345, 12_345);
    await expect(readKeyFile(path)).rejects.toMatchObject({ code: 'KEY_FILE_UNSAFE' });
  });

  it('may be reached by a link; what the link leads to is checked', async () => {
    const { folder, path } = await aFile();
    const link = join(folder, 'link');
    await symlink(path, link);
    expect((await readKeyFile(link)).reveal()).toBe('a long enough passphrase');
    await chmod(path, 0o644);
    await expect(readKeyFile(link)).rejects.toMatchObject({ details: { command: `chmod 600 '${path}'` } });
  });

  it('is refused when it is missing, a folder, empty or no passphrase', async () => {
    const { folder, path } = await aFile('');
    await mkdir(join(folder, 'folder'));
    const long = join(folder, 'long');
    await writeFile(long, 'x'.repeat(5000), { mode: 0o600 });
    for (const bad of [join(folder, 'missing'), join(folder, 'folder'), path, long]) {
      await expect(readKeyFile(bad), bad).rejects.toMatchObject({ code: 'KEY_FILE_UNUSABLE' });
    }
  });
});
