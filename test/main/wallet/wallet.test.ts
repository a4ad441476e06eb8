import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decryptKeystoreJson, encryptKeystoreJsonSync, HDNodeWallet, Transaction } from 'ethers';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import type { Signer } from '../../../src/main/engine/market/signer.ts';
import type { KeySource } from '../../../src/main/wallet/keysource.ts';
import type { WalletStatus } from '../../../src/shared/wallet.ts';
import { tempFolder } from '../../support/tempfolder.ts';
import {
  aKnownWallet,
  aWallet,
  FakeSecretBox,
  known,
  otherPassphrase,
  passphrase,
} from '../../support/walletfixtures.ts';

const on = { signal: new AbortController().signal };
const asked = { type: 2, chainId: 5, nonce: 3, to: known.secondAddress, value: 0n, gasLimit: 21_000n };
const wrong = new Secret('not the passphrase at all');

const signs = async (signer: Signer) => Transaction.from(await signer.sign(asked, on)).from?.toLowerCase();
const secrets = (...texts: (string | undefined)[]) => texts.map((text) => new Secret(text ?? ''));

describe('creating a wallet', () => {
  it('tells words once, and makes it when three of them were repeated', async () => {
    const { wallet, file, keystore, rights, walletFolder } = await aWallet();
    const { words, positions } = await wallet.create(12, passphrase);
    expect([words.length, positions.length, wallet.status.state]).toEqual([12, 3, 'none']);
    await expect(keystore()).rejects.toThrow('ENOENT');
    const address = await wallet.confirm(secrets(...positions.map((position) => words[position])));
    expect(address).toBe(HDNodeWallet.fromPhrase(words.join(' ')).address.toLowerCase());
    expect(wallet.status).toEqual({ state: 'unlocked', address, unattended: 'none' });
    expect([await rights(file), await rights(walletFolder)]).toEqual(['600', '700']);
    const theirs = await decryptKeystoreJson(await keystore(), passphrase.reveal());
    expect(theirs.privateKey).toBe(HDNodeWallet.fromPhrase(words.join(' ')).privateKey);
  });

  it('can be done with 24 words', async () => {
    const { wallet } = await aWallet();
    expect((await wallet.create(24, passphrase)).words).toHaveLength(24);
  });

  it('asks again for the same places when the words are not those', async () => {
    const { wallet, keystore } = await aWallet();
    const { words, positions } = await wallet.create(12, passphrase);
    const right = positions.map((position) => words[position]);
    for (const bad of [
      [],
      right.slice(1),
      [...right, 'junk'],
      ['zoo', ...right.slice(1)],
      right.toReversed(),
    ]) {
      const failure = await wallet.confirm(secrets(...bad)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'WORDS_DO_NOT_MATCH', details: { positions } });
    }
    await expect(keystore()).rejects.toThrow('ENOENT');
    await wallet.confirm(secrets(...right.map((word) => ` ${word?.toUpperCase()} `)));
    expect(wallet.status.state).toBe('unlocked');
  });

  it('is forgotten when the words are not repeated in half an hour, or others were made', async () => {
    const { wallet, timers } = await aWallet();
    const first = await wallet.create(12, passphrase);
    const repeated = (told: typeof first) =>
      wallet.confirm(secrets(...told.positions.map((position) => told.words[position])));
    const second = await wallet.create(12, passphrase);
    await expect(repeated(first)).rejects.toMatchObject({ code: 'WORDS_DO_NOT_MATCH' });
    timers.advance(30 * 60_000);
    await expect(repeated(second)).rejects.toMatchObject({ code: 'NOTHING_TO_CONFIRM' });
    expect([timers.waiting, wallet.status.state]).toEqual([0, 'none']);
  });

  it.each(['', 'short', 'x'.repeat(1001)])('refuses the passphrase %j', async (text) => {
    const { wallet } = await aWallet();
    await expect(wallet.create(12, new Secret(text))).rejects.toMatchObject({
      code: 'PASSPHRASE_UNSUITABLE',
    });
  });
});

describe('importing a key', () => {
  const key = { address: known.address, privateKey: known.privateKey };
  const keystore = encryptKeystoreJsonSync(key, 'short', { scrypt: { N: 1024 } });

  it.each<[string, KeySource, string]>([
    ['words', { kind: 'mnemonic', mnemonic: new Secret(known.mnemonic) }, known.address],
    [
      'words, another account',
      { kind: 'mnemonic', mnemonic: new Secret(known.mnemonic), account: 1 },
      known.secondAddress,
    ],
    [
      'a private key',
      { kind: 'privateKey', privateKey: new Secret(known.privateKey.slice(2).toUpperCase()) },
      known.address,
    ],
    [
      'a keystore',
      { kind: 'keystore', keystore: new Secret(keystore), keystorePassphrase: new Secret('short') },
      known.address,
    ],
  ])('takes %s, and protects it with the new passphrase', async (_what, source, address) => {
    const { wallet, keystore: written } = await aWallet();
    expect(await wallet.import(source, passphrase)).toBe(address);
    expect(wallet.status).toMatchObject({ state: 'unlocked', address });
    const theirs = await decryptKeystoreJson(await written(), passphrase.reveal());
    expect(theirs.address.toLowerCase()).toBe(address);
    expect(await written()).not.toContain('x-ethers');
  });

  it.each<[string, KeySource]>([
    ['BAD_MNEMONIC', { kind: 'mnemonic', mnemonic: new Secret('test junk') }],
    ['BAD_PRIVATE_KEY', { kind: 'privateKey', privateKey: new Secret('0x12') }],
    ['BAD_KEYSTORE', { kind: 'keystore', keystore: new Secret('{}'), keystorePassphrase: passphrase }],
    [
      'WRONG_PASSPHRASE',
      { kind: 'keystore', keystore: new Secret(keystore), keystorePassphrase: passphrase },
    ],
  ])('refuses with %s what is none, and writes nothing', async (code, source) => {
    const { wallet, dataDir } = await aWallet();
    await expect(wallet.import(source, passphrase)).rejects.toMatchObject({ code });
    expect([wallet.status.state, await readdir(dataDir)]).toEqual(['none', []]);
  });
});

describe('one wallet', () => {
  it('is never overwritten by another', async () => {
    const { wallet, keystore, walletFolder } = await aKnownWallet();
    const before = await keystore();
    await wallet.lock();
    const source: KeySource = { kind: 'mnemonic', mnemonic: new Secret(known.mnemonic), account: 1 };
    await expect(wallet.create(12, passphrase)).rejects.toMatchObject({ code: 'WALLET_EXISTS' });
    await expect(wallet.import(source, passphrase)).rejects.toMatchObject({ code: 'WALLET_EXISTS' });
    expect([await keystore(), await readdir(walletFolder)]).toEqual([before, ['keystore.json']]);
  });

  it('is not overwritten either when it came while another one was being made', async () => {
    const { wallet, dataDir, keystore, walletFolder } = await aWallet();
    const { words, positions } = await wallet.create(12, passphrase);
    await aKnownWallet({ folder: dataDir });
    const before = await keystore();
    const repeated = secrets(...positions.map((position) => words[position]));
    await expect(wallet.confirm(repeated)).rejects.toMatchObject({ code: 'WALLET_EXISTS' });
    expect([await keystore(), await readdir(walletFolder)]).toEqual([before, ['keystore.json']]);
  });

  it('is not overwritten when it is damaged', async () => {
    const { wallet, file, keystore } = await aKnownWallet();
    await wallet.lock();
    await writeFile(file, 'harmed');
    await expect(wallet.create(12, passphrase)).rejects.toMatchObject({ code: 'WALLET_EXISTS' });
    expect(await keystore()).toBe('harmed');
  });

  it('makes room when it is set aside: its file is kept, and opens as before', async () => {
    const { wallet, walletFolder } = await aKnownWallet();
    await expect(wallet.setAside()).rejects.toMatchObject({ code: 'WALLET_UNLOCKED' });
    await wallet.lock();
    const keptAs = await wallet.setAside();
    expect(wallet.status).toEqual({ state: 'none', unattended: 'none' });
    expect(await readdir(walletFolder)).toEqual([keptAs.slice(walletFolder.length + 1)]);
    const { privateKey } = await decryptKeystoreJson(await readFile(keptAs, 'utf8'), passphrase.reveal());
    expect(privateKey).toBe(known.privateKey);
    await wallet.create(12, passphrase);
    await expect(wallet.setAside()).rejects.toMatchObject({ code: 'NO_WALLET' });
  });

  it('takes away the rights that others have on its files', async () => {
    const { wallet, file, walletFolder, rights, lines } = await aKnownWallet();
    await chmod(file, 0o644);
    await chmod(walletFolder, 0o755);
    await wallet.look();
    expect([await rights(file), await rights(walletFolder)]).toEqual(['600', '700']);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
  });

  it('says what to do when its folder cannot be used, also by its owner', async () => {
    const { wallet, walletFolder, dataDir } = await aWallet();
    await writeFile(walletFolder, 'a file in the way');
    await expect(aKnownWallet({ folder: dataDir })).rejects.toMatchObject({ code: 'WALLET_FOLDER_UNUSABLE' });
    await rm(walletFolder);
    await mkdir(join(walletFolder, 'keystore.json'), { recursive: true });
    await expect(wallet.look()).rejects.toMatchObject({ code: 'WALLET_FOLDER_UNUSABLE' });
  });
});

describe('unlocking', () => {
  it('needs the passphrase; what is signed then is signed by the account', async () => {
    const { dataDir } = await aKnownWallet();
    const { wallet } = await aWallet({ folder: dataDir });
    expect(await wallet.look()).toEqual({ state: 'locked', address: known.address, unattended: 'none' });
    const states: WalletStatus['state'][] = [];
    wallet.onChange.subscribe(({ state }) => states.push(state));
    const signer = wallet.whenUnlocked(on);
    await expect(wallet.unlock(wrong)).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
    await wallet.unlock(passphrase);
    expect(await signs(await signer)).toBe(known.address);
    expect(states.at(-1)).toBe('unlocked');
  });

  it('makes whoever guesses wait longer each time, and is at once again after the right one', async () => {
    const { wallet, timers } = await aKnownWallet();
    const guess = (text = wrong) =>
      wallet.unlock(text).then(
        () => 'right',
        (error: { code: string }) => error.code,
      );
    expect([await guess(), await guess(), await guess()]).toEqual(Array(3).fill('WRONG_PASSPHRASE'));
    expect(await guess(passphrase)).toBe('TOO_MANY_ATTEMPTS');
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      timers.advance(seconds * 1000 - 1);
      await expect(wallet.unlock(wrong)).rejects.toMatchObject({
        code: 'TOO_MANY_ATTEMPTS',
        details: { waitSeconds: 1 },
      });
      timers.advance(1);
      expect(await guess()).toBe('WRONG_PASSPHRASE');
    }
    timers.advance(60_000);
    expect(await guess(passphrase)).toBe('right');
    expect([await guess(), await guess(), await guess(passphrase)]).toEqual([
      'WRONG_PASSPHRASE',
      'WRONG_PASSPHRASE',
      'right',
    ]);
  });

  it('holds guesses up also where the passphrase is asked for something else', async () => {
    const { wallet } = await aKnownWallet();
    await expect(wallet.export('privateKey', wrong)).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
    await expect(wallet.changePassphrase(wrong, passphrase)).rejects.toMatchObject({
      code: 'WRONG_PASSPHRASE',
    });
    await expect(wallet.unlock(wrong)).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
    await expect(wallet.export('privateKey', passphrase)).rejects.toMatchObject({
      code: 'TOO_MANY_ATTEMPTS',
    });
  });

  it('says that there is none', async () => {
    const { wallet } = await aWallet();
    await expect(wallet.unlock(passphrase)).rejects.toMatchObject({ code: 'NO_WALLET' });
  });

  it.each(['', '{}', 'harmed', '{"version":3}'])(
    'says what to do with a damaged file (%j), and leaves it',
    async (text) => {
      const { wallet, file, keystore } = await aKnownWallet();
      await wallet.lock();
      await writeFile(file, text);
      await expect(wallet.unlock(passphrase)).rejects.toMatchObject({
        code: 'WALLET_DAMAGED',
        message: expect.stringMatching(/put a copy of the file back/) as string,
      });
      expect(wallet.status).toMatchObject({ state: 'locked', failure: { code: 'WALLET_DAMAGED' } });
      expect(await keystore()).toBe(text);
    },
  );

  it('does not trust a file from which its address was taken', async () => {
    const { wallet, file, keystore } = await aKnownWallet();
    await wallet.lock();
    await writeFile(file, (await keystore()).replace('"address"', '"addresz"'));
    await expect(wallet.unlock(passphrase)).rejects.toMatchObject({ code: 'WALLET_DAMAGED' });
  });

  it('sees a wallet that was made by another program meanwhile', async () => {
    const { wallet, dataDir } = await aWallet();
    await wallet.look();
    await aKnownWallet({ folder: dataDir });
    await wallet.unlock(passphrase);
    expect(wallet.status.address).toBe(known.address);
  });

  it('stops waiting when that is called off', async () => {
    const { wallet } = await aWallet();
    const controller = new AbortController();
    const waiting = wallet.whenUnlocked(controller);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(wallet.onChange.size).toBe(0);
  });
});

describe('locking', () => {
  it('ends signing, also by whoever was given the signer before', async () => {
    const { wallet } = await aKnownWallet();
    const signer = await wallet.whenUnlocked(on);
    await wallet.lock();
    expect(wallet.status).toEqual({ state: 'locked', address: known.address, unattended: 'none' });
    await expect(signer.sign(asked, on)).rejects.toMatchObject({ code: 'WALLET_LOCKED' });
    await wallet.unlock(passphrase);
    expect(await signs(signer)).toBe(known.address);
  });

  it('lets a signer of one account never sign for another', async () => {
    const { wallet } = await aKnownWallet();
    const signer = await wallet.whenUnlocked(on);
    await wallet.lock();
    await wallet.setAside();
    await wallet.import({ kind: 'mnemonic', mnemonic: new Secret(known.mnemonic), account: 1 }, passphrase);
    await expect(signer.sign(asked, on)).rejects.toMatchObject({ code: 'WALLET_LOCKED' });
  });

  it('is for good once the wallet is closed', async () => {
    const { wallet, timers } = await aKnownWallet();
    const signer = await wallet.whenUnlocked(on);
    const unlocking = wallet.unlock(passphrase);
    wallet.close();
    await unlocking;
    await expect(signer.sign(asked, on)).rejects.toMatchObject({ code: 'WALLET_LOCKED' });
    expect([wallet.status.state, timers.waiting]).toEqual(['locked', 0]);
  });

  it('signs nothing that was called off', async () => {
    const { wallet } = await aKnownWallet();
    const signer = await wallet.whenUnlocked(on);
    await expect(signer.sign(asked, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('changing the passphrase', () => {
  it('needs the old one, after which only the new one opens the same key', async () => {
    const { wallet, walletFolder, rights, file } = await aKnownWallet();
    await expect(wallet.changePassphrase(wrong, otherPassphrase)).rejects.toMatchObject({
      code: 'WRONG_PASSPHRASE',
    });
    await wallet.changePassphrase(passphrase, otherPassphrase);
    expect(wallet.status.state).toBe('unlocked');
    await wallet.lock();
    await expect(wallet.unlock(passphrase)).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
    await wallet.unlock(otherPassphrase);
    expect(wallet.status.address).toBe(known.address);
    expect([await readdir(walletFolder), await rights(file)]).toEqual([['keystore.json'], '600']);
  });

  it('refuses a new one that is too short, and changes nothing', async () => {
    const { wallet, keystore } = await aKnownWallet();
    const before = await keystore();
    await expect(wallet.changePassphrase(passphrase, new Secret('short'))).rejects.toMatchObject({
      code: 'PASSPHRASE_UNSUITABLE',
    });
    expect(await keystore()).toBe(before);
  });
});

describe('unlocking with nobody there', () => {
  const restarted = async (setting: Parameters<typeof aWallet>[0]) => {
    const made = await aWallet(setting);
    await made.wallet.unlockUnattended();
    return made;
  };
  const keyFile = async (content: string) => {
    const path = join(await tempFolder(), 'passphrase');
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };

  it('does not happen unless it was chosen', async () => {
    const { dataDir } = await aKnownWallet();
    const { wallet } = await restarted({ folder: dataDir });
    expect(wallet.status).toEqual({ state: 'locked', address: known.address, unattended: 'none' });
  });

  it('works by the key store of the system, from which only sealed bytes are kept', async () => {
    const secretBox = new FakeSecretBox();
    const { wallet, dataDir, walletFolder, rights } = await aKnownWallet({ secretBox });
    await expect(wallet.setUnattended({ kind: 'keyStore', passphrase: wrong })).rejects.toMatchObject({
      code: 'WRONG_PASSPHRASE',
    });
    await wallet.setUnattended({ kind: 'keyStore', passphrase });
    await wallet.changePassphrase(passphrase, otherPassphrase);
    const { wallet: next } = await restarted({ folder: dataDir, secretBox });
    expect(next.status).toEqual({ state: 'unlocked', address: known.address, unattended: 'keyStore' });
    const file = join(walletFolder, 'unattended.json');
    expect(await rights(file)).toBe('600');
    expect(await readFile(file, 'utf8')).not.toContain(known.privateKey.slice(2, 20));
  });

  it('refuses a key store that is none, with the reason', async () => {
    const secretBox = new FakeSecretBox();
    secretBox.state = { ok: false, reason: 'It keeps secrets as plain text.' };
    const { wallet } = await aKnownWallet({ secretBox });
    await expect(wallet.setUnattended({ kind: 'keyStore', passphrase })).rejects.toMatchObject({
      code: 'NO_KEY_STORE',
      message: 'It keeps secrets as plain text.',
    });
    expect(wallet.status.unattended).toBe('none');
    const { wallet: headless } = await aKnownWallet();
    await expect(headless.setUnattended({ kind: 'keyStore', passphrase })).rejects.toMatchObject({
      code: 'NO_KEY_STORE',
      message: expect.stringContaining('key file') as string,
    });
  });

  it('waits for its owner when the key store forgot, or holds another key', async () => {
    const secretBox = new FakeSecretBox();
    const { wallet, dataDir } = await aKnownWallet({ secretBox });
    await wallet.setUnattended({ kind: 'keyStore', passphrase });
    secretBox.forget();
    const { wallet: next } = await restarted({ folder: dataDir, secretBox });
    expect(next.status).toMatchObject({
      state: 'locked',
      unattended: 'keyStore',
      failure: { code: 'OTHER_KEY' },
    });
    const { wallet: last } = await restarted({ folder: dataDir });
    expect(last.status).toMatchObject({ state: 'locked', failure: { code: 'NO_KEY_STORE' } });
    await last.unlock(passphrase);
    expect(last.status).toEqual({ state: 'unlocked', address: known.address, unattended: 'keyStore' });
  });

  it('works by a key file, once that was seen to open the wallet', async () => {
    const { wallet, dataDir } = await aKnownWallet();
    const path = await keyFile(`${passphrase.reveal()}\n`);
    await expect(
      wallet.setUnattended({ kind: 'keyFile', path: await keyFile('something else') }),
    ).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
    await chmod(path, 0o644);
    await expect(wallet.setUnattended({ kind: 'keyFile', path })).rejects.toMatchObject({
      code: 'KEY_FILE_UNSAFE',
    });
    await chmod(path, 0o600);
    await wallet.setUnattended({ kind: 'keyFile', path });
    const { wallet: next } = await restarted({ folder: dataDir });
    expect(next.status).toEqual({ state: 'unlocked', address: known.address, unattended: 'keyFile' });
    await chmod(path, 0o640);
    const { wallet: last } = await restarted({ folder: dataDir });
    expect(last.status).toMatchObject({ state: 'locked', failure: { code: 'KEY_FILE_UNSAFE' } });
  });

  it('is no longer chosen when the key file holds an old passphrase, or when its owner says so', async () => {
    const secretBox = new FakeSecretBox();
    const { wallet, walletFolder } = await aKnownWallet({ secretBox });
    await wallet.setUnattended({ kind: 'keyFile', path: await keyFile(passphrase.reveal()) });
    await wallet.changePassphrase(passphrase, otherPassphrase);
    expect(wallet.status.unattended).toBe('none');
    await wallet.setUnattended({ kind: 'keyStore', passphrase: otherPassphrase });
    await wallet.setUnattended({ kind: 'none' });
    expect([wallet.status.unattended, await readdir(walletFolder)]).toEqual(['none', ['keystore.json']]);
  });

  it('takes the passphrase of the environment, or a file it names, before what was chosen', async () => {
    const { dataDir } = await aKnownWallet();
    const path = await keyFile(passphrase.reveal());
    for (const environment of [{ passphrase }, { passphraseFile: path }]) {
      const { wallet } = await restarted({ folder: dataDir, environment });
      expect(wallet.status).toEqual({ state: 'unlocked', address: known.address, unattended: 'environment' });
    }
    const { wallet, lines } = await restarted({ folder: dataDir, environment: { passphrase: wrong } });
    expect(wallet.status).toMatchObject({ state: 'locked', failure: { code: 'WRONG_PASSPHRASE' } });
    expect(lines).toMatchObject([{ level: 'warn', fields: { code: 'WRONG_PASSPHRASE' } }]);
  });

  it('is tried once: a wallet that was locked stays so', async () => {
    const { dataDir } = await aKnownWallet();
    const { wallet } = await restarted({ folder: dataDir, environment: { passphrase } });
    await wallet.lock();
    await wallet.unlockUnattended();
    expect(wallet.status.state).toBe('locked');
  });

  it('sells with a private key of the environment where there is no wallet, and keeps it nowhere', async () => {
    const privateKey = new Secret(known.privateKey);
    const { wallet, dataDir } = await restarted({ environment: { privateKey } });
    expect(wallet.status).toEqual({ state: 'unlocked', address: known.address, unattended: 'environment' });
    expect(await signs(await wallet.whenUnlocked(on))).toBe(known.address);
    await expect(wallet.create(12, passphrase)).rejects.toMatchObject({ code: 'WALLET_EXISTS' });
    await wallet.lock();
    expect([wallet.status.state, await readdir(dataDir)]).toEqual(['none', []]);
  });

  it('takes a private key of the environment for the wallet only when it is that of the wallet', async () => {
    const { dataDir } = await aKnownWallet();
    const environment = { privateKey: new Secret(known.privateKey) };
    const { wallet } = await restarted({ folder: dataDir, environment });
    expect(wallet.status.state).toBe('unlocked');
    const other = { privateKey: new Secret('ab'.repeat(32)) };
    await expect(restarted({ folder: dataDir, environment: other })).rejects.toMatchObject({
      code: 'OTHER_KEY',
    });
    const none = { privateKey: new Secret('ab') };
    await expect(restarted({ environment: none })).rejects.toMatchObject({
      code: 'BAD_PRIVATE_KEY',
      message: expect.stringContaining('SLOTKEEPER_PRIVATE_KEY') as string,
    });
  });

  it('waits for its owner when what was chosen cannot be read', async () => {
    const { dataDir, walletFolder } = await aKnownWallet();
    for (const text of ['', '{"kind":"keyFile"}', '{"kind":"guess"}']) {
      await writeFile(join(walletFolder, 'unattended.json'), text);
      const { wallet } = await restarted({ folder: dataDir });
      expect(wallet.status).toMatchObject({
        state: 'locked',
        unattended: 'none',
        failure: { code: 'UNATTENDED_DAMAGED' },
      });
      await wallet.unlock(passphrase);
      await wallet.setUnattended({ kind: 'none' });
      expect(wallet.status.failure).toBeUndefined();
    }
  });
});

describe('exporting', () => {
  it('gives the keystore as it is, or the key as text, to whoever knows the passphrase', async () => {
    const { wallet, keystore } = await aKnownWallet();
    await expect(wallet.export('keystore', wrong)).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
    const text = async (what: 'keystore' | 'privateKey') =>
      Buffer.from((await wallet.export(what, passphrase)).content).toString('utf8');
    expect(await text('keystore')).toBe(await keystore());
    expect(await text('privateKey')).toBe(`${known.privateKey}\n`);
  });
});
