import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Secret } from '../engine/lib/secret.ts';

/** What of a password is kept: enough to know it again, and slow to guess from. */
export async function hashPassword(password: Secret): Promise<string> {
  const salt = randomBytes(16);
  const { N, r, p } = COST;
  const key = await derive(password, salt, COST);
  return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Whether it is the password of `hash`. One that cannot be read is no password's. */
export async function isPassword(password: Secret, hash: string): Promise<boolean> {
  const [, N, r, p, salt, key] = HASH.exec(hash) ?? [];
  if (salt === undefined || key === undefined) return false;
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  // Whoever writes the settings decides the cost, by mistake, too.
  if (128 * cost.N * cost.r * cost.p > MOST_BYTES) return false;
  const expected = Buffer.from(key, 'base64url');
  const derived = await derive(password, Buffer.from(salt, 'base64url'), cost).catch(() => undefined);
  return derived?.length === expected.length && timingSafeEqual(derived, expected);
}

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and about a tenth of a second. */
const COST: Cost = { N: 32_768, r: 8, p: 1 };
const KEY_BYTES = 32;
const MOST_BYTES = 128 * 1024 * 1024;
const HASH = /^scrypt\$(\d{1,7})\$(\d{1,3})\$(\d{1,2})\$([\w-]{16,64})\$([\w-]{43})$/;

const scryptAsync = promisify<Buffer | string, Buffer, number, object, Buffer>(scrypt);

/** As people type it: letters with accents can be written in two ways. */
const derive = (password: Secret, salt: Buffer, cost: Cost): Promise<Buffer> =>
  scryptAsync(password.reveal().normalize('NFKC'), salt, KEY_BYTES, { ...cost, maxmem: 2 * MOST_BYTES });
