import { NetworkError } from './errors.ts';

/**
 * As much of the protobuf wire format as manifests and exchange messages use. Scalars are written even when they are 0,
 * as the network's other nodes do, so that equal content gives equal bytes.
 */
export class ProtoWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  varint(field: number, value: number | bigint): this {
    return this.#add([encodeVarint(tagOf(field, VARINT)), encodeVarint(value)]);
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#add([encodeVarint(tagOf(field, BYTES)), encodeVarint(value.length), value]);
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'));
  }

  message(field: number, value: ProtoWriter): this {
    // Its parts as they are: a block within two messages is copied once, at the end.
    return this.#add([encodeVarint(tagOf(field, BYTES)), encodeVarint(value.#length)]).#add(value.#parts);
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts, this.#length);
  }

  #add(parts: readonly Uint8Array[]): this {
    for (const part of parts) {
      this.#parts.push(part);
      this.#length += part.length;
    }
    return this;
  }
}

/**
 * A message from a stranger. Unknown fields are skipped, and of a field that is given twice the last one counts.
 * The byte fields are views of the input. Every method throws NetworkError MALFORMED_MESSAGE rather than guess. It takes
 * up no more than some multiple of the input, however small the fields are of which that is made.
 */
export class ProtoReader {
  readonly #fields: ReadonlyMap<number, bigint | readonly Uint8Array[]>;

  constructor(bytes: Uint8Array) {
    this.#fields = readFields(bytes);
  }

  has(field: number): boolean {
    return this.#fields.has(field);
  }

  /** 0 when absent. */
  integer(field: number): number {
    const value = this.big(field);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(`field ${field} is too large`);
    return Number(value);
  }

  /** 0 when absent. */
  big(field: number): bigint {
    const value = this.#fields.get(field) ?? 0n;
    if (typeof value !== 'bigint') throw malformed(`field ${field} is not a number`);
    return value;
  }

  /** Empty when absent. */
  bytes(field: number): Uint8Array {
    return this.all(field).at(-1) ?? new Uint8Array();
  }

  text(field: number): string {
    return Buffer.from(this.bytes(field)).toString('utf8');
  }

  message(field: number): ProtoReader {
    return new ProtoReader(this.bytes(field));
  }

  all(field: number): readonly Uint8Array[] {
    const values = this.#fields.get(field) ?? [];
    if (typeof values === 'bigint') throw malformed(`field ${field} is not bytes`);
    return values;
  }

  messages(field: number): ProtoReader[] {
    return this.all(field).map((bytes) => new ProtoReader(bytes));
  }
}

/** Unsigned, seven bits a byte, lowest first. @throws RangeError for a negative or fractional value */
export function encodeVarint(value: number | bigint): Uint8Array {
  // Nearly all are tags and short lengths, and big numbers are slow to take apart.
  if (Number.isInteger(value) && value >= 0 && value < 0x80) return Uint8Array.of(Number(value));
  let rest = BigInt(value);
  if (rest < 0n || rest > MAX_UINT64) throw new RangeError(`Not a uint64: ${rest}`);
  const bytes: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** The varint at `offset` and the offset behind it; undefined when the bytes end before it does. */
export function decodeVarint(bytes: Uint8Array, offset: number): { value: bigint; end: number } | undefined {
  // Nearly all are of one byte, and big numbers are slow to put together.
  const first = bytes[offset];
  if (first !== undefined && first < 0x80) return { value: BigInt(first), end: offset + 1 };
  let value = 0n;
  for (let length = 0; offset + length < bytes.length; length++) {
    if (length === LONGEST_VARINT) throw malformed('a number has too many bytes');
    const byte = bytes[offset + length] as number;
    value |= BigInt(byte & 0x7f) << BigInt(7 * length);
    if (byte < 0x80) {
      if (value > MAX_UINT64) throw malformed('a number exceeds 64 bits');
      return { value, end: offset + length + 1 };
    }
  }
  return undefined;
}

export const malformed = (reason: string): NetworkError => new NetworkError('MALFORMED_MESSAGE', { reason });

type FieldValue = bigint | Uint8Array;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const LONGEST_VARINT = 10;
/** In one message, each counted. What may be in it of each kind its reader says. */
const MOST_FIELDS = 131_072;
const MAX_UINT64 = 2n ** 64n - 1n;

const tagOf = (field: number, wireType: number): number => field * 8 + wireType;

function readFields(bytes: Uint8Array): Map<number, bigint | Uint8Array[]> {
  const fields = new Map<number, bigint | Uint8Array[]>();
  let count = 0;
  for (let offset = 0; offset < bytes.length;) {
    if (++count > MOST_FIELDS) throw malformed('too many fields');
    const tag = varintAt(bytes, offset);
    const field = Number(tag.value >> 3n);
    if (field < 1 || field > 2 ** 29 - 1) throw malformed('no such field number');
    const { value, end } = readValue(bytes, Number(tag.value & 7n), tag.end);
    offset = end;
    if (value === undefined) continue;
    const before = fields.get(field);
    if (typeof value === 'bigint') fields.set(field, value);
    else if (Array.isArray(before)) before.push(value);
    else fields.set(field, [value]);
  }
  return fields;
}

/** The value is undefined for the fixed-width types, which no message of ours has. */
function readValue(
  bytes: Uint8Array,
  wireType: number,
  offset: number,
): { value: FieldValue | undefined; end: number } {
  switch (wireType) {
    case VARINT:
      return varintAt(bytes, offset);
    case BYTES: {
      const length = varintAt(bytes, offset);
      const end = length.end + Number(length.value);
      if (end > bytes.length) throw malformed('a field is longer than the message');
      return { value: bytes.subarray(length.end, end), end };
    }
    case FIXED64:
    case FIXED32: {
      const end = offset + (wireType === FIXED64 ? 8 : 4);
      if (end > bytes.length) throw malformed('a field is longer than the message');
      return { value: undefined, end };
    }
    default:
      throw malformed(`no such wire type: ${wireType}`);
  }
}

function varintAt(bytes: Uint8Array, offset: number): { value: bigint; end: number } {
  const varint = decodeVarint(bytes, offset);
  if (!varint) throw malformed('the message ends within a number');
  return varint;
}
