/** A Groth16 proof in the contract's shape. */
export interface Groth16Proof {
  readonly a: G1Point;
  readonly b: { readonly x: Fp2Element; readonly y: Fp2Element };
  readonly c: G1Point;
}
export interface G1Point {
  readonly x: bigint;
  readonly y: bigint;
}
export interface Fp2Element {
  readonly real: bigint;
  readonly imag: bigint;
}
