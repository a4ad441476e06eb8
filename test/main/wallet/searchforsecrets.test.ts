import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { searchFolder, searchForSecrets } from '../../support/searchforsecrets.ts';
import { tempFolder } from '../../support/tempfolder.ts';
import { known } from '../../support/walletfixtures.ts';

const mnemonic = 'alpha bravo candy delta eagle fable giant habit idle jacket kangaroo label';
const passphrase = 'my "dear" old friend é';
const secrets = { privateKeys: [known.privateKey], mnemonics: [mnemonic], passphrases: [passphrase] };
const bytes = Buffer.from(known.privateKey.slice(2), 'hex');
const words = mnemonic.split(' ');

describe('the search for secrets', () => {
  it.each<[string, string | Uint8Array]>([
    ['hex', `key=${known.privateKey}.`],
    ['hex in capitals without its mark', known.privateKey.slice(2).toUpperCase()],
    ['base64', `"${bytes.toString('base64')}"`],
    [
      'base64 after one byte more',
      Buffer.concat([Buffer.from('a'), bytes, Buffer.from('rest')]).toString('base64'),
    ],
    [
      'base64 after two bytes more',
      Buffer.concat([Buffer.from('ab'), bytes, Buffer.from('rest')]).toString('base64'),
    ],
    ['base64 for addresses', bytes.toString('base64url')],
    ['a decimal number', BigInt(known.privateKey).toString()],
    ['bytes', Buffer.concat([Buffer.from('before'), bytes])],
    ['a list of bytes', JSON.stringify([...bytes], null, 1)],
    ['text of two bytes a letter', Buffer.from(known.privateKey, 'utf16le')],
  ])('finds a key as %s', (_what, haystack) => {
    expect(searchForSecrets(haystack, secrets)).not.toEqual([]);
  });

  it.each<[string, string | Uint8Array]>([
    ['in one line', `the words are ${mnemonic}`],
    ['in part', words.slice(5, 9).join(' ')],
    ['in a list', JSON.stringify(words)],
    ['below each other', words.join('\n').toUpperCase()],
  ])('finds words %s', (_what, haystack) => {
    expect(searchForSecrets(haystack, secrets)).toEqual(['words of a mnemonic']);
  });

  it.each<[string, string | Uint8Array]>([
    ['as it is', Buffer.from(passphrase)],
    ['in JSON', Buffer.from(JSON.stringify({ passphrase }))],
    ['as hex', Buffer.from(passphrase).toString('hex')],
    ['as base64', Buffer.from(`x${passphrase}`).toString('base64')],
  ])('finds a passphrase %s', (_what, haystack) => {
    expect(searchForSecrets(haystack, secrets)).not.toEqual([]);
  });

  it('finds nothing where there is nothing, nor in three words that happen to stand together', () => {
    const innocent = `${known.address} ${words.slice(0, 3).join(' ')} ${known.privateKey.slice(0, 40)}`;
    expect(searchForSecrets(innocent, secrets)).toEqual([]);
  });

  it('names the file in a folder', async () => {
    const folder = await tempFolder();
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'deep', 'log'), `key ${known.privateKey}`);
    await writeFile(join(folder, 'clean'), 'nothing');
    expect(await searchFolder(folder, secrets)).toEqual([
      `${join(folder, 'deep', 'log')}: private key as hex`,
    ]);
  });
});
