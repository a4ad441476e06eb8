import { pbkdf2, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';

/** How a keystore makes a key from a passphrase; with bounds, as the file may come from anybody. */
const salt = z
  .string()
  .regex(/^(?:0x)?(?:[0-9a-f]{2}){1,256}$/i)
  .transform((text) => Buffer.from(text.replace(/^0x/i, ''), 'hex'));
const dklen = z.int().min(32).max(128);

export const kdfSchema = z.discriminatedUnion('kdf', [
  z.object({
    kdf: z.literal('scrypt'),
    kdfparams: z
      .object({ n: z.int().min(2), r: z.int().min(1), p: z.int().min(1), dklen, salt })
      // What scrypt is defined for; a few very old files go beyond it, and no library of ours opens those.
      .refine(({ n, r }) => Number.isInteger(Math.log2(n)) && Math.log2(n) < 16 * r)
      .refine(({ n, r, p }) => scryptMemory({ n, r, p }) <= MAX_MEMORY && n * r * p <= MAX_WORK),
  }),
  z.object({
    kdf: z.literal('pbkdf2'),
    kdfparams: z.object({
      c: z.int().min(1).max(20_000_000),
      prf: z.literal('hmac-sha256'),
      dklen,
      salt,
    }),
  }),
]);

export type Kdf = z.output<typeof kdfSchema>;

/** Derives off the main thread; the answer is the caller's to wipe. */
export async function derivedKey({ kdf, kdfparams }: Kdf, passphrase: Uint8Array): Promise<Buffer> {
  if (kdf === 'pbkdf2') {
    const { c, dklen, salt } = kdfparams;
    return await derivePbkdf2(passphrase, salt, c, dklen, 'sha256');
  }
  const { n, r, p, dklen, salt } = kdfparams;
  return await deriveScrypt(passphrase, salt, dklen, { N: n, r, p, maxmem: scryptMemory({ n, r, p }) * 2 });
}

const MAX_MEMORY = 1024 * 1024 * 1024;
const MAX_WORK = 2 ** 25;

const scryptMemory = ({ n, r, p }: { n: number; r: number; p: number }) => 128 * r * (n + p + 2);

const derivePbkdf2 = promisify(pbkdf2);
const deriveScrypt = promisify<Uint8Array, Uint8Array, number, Parameters<typeof scrypt>[3], Buffer>(scrypt);
