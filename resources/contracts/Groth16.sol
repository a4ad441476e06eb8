// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

struct G1Point {
    uint256 x;
    uint256 y;
}

/// A number of the quadratic extension field: real + imag · i.
struct Fp2Element {
    uint256 real;
    uint256 imag;
}

struct G2Point {
    Fp2Element x;
    Fp2Element y;
}

struct Groth16Proof {
    G1Point a;
    G2Point b;
    G1Point c;
}

interface IGroth16Verifier {
    /// Whether the proof holds for these public inputs.
    function verify(Groth16Proof calldata proof, uint256[] calldata publicInputs) external view returns (bool);
}
