import { encodeVarint } from '../../../src/main/engine/network/protobuf.ts';
import type { Random } from '../simulation/random.ts';

/** Bytes that nearly make sense: a valid input with some things done to it, or, now and then, no sense at all. */
export function mutated(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  if (random.chance(0.05)) return random.bytes(random.int(0, 64));
  let bytes: Buffer = Buffer.from(random.pick(corpus));
  for (let changes = random.int(0, 4); changes > 0; changes--) bytes = changed(bytes, corpus, random);
  return bytes;
}

function changed(bytes: Buffer, corpus: readonly Uint8Array[], random: Random): Buffer {
  const at = random.int(0, bytes.length);
  const end = random.int(at, Math.min(bytes.length, at + 40));
  const without = (middle: Uint8Array) => Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(end)]);
  switch (random.weighted({ flip: 5, set: 3, cut: 2, drop: 2, insert: 2, number: 4, repeat: 2, splice: 2 })) {
    case 'flip':
      return withByte(bytes, at, (byte) => byte ^ (1 << random.int(0, 7)));
    case 'set':
      return withByte(bytes, at, () => random.pick([0, 1, 0x7f, 0x80, 0xff, random.int(0, 255)]));
    case 'cut':
      return bytes.subarray(0, at);
    case 'drop':
      return without(Buffer.alloc(0));
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), random.bytes(random.int(1, 8)), bytes.subarray(at)]);
    case 'number':
      return without(encodeVarint(random.pick(numbers)));
    case 'repeat':
      return Buffer.concat([bytes.subarray(0, end), ...repeated(bytes.subarray(at, end), random)]);
    case 'splice': {
      const other = random.pick(corpus);
      const from = random.int(0, other.length);
      return without(other.subarray(from, random.int(from, Math.min(other.length, from + 60))));
    }
  }
}

/** Where lengths, indices and sizes turn. */
const numbers = [0n, 1n, 127n, 128n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

function withByte(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  if (at >= bytes.length) return bytes;
  const copy = Buffer.from(bytes);
  copy[at] = change(copy[at] as number) & 0xff;
  return copy;
}

const repeated = (part: Buffer, random: Random): Buffer[] =>
  Array.from({ length: random.int(1, 30) }, () => part);
