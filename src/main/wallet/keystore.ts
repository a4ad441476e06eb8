import { createCipheriv, createDecipheriv, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { keccak256 } from 'ethers';
import { z } from 'zod';
import type { Address } from '../engine/contracts/ids.ts';
import { throwIfAborted } from '../engine/lib/abort.ts';
import type { Secret } from '../engine/lib/secret.ts';
import { walletError } from './errors.ts';
import { derivedKey, kdfSchema, type Kdf } from './kdf.ts';
import { passphraseBytes } from './passphrase.ts';
import { PrivateKey } from './privatekey.ts';

/** What wallets of Ethereum take for a file that a person keeps: about half a second of one core. */
export const STANDARD_SCRYPT_N = 131_072;

export interface Keystore {
  /** Files of other programs may lack it; then nothing tells whether `iv` is still what it was. */
  readonly address: Address | undefined;
  readonly kdf: Kdf;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly mac: Uint8Array;
}

/** A key as the text of a keystore file, version 3 of the Web3 Secret Storage, which other wallets open too. */
export async function encryptedKey(
  key: PrivateKey,
  passphrase: Secret,
  { scryptN = STANDARD_SCRYPT_N }: { scryptN?: number } = {},
): Promise<string> {
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const kdfparams = { n: scryptN, r: 8, p: 1, dklen: 32, salt };
  const [password, ...others] = passphraseBytes(passphrase);
  const derived = await derivedKey({ kdf: 'scrypt', kdfparams }, password);
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const ciphertext = key.use((bytes) => Buffer.concat([cipher.update(bytes), cipher.final()]));
  const mac = macOf(derived, ciphertext);
  for (const buffer of [password, ...others, derived]) buffer.fill(0);
  const file = {
    version: 3,
    id: randomUUID(),
    address: key.address.slice(2),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: iv.toString('hex') },
      ciphertext: ciphertext.toString('hex'),
      kdf: 'scrypt',
      kdfparams: { ...kdfparams, salt: salt.toString('hex') },
      mac: mac.toString('hex'),
    },
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** @throws WalletError BAD_KEYSTORE, naming what is not as it should be */
export function parseKeystore(text: string): Keystore {
  const { success, data, error } = fileSchema.safeParse(withLowerNames(parsedJson(text)));
  if (success) {
    const { address, crypto } = data;
    const { kdf, kdfparams, cipherparams, ciphertext, mac } = crypto;
    return { address, kdf: { kdf, kdfparams } as Kdf, iv: cipherparams.iv, ciphertext, mac };
  }
  const places = [...new Set(error.issues.map(({ path }) => path.join('.') || 'the whole'))];
  throw badKeystore(`These parts are missing or cannot be used: ${places.join(', ')}.`);
}

/**
 * The key in a keystore, which is certainly that of the address it names.
 * @throws WalletError WRONG_PASSPHRASE, BAD_KEYSTORE
 */
export async function decryptedKey(
  keystore: Keystore,
  passphrase: Secret,
  { signal }: { signal?: AbortSignal } = {},
): Promise<PrivateKey> {
  const passwords = passphraseBytes(passphrase);
  try {
    for (const password of passwords) {
      throwIfAborted(signal);
      const key = await keyBehind(keystore, password);
      if (key) return checkedKey(key, keystore.address);
    }
  } finally {
    for (const password of passwords) password.fill(0);
  }
  throw walletError('WRONG_PASSPHRASE', 'This is not the passphrase of the wallet. Try again.');
}

/** Undefined when the checksum says that the passphrase is another one. */
async function keyBehind(
  { kdf, iv, ciphertext, mac }: Keystore,
  password: Uint8Array,
): Promise<PrivateKey | undefined> {
  const derived = await derivedKey(kdf, password);
  try {
    if (!timingSafeEqual(macOf(derived, ciphertext), mac)) return undefined;
    const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
    return new PrivateKey(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
  } catch (cause) {
    throw badKeystore('There is no private key in it.', cause);
  } finally {
    derived.fill(0);
  }
}

/** The checksum does not cover `iv`, with another one of which another key comes out: only the address tells. */
function checkedKey(key: PrivateKey, address: Address | undefined): PrivateKey {
  if (address === undefined || address === key.address) return key;
  key.wipe();
  throw badKeystore('The key in it is not that of the address it names.');
}

const macOf = (derived: Uint8Array, ciphertext: Uint8Array): Buffer =>
  Buffer.from(keccak256(Buffer.concat([derived.subarray(16, 32), ciphertext])).slice(2), 'hex');

const bytesOf = (length: number) =>
  z
    .string()
    .regex(new RegExp(`^(?:0x)?[0-9a-f]{${length * 2}}$`, 'i'))
    .transform((text) => Buffer.from(text.replace(/^0x/i, ''), 'hex'));

const fileSchema = z.object({
  version: z.literal(3),
  address: bytesOf(20)
    .transform((bytes) => `0x${bytes.toString('hex')}` as Address)
    .optional(),
  crypto: z
    .object({
      cipher: z.literal('aes-128-ctr'),
      cipherparams: z.object({ iv: bytesOf(16) }),
      ciphertext: bytesOf(32),
      mac: bytesOf(32),
    })
    .and(kdfSchema),
});

/** Files of other programs write some names with a capital. */
function withLowerNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.toLowerCase(), withLowerNames(member)]),
  );
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the text.
    throw badKeystore('It is not JSON.');
  }
}

const badKeystore = (what: string, cause?: unknown) =>
  walletError('BAD_KEYSTORE', `This is no keystore that can be read. ${what}`, { cause });
