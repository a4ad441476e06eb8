/** A fixed number of bits, as bytes that can be stored: bit i is bit i%8 of byte i/8, lowest first. */
export class Bitmap {
  readonly length: number;
  readonly bytes: Uint8Array;
  #count: number;

  /** Bits beyond `length` in the last byte are ignored and cleared. */
  constructor(length: number, bytes: Uint8Array = new Uint8Array(Math.ceil(length / 8))) {
    this.length = length;
    this.bytes = Uint8Array.from(bytes);
    if (length % 8 !== 0) this.#set(length >> 3, this.#byte(length >> 3) & ((1 << (length % 8)) - 1));
    this.#count = this.bytes.reduce((sum, byte) => sum + bitsIn(byte), 0);
  }

  /** How many bits are set. */
  get count(): number {
    return this.#count;
  }

  has(index: number): boolean {
    return (this.#byte(index >> 3) & (1 << (index & 7))) !== 0;
  }

  add(index: number): void {
    if (index < 0 || index >= this.length) throw new RangeError(`Bit ${index} of ${this.length}`);
    if (this.has(index)) return;
    this.#set(index >> 3, this.#byte(index >> 3) | (1 << (index & 7)));
    this.#count++;
  }

  delete(index: number): void {
    if (!this.has(index)) return;
    this.#set(index >> 3, this.#byte(index >> 3) & ~(1 << (index & 7)));
    this.#count--;
  }

  clone(): Bitmap {
    return new Bitmap(this.length, this.bytes);
  }

  /** The indices that are not set, rising; judged as they are read. */
  *missing(): Generator<number, void> {
    for (let index = 0; index < this.length; index++) {
      if (!this.has(index)) yield index;
    }
  }

  #byte(at: number): number {
    return this.bytes[at] ?? 0;
  }

  #set(at: number, byte: number): void {
    this.bytes[at] = byte;
  }
}

function bitsIn(byte: number): number {
  let bits = 0;
  for (let rest = byte; rest > 0; rest >>= 1) bits += rest & 1;
  return bits;
}
