import { join } from 'node:path';
import { secp256k1 } from '@noble/curves/secp256k1';
import { z } from 'zod';
import { writeFileDurably } from './durablefile.ts';
import { StoreError, systemCode } from './errors.ts';
import { diskFiles, type FileSystem } from './filesystem.ts';

/**
 * The secret by which other peers know this node again: a secp256k1 key of 32 bytes, made once for a data folder, in a file
 * that nobody else may read. One that is there and cannot be read is never replaced.
 * @throws StoreError NETWORK_KEY_DAMAGED, whose message says what to do
 */
export async function networkKey(dataDir: string, fs: FileSystem = diskFiles): Promise<Uint8Array> {
  const path = join(dataDir, 'network-key.json');
  const known = await readKey(path, fs);
  if (known) return known;
  const key = secp256k1.utils.randomPrivateKey();
  const text = JSON.stringify({ version: 1, key: Buffer.from(key).toString('hex') });
  await writeFileDurably(path, `${text}\n`, fs, { mode: 0o600 });
  return key;
}

async function readKey(path: string, fs: FileSystem): Promise<Uint8Array | undefined> {
  try {
    const text = Buffer.from(await fs.read(path)).toString('utf8');
    const { key } = keySchema.parse(JSON.parse(text));
    await shut(path, fs);
    return Buffer.from(key, 'hex');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw damaged(path, cause);
  }
}

/** Rights that others have on it are taken away. */
async function shut(path: string, fs: FileSystem): Promise<void> {
  const file = await fs.open(path, 'r');
  try {
    await file.chmod(0o600);
  } finally {
    await file.close();
  }
}

const keySchema = z.strictObject({
  version: z.literal(1),
  key: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .refine((hex) => secp256k1.utils.isValidPrivateKey(hex)),
});

/** What was read is no part of the error: it may hold the key. */
function damaged(path: string, cause: unknown): StoreError {
  const message = `The key by which other peers know this node cannot be read from ${path}. Put back a copy of the file; or delete it, and the node gets a new identity.`;
  const reason = systemCode(cause) ?? 'it is not the key of a node';
  return new StoreError('NETWORK_KEY_DAMAGED', { path, reason }, { message });
}
