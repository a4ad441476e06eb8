/**
 * Writes WebAssembly: instructions, functions, and the module around them; of all there is only what
 * `poseidon2module.ts` needs. Source: WebAssembly Core Specification 2.0, chapter 5 (binary format).
 */

/** Instructions as bytes; nested as they were put together, until a function is finished. */
export type Code = readonly (number | Code)[];
export type ValueType = typeof i32 | typeof i64 | typeof v128;

export const i32 = 0x7f;
export const i64 = 0x7e;
export const v128 = 0x7b;
export const PAGE_BYTES = 65_536;

/** A variable of the function that is being written. */
export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

/** Collects the variables and instructions of a function that returns nothing. */
export class FunctionWriter {
  readonly parameters: readonly Local[];
  readonly #parameterTypes: readonly ValueType[];
  readonly #types: ValueType[] = [];
  readonly #code: Code[] = [];

  constructor(parameterTypes: readonly ValueType[] = []) {
    this.#parameterTypes = parameterTypes;
    this.parameters = parameterTypes.map((_, index) => localAt(index));
  }

  local(type: ValueType): Local {
    this.#types.push(type);
    return localAt(this.#parameterTypes.length + this.#types.length - 1);
  }

  locals(type: ValueType, count: number): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  add(...code: readonly Code[]): void {
    this.#code.push(...code);
  }

  finish(): FunctionCode {
    const locals = vector(this.#types.map((type) => [1, type]));
    return { parameterTypes: this.#parameterTypes, body: flat([locals, this.#code, END]) };
  }
}

export interface FunctionCode {
  readonly parameterTypes: readonly ValueType[];
  readonly body: readonly number[];
}

export interface ModuleParts {
  /** They call each other by their place here. */
  readonly functions: readonly FunctionCode[];
  /** By the name under which it is seen outside. */
  readonly exports: Readonly<Record<string, number>>;
  /** Of the memory, which is exported as `memory`. */
  readonly pages: number;
  /** What the memory begins with. */
  readonly data: Uint8Array;
}

/** The bytes of a module. */
export function moduleBytes({ functions, exports, pages, data }: ModuleParts): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameterTypes }) => [
    0x60,
    vector(parameterTypes.map((type) => [type])),
    0,
  ]);
  const exported = Object.entries(exports).map(([name, index]) => [text(name), 0x00, unsigned(index)]);
  const module = [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, vector(types)),
    section(3, vector(functions.map((_, index) => unsigned(index)))),
    section(5, vector([[0x00, unsigned(pages)]])),
    section(7, vector([...exported, [text('memory'), 0x02, 0]])),
    section(10, vector(functions.map(({ body }) => [unsigned(body.length), body]))),
    section(11, vector([[0x00, i32Const(0), END, unsigned(data.length), [...data]]])),
  ];
  return Uint8Array.from(flat(module));
}

const END = 0x0b;

export const i32Const = (value: number): Code => [0x41, signed(BigInt(value))];
export const i64Const = (value: bigint): Code => [0x42, signed(BigInt.asIntN(64, value))];
/** Four numbers of 32 bits, the lowest first. */
export const v128Const = (words: readonly [number, number, number, number]): Code => [
  simd(0x0c),
  words.flatMap((word) => [0, 8, 16, 24].map((bit) => (word >>> bit) & 255)),
];

export const i32Add = binary(0x6a);
export const i32Sub = binary(0x6b);
export const i32Mul = binary(0x6c);
export const i32And = binary(0x71);
export const i32Or = binary(0x72);
export const i32ShrU = binary(0x76);
export const i32GtU = binary(0x4b);
export const i64And = binary(0x83);
export const i64Or = binary(0x84);
export const i64Xor = binary(0x85);
export const i64Shl = binary(0x86);
export const i64ShrU = binary(0x88);
export const i64Eqz = (value: Code): Code => [value, 0x50];
export const v128And = binary(simd(0x4e));
export const i64x2Add = binary(simd(0xce));
export const i64x2Sub = binary(simd(0xd1));
export const i64x2Shl = (value: Code, bits: number): Code => [value, i32Const(bits), simd(0xcb)];
export const i64x2ShrU = (value: Code, bits: number): Code => [value, i32Const(bits), simd(0xcd)];
/** Two products of 64 bits: of words 0 and of words 1, … */
export const i64x2MulLow = binary(simd(0xde));
/** … of words 2 and of words 3. */
export const i64x2MulHigh = binary(simd(0xdf));
export const i64x2From = (first: Code, second: Code): Code => [first, simd(0x12), second, simd(0x1e), 1];
export const i64x2Lane = (value: Code, lane: 0 | 1): Code => [value, simd(0x1d), lane];
/** Words 0 and 2 of `a`, then those of `b`. */
export const evenWords = (a: Code, b: Code): Code => [
  [a, b, simd(0x0d)],
  [0, 8, 16, 24].flatMap((byte) => [byte, byte + 1, byte + 2, byte + 3]),
];

/** `a` unless the condition is 0, else `b`. */
export const select = (a: Code, b: Code, condition: Code): Code => [a, b, condition, 0x1b];
export const when = (condition: Code, body: Code): Code => [condition, 0x04, NOTHING, body, END];
/** Runs `body` again until the condition, looked at after it, is 0. */
export const doWhile = (body: Code, condition: Code): Code => [
  [0x03, NOTHING, body],
  [condition, 0x0d, 0, END],
];
export const call = (index: number, ...operands: readonly Code[]): Code => [operands, 0x10, unsigned(index)];

const NOTHING = 0x40;

/** In the memory: an address, and what is added to it. */
export interface Place {
  readonly address: Code;
  readonly offset: number;
}

export const i32Load16 = (place: Place): Code => [place.address, 0x2f, memory(place)];
export const i32Store = (place: Place, value: Code): Code => [place.address, value, 0x36, memory(place)];
export const i64Load = (place: Place): Code => [place.address, 0x29, memory(place)];
export const i64Store = (place: Place, value: Code): Code => [place.address, value, 0x37, memory(place)];
export const v128Load = (place: Place): Code => [place.address, simd(0x00), memory(place)];
export const v128Store = (place: Place, value: Code): Code => [
  [place.address, value],
  [simd(0x0b), memory(place)],
];
export const memoryCopy = (to: Code, from: Code, length: number): Code => [
  [to, from, i32Const(length)],
  [0xfc, 10, 0, 0],
];
export const memoryZero = (at: Code, length: number): Code => [
  [at, i32Const(0), i32Const(length)],
  [0xfc, 11, 0],
];

function memory({ offset }: Place): Code {
  return [0, unsigned(offset)];
}

function simd(opcode: number): Code {
  return [0xfd, unsigned(opcode)];
}

function binary(opcode: number | Code): (a: Code, b: Code) => Code {
  return (a, b) => [a, b, opcode];
}

/** LEB128, as all numbers are written. */
function unsigned(value: number): Code {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

function signed(value: bigint): Code {
  const bytes: number[] = [];
  for (;;) {
    const low = Number(BigInt.asUintN(7, value));
    value >>= 7n;
    const isLast = (value === 0n && low < 64) || (value === -1n && low >= 64);
    bytes.push(isLast ? low : low + 128);
    if (isLast) return bytes;
  }
}

function vector(items: readonly Code[]): Code {
  return [unsigned(items.length), items];
}

function section(id: number, content: Code): Code {
  const bytes = flat(content);
  return [id, unsigned(bytes.length), bytes];
}

function text(value: string): Code {
  const bytes = [...Buffer.from(value)];
  return [unsigned(bytes.length), bytes];
}

function flat(code: Code, bytes: number[] = []): number[] {
  for (const part of code) {
    if (typeof part === 'number') bytes.push(part);
    else flat(part, bytes);
  }
  return bytes;
}

function localAt(index: number): Local {
  const operand = unsigned(index);
  return { get: [0x20, operand], set: (value) => [value, 0x21, operand] };
}
