import { FIELD_ORDER } from '../field.ts';
import {
  evenWords,
  i64And,
  i64Const,
  i64Load,
  i64ShrU,
  i64x2Add,
  i64x2MulHigh,
  i64x2MulLow,
  i64x2Shl,
  i64x2ShrU,
  i64x2Sub,
  v128,
  v128And,
  v128Const,
  v128Load,
  v128Store,
  type Code,
  type FunctionWriter,
  type Local,
} from './code.ts';

/**
 * A number as it is reckoned with: x·2^261 modulo the order r (Montgomery), in nine limbs of 29 bits, the lowest first.
 * It need not be below r: 2^261 is 169·r, so the product of a·r and b·r is below (a·b/169 + 1)·r, and sums of a few
 * products are factors as they are.
 */
export const LIMBS = 9;
export const LIMB_BITS = 29;
export const MONTGOMERY = 2n ** BigInt(LIMBS * LIMB_BITS);
/** In memory, where each limb has two lanes of 64 bits: those of two numbers that are reckoned with side by side. */
export const LIMB_BYTES = 16;
export const NUMBER_BYTES = LIMBS * LIMB_BYTES;

/** The limbs of a number below 2^261. */
export const limbsOf = (value: bigint): number[] =>
  Array.from({ length: LIMBS }, (_, i) => Number((value >> BigInt(i * LIMB_BITS)) & BigInt(LIMB_MASK)));

/** A limb of a plain number that lies in memory as bytes, the lowest first. The highest limb is cut by `topMask`. */
export function limbOfBytes(address: Code, limb: number, topMask: Code): Code {
  const bit = limb * LIMB_BITS;
  const word = i64Load({ address, offset: bit >> 3 });
  if (limb === LIMBS - 1) return i64And(word, topMask);
  return i64And(i64ShrU(word, i64Const(BigInt(bit % 8))), i64Const(BigInt(LIMB_MASK)));
}

export type Limbs = readonly Local[];
/** Limbs of a second factor, two in one variable, so that more of them stay in registers. */
export type LimbPairs = readonly Code[];

/** Writes arithmetic of the field into a function. Limbs may be summed up beyond 29 bits until `carry` brings them back. */
export class FieldWriter {
  readonly #fn: FunctionWriter;

  constructor(fn: FunctionWriter) {
    this.#fn = fn;
  }

  limbs(): Limbs {
    return this.#fn.locals(v128, LIMBS);
  }

  load(to: Limbs, address: Code): void {
    for (const [i, limb] of to.entries()) this.#fn.add(limb.set(v128Load(limbAt(address, i))));
  }

  addFrom(to: Limbs, address: Code): void {
    for (const [i, limb] of to.entries()) {
      this.#fn.add(limb.set(i64x2Add(limb.get, v128Load(limbAt(address, i)))));
    }
  }

  store(limbs: Limbs, address: Code): void {
    for (const [i, limb] of limbs.entries()) this.#fn.add(v128Store(limbAt(address, i), limb.get));
  }

  /** Brings all limbs but the highest below 2^29. */
  carry(limbs: Limbs): void {
    for (let i = 0; i + 1 < LIMBS; i++) {
      const [low, high] = [at(limbs, i), at(limbs, i + 1)];
      this.#fn.add(high.set(i64x2Add(high.get, i64x2ShrU(low.get, LIMB_BITS))));
      this.#fn.add(low.set(v128And(low.get, MASK)));
    }
  }

  /** For carried limbs, as `square` and `mul` want them. */
  pairs(limbs: Limbs, { doubled = false } = {}): LimbPairs {
    const value = ({ get }: Local) => (doubled ? i64x2Add(get, get) : get);
    return Array.from({ length: Math.ceil(LIMBS / 2) }, (_, i) => {
      const pair = this.#fn.local(v128);
      const low = at(limbs, 2 * i);
      this.#fn.add(pair.set(evenWords(value(low), value(limbs[2 * i + 1] ?? low))));
      return pair.get;
    });
  }

  /** limbs := limbs · b, of carried limbs. */
  mul(limbs: Limbs, b: LimbPairs): void {
    const factors = this.#factors(limbs);
    this.#reduced(limbs, (row) => rowOf(at(factors, row).get, b, 0).map((product, j) => [row + j, product]));
  }

  /** limbs := limbs², of carried limbs. */
  square(limbs: Limbs): void {
    const factors = this.#factors(limbs);
    const doubled = this.pairs(limbs, { doubled: true });
    this.#reduced(limbs, (row) => {
      const { get } = at(factors, row);
      const mixed = rowOf(get, doubled, row + 1).map((product, j): Term => [2 * row + 1 + j, product]);
      return [[2 * row, i64x2MulLow(get, get)], ...mixed];
    });
  }

  /** Takes multiples of r off a number below 2^261, to just above r at most. Limbs need not be carried, and then are. */
  reduce(limbs: Limbs): void {
    const top = at(limbs, LIMBS - 1);
    const quotient = this.#fn.local(v128);
    const estimate = i64x2MulLow(evenWords(top.get, top.get), v128Const(both(QUOTIENT_FACTOR)));
    const rounded = i64x2ShrU(estimate, QUOTIENT_BITS);
    this.#fn.add(quotient.set(evenWords(rounded, rounded)));
    // To add 2^261 − r instead of taking r off keeps limbs positive; what is too much of it lies above all of them.
    for (const [i, part] of limbsOf(MONTGOMERY - FIELD_ORDER).entries()) {
      const limb = at(limbs, i);
      this.#fn.add(limb.set(i64x2Add(limb.get, i64x2MulLow(quotient.get, v128Const(both(part))))));
    }
    this.carry(limbs);
    this.#fn.add(top.set(v128And(top.get, MASK)));
  }

  /** Limbs as first factors: words 0 and 1 are those of the two numbers, and again words 2 and 3. */
  #factors(limbs: Limbs): Limbs {
    return limbs.map((limb) => {
      const factor = this.#fn.local(v128);
      this.#fn.add(factor.set(evenWords(limb.get, limb.get)));
      return factor;
    });
  }

  /**
   * Sums up a product row by row, and after each row adds such a multiple of r that the lowest column left becomes a
   * multiple of 2^29, which is carried on: so after nine rows it is divided by 2^261. A column is below 2^63.
   * The lowest limb of r is 2^28 + 1, so its negated inverse is 2^28 − 1, and products with either are shifts.
   */
  #reduced(to: Limbs, row: (index: number) => readonly Term[]): void {
    const columns: Local[] = [];
    const addTo = (column: number, term: Code) => {
      const sum = columns[column];
      const next = sum ?? this.#fn.local(v128);
      columns[column] = next;
      this.#fn.add(next.set(sum ? i64x2Add(sum.get, term) : term));
    };
    for (let i = 0; i < LIMBS; i++) {
      for (const [column, product] of row(i)) addTo(column, product);
      const sum = at(columns, i).get;
      const [multiple, factor] = [this.#fn.local(v128), this.#fn.local(v128)];
      this.#fn.add(multiple.set(v128And(i64x2Sub(i64x2Shl(sum, LIMB_BITS - 1), sum), MASK)));
      this.#fn.add(factor.set(evenWords(multiple.get, multiple.get)));
      const lowest = i64x2Add(multiple.get, i64x2Shl(multiple.get, LIMB_BITS - 1));
      addTo(i + 1, i64x2ShrU(i64x2Add(sum, lowest), LIMB_BITS));
      for (const [j, product] of rowOf(factor.get, ORDER_PAIRS, 1).entries()) addTo(i + 1 + j, product);
    }
    for (let i = 0; i + 1 < LIMBS; i++) {
      const sum = at(columns, LIMBS + i).get;
      this.#fn.add(at(to, i).set(v128And(sum, MASK)));
      addTo(LIMBS + i + 1, i64x2ShrU(sum, LIMB_BITS));
    }
    this.#fn.add(at(to, LIMBS - 1).set(at(columns, 2 * LIMBS - 1).get));
  }
}

/** A product, and the column that it belongs to. */
type Term = readonly [number, Code];

const LIMB_MASK = 2 ** LIMB_BITS - 1;
const MASK = v128Const([LIMB_MASK, 0, LIMB_MASK, 0]);
const ORDER = limbsOf(FIELD_ORDER);
const ORDER_PAIRS: LimbPairs = Array.from({ length: Math.ceil(LIMBS / 2) }, (_, i) => {
  const [low, high] = [ORDER[2 * i] ?? 0, ORDER[2 * i + 1] ?? 0];
  return v128Const([low, low, high, high]);
});
const QUOTIENT_BITS = 40;
/** With it the highest limb tells how often r fits into a number, or one less; never more. */
const QUOTIENT_FACTOR = Math.floor(2 ** QUOTIENT_BITS / ((ORDER[LIMBS - 1] ?? 0) + 1));

/** Products of a limb with those of the other factor from limb `from` on. */
function rowOf(factor: Code, pairs: LimbPairs, from: number): Code[] {
  return Array.from({ length: LIMBS - from }, (_, i) => {
    const multiply = (from + i) % 2 === 0 ? i64x2MulLow : i64x2MulHigh;
    return multiply(factor, pairs[(from + i) >> 1] as Code);
  });
}

const both = (value: number) => [value, value, value, value] as const;
const at = (limbs: Limbs, index: number): Local => limbs[index] as Local;
export const limbAt = (address: Code, limb: number) => ({ address, offset: limb * LIMB_BYTES });
