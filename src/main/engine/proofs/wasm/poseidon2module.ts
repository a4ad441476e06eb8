import { BLOCK_BYTES, CELL_BYTES, CELLS_PER_BLOCK, CHUNK_BYTES } from '../cells.ts';
import { ELEMENT_BYTES, FIELD_ORDER } from '../field.ts';
import { roundConstants } from '../grain.ts';
import { spongeStart } from '../poseidon2.ts';
import * as wasm from './code.ts';
import {
  FunctionWriter,
  i32,
  i64,
  i32Add,
  i32Const,
  i64Const,
  type Code,
  type FunctionCode,
} from './code.ts';
import {
  FieldWriter,
  LIMB_BITS,
  limbAt,
  limbOfBytes,
  LIMBS,
  limbsOf,
  MONTGOMERY,
  NUMBER_BYTES,
} from './fieldcode.ts';

/** A WebAssembly module that hashes, and where its callers put things into its memory. */
export interface Poseidon2Module {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where a block lies that `cells()` reads. */
  readonly blockAt: number;
  /**
   * Where `cells()` leaves the digests of a block's cells, and `layer(count, key)` exchanges so many nodes of a tree for
   * those above them, by the rules of `ProofTree`; the key is 1 for the leaves, else 0. A digest has 32 bytes, the lowest
   * first; a number beyond the field is taken modulo its order. One place more than there are digests is written over.
   */
  readonly digestsAt: number;
}

/**
 * Poseidon2 in WebAssembly, written here instead of by a compiler: the repository holds no binary, the round constants
 * are drawn where they are needed, and each limb is a variable of its own. Two cells or two nodes of a tree are hashed
 * side by side in the lanes of SIMD registers: about 10 µs a permutation, 15 times quicker than plain numbers.
 */
export function poseidon2Module(): Poseidon2Module {
  const memory = memoryMap();
  const functions: Record<keyof typeof fn, FunctionCode> = {
    sbox: sbox(),
    external: external(memory),
    internal: internal(memory, { reducing: false }),
    internalReducing: internal(memory, { reducing: true }),
    permute: permute(memory),
    absorb: absorb(memory),
    squeeze: squeeze(memory),
    compressPairs: compressPairs(memory),
    cells: cells(memory),
    layer: layer(memory),
  };
  const bytes = wasm.moduleBytes({
    functions: Object.values(functions),
    exports: { cells: fn.cells, layer: fn.layer },
    pages: Math.ceil((memory.digests + BLOCK_BYTES) / wasm.PAGE_BYTES),
    data: memory.constants,
  });
  return { bytes, blockAt: memory.block, digestsAt: memory.digests };
}

/** The functions of the module by their place in it. */
const fn = {
  sbox: 0,
  external: 1,
  internal: 2,
  internalReducing: 3,
  permute: 4,
  absorb: 5,
  squeeze: 6,
  compressPairs: 7,
  cells: 8,
  layer: 9,
} as const;

type MemoryMap = ReturnType<typeof memoryMap>;

/** Where in the memory things lie, in bytes. Constants come first. */
function memoryMap() {
  const { firstFull, partial, lastFull } = roundConstants();
  const numbers: bigint[] = [];
  const placePlain = (...values: readonly bigint[]): number => {
    const at = numbers.length * NUMBER_BYTES;
    numbers.push(...values);
    return at;
  };
  const place = (...values: readonly bigint[]): number =>
    placePlain(...values.map((value) => (value * MONTGOMERY) % FIELD_ORDER));
  const places = {
    firstFull: place(...firstFull.flat()),
    partial: place(...partial),
    lastFull: place(...lastFull.flat()),
    /** By key. */
    keys: place(0n, 1n, 2n, 3n),
    spongeStart: place(spongeStart(2)),
    one: place(1n),
    /** Times a plain number this is the number as it is kept; … */
    toKept: place(MONTGOMERY),
    /** … times a kept one the plain number. */
    toPlain: placePlain(1n),
  };
  const state = numbers.length * NUMBER_BYTES;
  const scratch = state + 3 * NUMBER_BYTES;
  const block = scratch + 2 * SCRATCH_BYTES;
  // Numbers are read in words of 8 bytes, which may end behind the block.
  const digests = block + BLOCK_BYTES + 64;
  const element = (index: number): Code => i32Const(state + index * NUMBER_BYTES);
  return { ...places, constants: inBothLanes(numbers), element, scratch, block, digests };
}

/** Holds the end of a cell, with the byte 1 that follows it, for each lane. */
const SCRATCH_BYTES = 64;

/** (element, constant): element := (element + constant)^5 */
function sbox(): FunctionCode {
  const writer = new FunctionWriter([i32, i32]);
  const field = new FieldWriter(writer);
  const [element, constant] = writer.parameters as [wasm.Local, wasm.Local];
  const power = field.limbs();
  field.load(power, element.get);
  field.addFrom(power, constant.get);
  field.carry(power);
  const base = field.pairs(power);
  field.square(power);
  field.square(power);
  field.mul(power, base);
  field.store(power, element.get);
  return writer.finish();
}

/** The layer of the full rounds: each element is added to the sum of all. */
function external(memory: MemoryMap): FunctionCode {
  const writer = new FunctionWriter();
  const sum = writer.local(wasm.v128);
  for (let limb = 0; limb < LIMBS; limb++) {
    const places = [0, 1, 2].map((i) => limbAt(memory.element(i), limb));
    writer.add(sum.set(places.map(wasm.v128Load).reduce(wasm.i64x2Add)));
    for (const place of places) {
      writer.add(wasm.v128Store(place, wasm.i64x2Add(sum.get, wasm.v128Load(place))));
    }
  }
  return writer.finish();
}

/** The layer of the partial rounds: to the sum of all each element is added, the last one twice. */
function internal(memory: MemoryMap, { reducing }: { reducing: boolean }): FunctionCode {
  const writer = new FunctionWriter();
  const field = new FieldWriter(writer);
  const elements = [field.limbs(), field.limbs(), field.limbs()] as const;
  for (const [i, limbs] of elements.entries()) field.load(limbs, memory.element(i));
  const sum = writer.local(wasm.v128);
  for (let limb = 0; limb < LIMBS; limb++) {
    const [a, b, c] = elements.map((limbs) => limbs[limb]) as [wasm.Local, wasm.Local, wasm.Local];
    writer.add(sum.set([a.get, b.get, c.get].reduce(wasm.i64x2Add)));
    writer.add(a.set(wasm.i64x2Add(sum.get, a.get)));
    writer.add(b.set(wasm.i64x2Add(sum.get, b.get)));
    writer.add(c.set(wasm.i64x2Add(wasm.i64x2Add(sum.get, c.get), c.get)));
  }
  if (reducing) {
    field.reduce(elements[1]);
    field.reduce(elements[2]);
  }
  for (const [i, limbs] of elements.entries()) field.store(limbs, memory.element(i));
  return writer.finish();
}

function permute(memory: MemoryMap): FunctionCode {
  const writer = new FunctionWriter();
  const at = writer.local(i32);
  const constant = (index: number) => i32Add(at.get, i32Const(index * NUMBER_BYTES));
  const rounds = (from: number, to: number, constantsEach: number, ...round: Code[]) => {
    const body = [...round, at.set(constant(constantsEach))];
    writer.add(at.set(i32Const(from)), wasm.doWhile(body, wasm.i32GtU(i32Const(to), at.get)));
  };
  const substitute = (element: number, index: number) =>
    wasm.call(fn.sbox, memory.element(element), constant(index));
  const full = [substitute(0, 0), substitute(1, 1), substitute(2, 2), wasm.call(fn.external)];

  writer.add(wasm.call(fn.external));
  rounds(memory.firstFull, memory.partial, 3, ...full);
  // Elements that pass no S-box grow up to fivefold in a round. After two they are below 80·r, and the first below 40·r,
  // of which the S-box still makes less than 2·r.
  rounds(
    memory.partial,
    memory.lastFull,
    2,
    substitute(0, 0),
    wasm.call(fn.internal),
    substitute(0, 1),
    wasm.call(fn.internalReducing),
  );
  rounds(memory.lastFull, memory.keys, 3, ...full);
  return writer.finish();
}

/**
 * (element, source, stride, topMask): adds to an element the plain number at `source`, in the second lane the one
 * `stride` bytes further.
 */
function absorb(memory: MemoryMap): FunctionCode {
  const writer = new FunctionWriter([i32, i32, i32, i64]);
  const field = new FieldWriter(writer);
  const [element, source, stride, topMask] = writer.parameters as [
    wasm.Local,
    wasm.Local,
    wasm.Local,
    wasm.Local,
  ];
  const number = field.limbs();
  const limbOf = (address: Code, limb: number) => limbOfBytes(address, limb, topMask.get);
  for (const [i, limb] of number.entries()) {
    const second = limbOf(i32Add(source.get, stride.get), i);
    writer.add(limb.set(wasm.i64x2From(limbOf(source.get, i), second)));
  }
  const scale = field.limbs();
  field.load(scale, i32Const(memory.toKept));
  field.mul(number, field.pairs(scale));
  field.addFrom(number, element.get);
  field.store(number, element.get);
  return writer.finish();
}

/** (target, stride): writes the first element as a plain number of the field; that of the second lane `stride` further. */
function squeeze(memory: MemoryMap): FunctionCode {
  const writer = new FunctionWriter([i32, i32]);
  const field = new FieldWriter(writer);
  const [target, stride] = writer.parameters as [wasm.Local, wasm.Local];
  const number = field.limbs();
  field.load(number, memory.element(0));
  field.carry(number);
  const scale = field.limbs();
  field.load(scale, i32Const(memory.toPlain));
  // A product with the plain number 1 is at most r; r itself stands for 0.
  field.mul(number, field.pairs(scale));
  const words = writer.locals(i64, ELEMENT_BYTES / 8);
  const difference = writer.local(i64);
  for (const lane of [0, 1] as const) {
    const limbs = number.map((limb) => wasm.i64x2Lane(limb.get, lane));
    for (const [i, word] of words.entries()) writer.add(word.set(wordOf(limbs, i)));
    const differences = words.map((word, i) =>
      wasm.i64Xor(word.get, i64Const(FIELD_ORDER >> BigInt(64 * i))),
    );
    writer.add(difference.set(differences.reduce(wasm.i64Or)));
    const address = lane === 0 ? target.get : i32Add(target.get, stride.get);
    for (const [i, word] of words.entries()) {
      const value = wasm.select(i64Const(0n), word.get, wasm.i64Eqz(difference.get));
      writer.add(wasm.i64Store({ address, offset: 8 * i }, value));
    }
  }
  return writer.finish();
}

/** (source, pairs, key, target): compresses pairs of digests that lie one after the other; `target` may be `source`. */
function compressPairs(memory: MemoryMap): FunctionCode {
  const writer = new FunctionWriter([i32, i32, i32, i32]);
  const [source, pairs, key, target] = writer.parameters as [wasm.Local, wasm.Local, wasm.Local, wasm.Local];
  const taken = writer.local(i32);
  // Where only one pair is left both lanes do it.
  const apart = (bytes: number) => wasm.i32Mul(wasm.i32Sub(taken.get, i32Const(1)), i32Const(bytes));
  const take = (element: number, offset: number) => {
    const address = i32Add(source.get, i32Const(offset));
    return wasm.call(fn.absorb, memory.element(element), address, apart(2 * ELEMENT_BYTES), DIGEST_MASK);
  };
  const keyAt = i32Add(i32Const(memory.keys), wasm.i32Mul(key.get, i32Const(NUMBER_BYTES)));
  const one = [
    taken.set(i32Add(wasm.i32GtU(pairs.get, i32Const(1)), i32Const(1))),
    wasm.memoryZero(memory.element(0), 2 * NUMBER_BYTES),
    wasm.memoryCopy(memory.element(2), keyAt, NUMBER_BYTES),
    take(0, 0),
    take(1, ELEMENT_BYTES),
    wasm.call(fn.permute),
    wasm.call(fn.squeeze, target.get, apart(ELEMENT_BYTES)),
    source.set(i32Add(source.get, wasm.i32Mul(taken.get, i32Const(2 * ELEMENT_BYTES)))),
    target.set(i32Add(target.get, wasm.i32Mul(taken.get, i32Const(ELEMENT_BYTES)))),
    pairs.set(wasm.i32Sub(pairs.get, taken.get)),
  ];
  writer.add(wasm.when(pairs.get, wasm.doWhile(one, pairs.get)));
  return writer.finish();
}

/** Hashes the cells of the block: each is 33 times two chunks, then the rest with a byte 1, and an element 1. */
function cells(memory: MemoryMap): FunctionCode {
  const writer = new FunctionWriter();
  const [cell, chunk, target] = writer.locals(i32, 3) as [wasm.Local, wasm.Local, wasm.Local];
  const take = (element: number, address: Code, stride: number) =>
    wasm.call(fn.absorb, memory.element(element), address, i32Const(stride), CHUNK_MASK);
  const takeTwo = [
    take(0, chunk.get, CELL_BYTES),
    take(1, i32Add(chunk.get, i32Const(CHUNK_BYTES)), CELL_BYTES),
    wasm.call(fn.permute),
    chunk.set(i32Add(chunk.get, i32Const(2 * CHUNK_BYTES))),
  ];
  const writeRest = [0, 1].map((lane) => {
    const rest = wasm.i32Load16({ address: chunk.get, offset: lane * CELL_BYTES });
    const place = { address: i32Const(memory.scratch), offset: lane * SCRATCH_BYTES };
    return wasm.i32Store(place, wasm.i32Or(rest, i32Const(2 ** 16)));
  });
  const addOne = Array.from({ length: LIMBS }, (_, i) => {
    const place = limbAt(memory.element(1), i);
    const one = wasm.v128Load(limbAt(i32Const(memory.one), i));
    return wasm.v128Store(place, wasm.i64x2Add(wasm.v128Load(place), one));
  });
  const two = [
    wasm.memoryZero(memory.element(0), 2 * NUMBER_BYTES),
    wasm.memoryCopy(memory.element(2), i32Const(memory.spongeStart), NUMBER_BYTES),
    chunk.set(cell.get),
    wasm.doWhile(takeTwo, wasm.i32GtU(i32Add(cell.get, i32Const(WHOLE_CHUNKS * CHUNK_BYTES)), chunk.get)),
    writeRest,
    take(0, i32Const(memory.scratch), SCRATCH_BYTES),
    addOne,
    wasm.call(fn.permute),
    wasm.call(fn.squeeze, target.get, i32Const(ELEMENT_BYTES)),
    target.set(i32Add(target.get, i32Const(2 * ELEMENT_BYTES))),
    cell.set(i32Add(cell.get, i32Const(2 * CELL_BYTES))),
  ];
  writer.add(
    cell.set(i32Const(memory.block)),
    target.set(i32Const(memory.digests)),
    wasm.doWhile(two, wasm.i32GtU(i32Const(memory.block + CELLS_PER_BLOCK * CELL_BYTES), cell.get)),
  );
  return writer.finish();
}

/** (count, key): the last of an odd number is compressed with zeros, which is the key's second bit. */
function layer(memory: MemoryMap): FunctionCode {
  const writer = new FunctionWriter([i32, i32]);
  const [count, key] = writer.parameters as [wasm.Local, wasm.Local];
  const pairs = wasm.i32ShrU(count.get, i32Const(1));
  const digest = (index: Code) =>
    i32Add(i32Const(memory.digests), wasm.i32Mul(index, i32Const(ELEMENT_BYTES)));
  const first = i32Const(memory.digests);
  const last = digest(wasm.i32Sub(count.get, i32Const(1)));
  writer.add(
    wasm.call(fn.compressPairs, first, pairs, key.get, first),
    wasm.when(wasm.i32And(count.get, i32Const(1)), [
      wasm.memoryZero(digest(count.get), ELEMENT_BYTES),
      wasm.call(fn.compressPairs, last, i32Const(1), wasm.i32Or(key.get, i32Const(2)), digest(pairs)),
    ]),
  );
  return writer.finish();
}

const WHOLE_CHUNKS = Math.floor(CELL_BYTES / CHUNK_BYTES);
/** What the highest limb has of a number of so many bytes. */
const topMask = (bytes: number): Code => i64Const(2n ** BigInt(8 * bytes - (LIMBS - 1) * LIMB_BITS) - 1n);
const CHUNK_MASK = topMask(CHUNK_BYTES);
const DIGEST_MASK = topMask(ELEMENT_BYTES);

/** The 64 bits that a word of a number's plain form has of its limbs. */
function wordOf(limbs: readonly Code[], word: number): Code {
  const parts = limbs.flatMap((limb, i) => {
    const bit = i * LIMB_BITS - 64 * word;
    if (bit <= -LIMB_BITS || bit >= 64) return [];
    return [bit >= 0 ? wasm.i64Shl(limb, i64Const(BigInt(bit))) : wasm.i64ShrU(limb, i64Const(BigInt(-bit)))];
  });
  return parts.reduce(wasm.i64Or);
}

function inBothLanes(numbers: readonly bigint[]): Uint8Array {
  const limbs = numbers.flatMap(limbsOf).flatMap((limb) => [BigInt(limb), BigInt(limb)]);
  return new Uint8Array(BigUint64Array.from(limbs).buffer);
}
