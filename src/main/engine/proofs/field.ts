/**
 * The numbers that storage proofs reckon with: the scalar field of the curve BN254 (proofs.md §1.1). An element is a
 * bigint from 0 to `FIELD_ORDER` − 1.
 */
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** How long an element is as bytes, the lowest first. */
export const ELEMENT_BYTES = 32;

/** The number that bytes make, the lowest first; it may be outside the field. */
export function integerFrom(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes).reverse().toString('hex');
  return hex === '' ? 0n : BigInt(`0x${hex}`);
}

/** Undefined unless it is 32 bytes that make a number of the field. */
export function elementFrom(bytes: Uint8Array): bigint | undefined {
  const value = integerFrom(bytes);
  return bytes.length === ELEMENT_BYTES && value < FIELD_ORDER ? value : undefined;
}

/** 32 bytes, the lowest first. */
export function elementBytes(element: bigint): Uint8Array {
  return Buffer.from(element.toString(16).padStart(2 * ELEMENT_BYTES, '0'), 'hex').reverse();
}
