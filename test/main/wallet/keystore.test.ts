import { createCipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';
import {
  decryptKeystoreJson,
  encryptKeystoreJsonSync,
  isKeystoreJson,
  keccak256,
  Wallet as EthersWallet,
} from 'ethers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import { WalletError } from '../../../src/main/wallet/errors.ts';
import {
  decryptedKey,
  encryptedKey,
  parseKeystore,
  STANDARD_SCRYPT_N,
} from '../../../src/main/wallet/keystore.ts';
import { PrivateKey } from '../../../src/main/wallet/privatekey.ts';
import { known, passphrase } from '../../support/walletfixtures.ts';

const light = { scryptN: 2 };
const knownKey = () => PrivateKey.parse(new Secret(known.privateKey));
const hexOf = (key: PrivateKey) => `0x${key.use((bytes) => Buffer.from(bytes).toString('hex'))}`;
const open = async (text: string, by = passphrase) => hexOf(await decryptedKey(parseKeystore(text), by));

/** A keystore as other programs write it, made with nothing of ours. */
function foreign(kdf: 'scrypt' | 'pbkdf2', password: string, { names = 'lower' } = {}): string {
  const salt = Buffer.alloc(32, 7);
  const iv = Buffer.alloc(16, 9);
  const derived =
    kdf === 'scrypt'
      ? scryptSync(password, salt, 32, { N: 4096, r: 8, p: 2, maxmem: 2 ** 26 })
      : pbkdf2Sync(password, salt, 10_000, 32, 'sha256');
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([
    cipher.update(Buffer.from(known.privateKey.slice(2), 'hex')),
    cipher.final(),
  ]);
  const kdfparams =
    kdf === 'scrypt'
      ? { dklen: 32, n: 4096, p: 2, r: 8, salt: salt.toString('hex') }
      : { c: 10_000, dklen: 32, prf: 'hmac-sha256', salt: salt.toString('hex') };
  const crypto = {
    cipher: 'aes-128-ctr',
    ciphertext: ciphertext.toString('hex'),
    cipherparams: { iv: iv.toString('hex') },
    kdf,
    kdfparams,
    mac: keccak256(Buffer.concat([derived.subarray(16, 32), ciphertext])).slice(2),
  };
  const name = names === 'lower' ? 'crypto' : 'Crypto';
  return JSON.stringify({ address: known.address.slice(2), [name]: crypto, id: 'e13b209c', version: 3 });
}

describe('a keystore of ours', () => {
  it('opens with its passphrase, and with no other', async () => {
    const text = await encryptedKey(knownKey(), passphrase, light);
    expect(await open(text)).toBe(known.privateKey);
    await expect(open(text, new Secret('A long enough passphrase'))).rejects.toMatchObject({
      code: 'WRONG_PASSPHRASE',
    });
  });

  it('costs a guess what is usual, and opens in the reader of another program', async () => {
    const text = await encryptedKey(knownKey(), passphrase);
    const { crypto } = JSON.parse(text) as { crypto: { kdf: string; kdfparams: object } };
    expect(crypto).toMatchObject({
      kdf: 'scrypt',
      kdfparams: { n: STANDARD_SCRYPT_N, r: 8, p: 1, dklen: 32 },
    });
    expect(STANDARD_SCRYPT_N).toBe(131_072);
    expect(isKeystoreJson(text)).toBe(true);
    const { address, privateKey } = await decryptKeystoreJson(text, passphrase.reveal());
    expect([address.toLowerCase(), privateKey]).toEqual([known.address, known.privateKey]);
  });

  it.each(['Grüße aus Köln', 'ﬁne e\u0301tude', '鍵と錠前の話をしよう', '\u{1f511}\u{1f512}\u{1f513} keys'])(
    'opens in the reader of another program with the passphrase %j',
    async (text) => {
      const keystore = await encryptedKey(knownKey(), new Secret(text), light);
      const { privateKey } = await decryptKeystoreJson(keystore, text);
      expect(privateKey).toBe(known.privateKey);
      expect(await open(keystore, new Secret(text))).toBe(known.privateKey);
    },
  );

  it('has a salt and an id of its own each time', async () => {
    const texts = await Promise.all([1, 2].map(() => encryptedKey(knownKey(), passphrase, light)));
    const parts = texts.map(
      (text) => JSON.parse(text) as { id: string; crypto: { kdfparams: { salt: string } } },
    );
    expect(new Set(parts.map(({ id }) => id)).size).toBe(2);
    expect(new Set(parts.map(({ crypto }) => crypto.kdfparams.salt)).size).toBe(2);
  });

  it('never gives another key, whatever byte of it is changed', async () => {
    const text = Buffer.from(await encryptedKey(knownKey(), passphrase, light));
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: text.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const harmed = Buffer.from(text);
          harmed.writeUInt8(harmed.readUInt8(at) ^ mask, at);
          const outcome = await open(harmed.toString('utf8')).catch((error: unknown) => error);
          if (outcome === known.privateKey) return;
          expect(outcome).toBeInstanceOf(WalletError);
          expect((outcome as WalletError).code).toMatch(/^(?:WRONG_PASSPHRASE|BAD_KEYSTORE)$/);
          expect((outcome as WalletError).message).not.toContain(known.privateKey.slice(2, 20));
        },
      ),
      { numRuns: 2000, seed: 7 },
    );
  });

  it('is refused when only the vector of its cipher was changed, which its checksum does not cover', async () => {
    const text = await encryptedKey(knownKey(), passphrase, light);
    const harmed = text.replace(
      /("iv": ")(.)/,
      (_, before: string, digit: string) => `${before}${digit === '0' ? '1' : '0'}`,
    );
    await expect(open(harmed)).rejects.toMatchObject({ code: 'BAD_KEYSTORE' });
  });
});

describe('a keystore of another program', () => {
  it.each(['scrypt', 'pbkdf2'] as const)('opens when it was made with %s', async (kdf) => {
    expect(await open(foreign(kdf, 'short'), new Secret('short'))).toBe(known.privateKey);
  });

  it('opens when its names are written with capitals', async () => {
    expect(await open(foreign('scrypt', 'short', { names: 'capital' }), new Secret('short'))).toBe(
      known.privateKey,
    );
  });

  it('opens with a passphrase whose letters were not made uniform', async () => {
    const typed = 'e\u0301tude';
    expect(await open(foreign('pbkdf2', typed), new Secret(typed))).toBe(known.privateKey);
  });

  it('opens when ethers wrote it, words and all', async () => {
    const wallet = EthersWallet.fromPhrase(known.mnemonic);
    const account = {
      address: wallet.address,
      privateKey: wallet.privateKey,
      mnemonic: { entropy: '0x00', path: 'm', locale: 'en' },
    };
    const text = encryptKeystoreJsonSync(account, 'short', { scrypt: { N: 1024 } });
    expect(await open(text, new Secret('short'))).toBe(known.privateKey);
  });

  // Of the definition of the Web3 Secret Storage; it names no address.
  it.each([
    {
      kdf: 'pbkdf2',
      kdfparams: {
        c: 262_144,
        dklen: 32,
        prf: 'hmac-sha256',
        salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
      },
      cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
      ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
      mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
    },
  ])('opens when it is the example made with $kdf', async (crypto) => {
    const text = JSON.stringify({ crypto: { cipher: 'aes-128-ctr', ...crypto }, id: '3198bc9c', version: 3 });
    expect(await open(text, new Secret('testpassword'))).toBe(
      '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d',
    );
  });

  it.each<[string, (file: Record<string, unknown>, crypto: Record<string, unknown>) => void, RegExp]>([
    ['is of another version', (file) => (file['version'] = 4), /: version\./],
    ['lacks its cipher text', (_, crypto) => delete crypto['ciphertext'], /crypto\.ciphertext/],
    ['names a cipher that is not known', (_, crypto) => (crypto['cipher'] = 'rot13'), /crypto\.cipher/],
    [
      'wants more memory than there is',
      (_, crypto) => (crypto['kdfparams'] = { n: 2 ** 30, r: 8, p: 1, dklen: 32, salt: '00' }),
      /crypto\.kdfparams/,
    ],
    [
      'wants a count that is no power of two',
      (_, crypto) => (crypto['kdfparams'] = { n: 4097, r: 8, p: 1, dklen: 32, salt: '00' }),
      /crypto\.kdfparams/,
    ],
    [
      'wants a count that scrypt is not defined for',
      (_, crypto) => (crypto['kdfparams'] = { n: 262_144, r: 1, p: 8, dklen: 32, salt: '00' }),
      /crypto\.kdfparams/,
    ],
    [
      'wants work without end',
      (_, crypto) => (crypto['kdfparams'] = { n: 1024, r: 1, p: 2 ** 24, dklen: 32, salt: '00' }),
      /crypto\.kdfparams/,
    ],
    ['makes keys in an unknown way', (_, crypto) => (crypto['kdf'] = 'guess'), /crypto\.kdf/],
  ])('is refused before any work when it %s', (_what, harm, place) => {
    const file = JSON.parse(foreign('scrypt', 'short')) as Record<string, unknown>;
    harm(file, file['crypto'] as Record<string, unknown>);
    expect(() => parseKeystore(JSON.stringify(file))).toThrow(place);
  });

  it.each(['', 'null', '[]', '{', '"secret words"', '{"crypto": "secret words"}'])(
    'is refused without being quoted when it is %j',
    (text) => {
      expect(() => parseKeystore(text)).toThrow(WalletError);
      expect(() => parseKeystore(text)).not.toThrow(/secret words/);
    },
  );
});

describe('a private key', () => {
  it('signs what its account would sign elsewhere', async () => {
    const asked = {
      type: 2,
      chainId: 5,
      nonce: 3,
      to: known.secondAddress,
      value: 0n,
      gasLimit: 21_000n,
      data: '0x1234',
      maxFeePerGas: 7n,
      maxPriorityFeePerGas: 1n,
    };
    expect(knownKey().sign(asked)).toBe(await new EthersWallet(known.privateKey).signTransaction(asked));
  });

  it('is zero everywhere once it was wiped, and signs no more', () => {
    const bytes = Buffer.from(known.privateKey.slice(2), 'hex');
    const key = new PrivateKey(bytes);
    key.wipe();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(() => key.sign({ to: known.address })).toThrow('wiped');
    expect(() => key.use((lent) => lent)).toThrow('wiped');
  });

  it.each([
    '',
    '0x',
    'ab'.repeat(31),
    `${'ab'.repeat(32)}0`,
    '0x'.padEnd(66, '0'),
    'f'.repeat(64),
    `zz${'ab'.repeat(31)}`,
  ])('is refused without being quoted when it is %j', (text) => {
    expect(() => PrivateKey.parse(new Secret(text))).toThrow(
      expect.objectContaining({ code: 'BAD_PRIVATE_KEY' }) as Error,
    );
    expect(() => PrivateKey.parse(new Secret(text))).not.toThrow(/abab|ffff/);
  });
});
