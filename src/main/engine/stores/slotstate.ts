import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { Bitmap } from './bitmap.ts';
import type { SlotPlaces } from '../contracts/slotplaces.ts';
import { systemCode } from './errors.ts';
import type { FileSystem } from './filesystem.ts';

/** What a slot's files hold, fixed when they are made. The CIDs are opaque here. */
export interface SlotLayout extends SlotPlaces {
  readonly manifestCid: Uint8Array;
  readonly treeCid: Uint8Array;
  /** Leaves, and layers above them, of the whole dataset's tree. */
  readonly leafCount: number;
  readonly treeDepth: number;
  readonly blockSize: number;
}

/**
 * A slot's state file: its layout and which of its blocks are durable. It is kept in two copies that are written in turn,
 * each with a generation and a checksum, so that a crash while one is written leaves the other.
 */
export interface SlotState {
  readonly layout: SlotLayout;
  readonly durable: Bitmap;
  readonly generation: number;
}

export const stateCopies = ['state.a', 'state.b'] as const;

/** The copy that a generation is written to: the one that does not hold the generation before it. */
export const copyOf = (generation: number): (typeof stateCopies)[number] =>
  stateCopies[generation % 2 === 0 ? 0 : 1];

/**
 * The newest copy that is whole; undefined when there is none. One that cannot be read is done without when the other is
 * whole; otherwise the error is thrown, since what it says may be all there is to know.
 */
export async function readState(folder: string, fs: FileSystem): Promise<SlotState | undefined> {
  const copies = await Promise.allSettled(stateCopies.map((name) => readCopy(join(folder, name), fs)));
  const whole = copies.flatMap((copy) => (copy.status === 'fulfilled' && copy.value) || []);
  const [newest] = whole.sort((a, b) => b.generation - a.generation);
  const failed = copies.find((copy) => copy.status === 'rejected');
  if (!newest && failed) throw failed.reason;
  return newest;
}

/** No block is there yet. */
export const emptyState = (layout: SlotLayout): SlotState => ({
  layout,
  durable: new Bitmap(layout.steps),
  generation: 0,
});

/** The state that follows, with other blocks. */
export const nextState = ({ layout, generation }: SlotState, durable: Bitmap): SlotState => ({
  layout,
  durable,
  generation: generation + 1,
});

export function sameLayout(a: SlotLayout, b: SlotLayout): boolean {
  return Buffer.compare(encodeLayout(a), encodeLayout(b)) === 0;
}

export function encodeState({ layout, durable, generation }: SlotState): Uint8Array {
  const header = encodeLayout(layout);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 0, 'latin1');
  prefix.writeUInt32LE(FORMAT, 4);
  prefix.writeBigUInt64LE(BigInt(generation), 8);
  prefix.writeUInt32LE(header.length, 16);
  const content = Buffer.concat([prefix, header, durable.bytes]);
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32LE(crc32(content));
  return Buffer.concat([content, checksum]);
}

/** Undefined for bytes that are not a whole copy. */
export function decodeState(bytes: Uint8Array): SlotState | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = buffer.length - CHECKSUM_BYTES;
  if (end < PREFIX_BYTES || buffer.readUInt32LE(end) !== crc32(buffer.subarray(0, end))) return undefined;
  if (buffer.toString('latin1', 0, 4) !== MAGIC || buffer.readUInt32LE(4) !== FORMAT) return undefined;
  const headerEnd = PREFIX_BYTES + buffer.readUInt32LE(16);
  const layout = decodeLayout(buffer.subarray(PREFIX_BYTES, headerEnd));
  const bits = buffer.subarray(headerEnd, end);
  if (!layout || bits.length !== Math.ceil(layout.steps / 8)) return undefined;
  return { layout, durable: new Bitmap(layout.steps, bits), generation: Number(buffer.readBigUInt64LE(8)) };
}

const MAGIC = 'SLOT';
const FORMAT = 1;
const PREFIX_BYTES = 20;
const CHECKSUM_BYTES = 4;

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const hexBytes = z.codec(z.string().regex(/^([0-9a-f]{2})*$/), bytes, {
  decode: (hex) => Buffer.from(hex, 'hex'),
  encode: (bytes) => Buffer.from(bytes).toString('hex'),
});

const layoutSchema = z.object({
  manifestCid: hexBytes,
  treeCid: hexBytes,
  leafCount: z.int().positive(),
  treeDepth: z.int().positive(),
  firstIndex: z.int().nonnegative(),
  // Those that were written before there were others are stretches.
  stride: z.int().positive().default(1),
  steps: z.int().positive(),
  blockSize: z.int().positive(),
});

const encodeLayout = (layout: SlotLayout): Buffer =>
  Buffer.from(JSON.stringify(z.encode(layoutSchema, layout)));

function decodeLayout(bytes: Buffer): SlotLayout | undefined {
  try {
    return z.decode(layoutSchema, JSON.parse(bytes.toString('utf8')) as z.input<typeof layoutSchema>);
  } catch {
    return undefined;
  }
}

async function readCopy(path: string, fs: FileSystem): Promise<SlotState | undefined> {
  try {
    return decodeState(await fs.read(path));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
