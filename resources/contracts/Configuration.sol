// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Everything that is fixed when the marketplace is deployed.
struct MarketplaceConfig {
    CollateralConfig collateral;
    ProofConfig proofs;
    SlotReservationsConfig reservations;
    uint64 requestDurationLimit; // seconds
}

struct CollateralConfig {
    uint8 repairRewardPercentage; // of the collateral, which whoever repairs a slot need not bring
    uint8 maxNumberOfSlashes; // missed proofs after which a host loses the slot
    uint8 slashPercentage; // of the full collateral, for each missed proof
    uint8 validatorRewardPercentage; // of the slashed amount, for whoever noticed
}

struct ProofConfig {
    uint64 period; // seconds
    uint64 timeout; // seconds after a period within which a missed proof can be marked
    uint8 downtime; // blocks, of 256, in which no proof is required
    uint8 downtimeProduct; // how far the downtime moves from one period to the next; best a prime
    string zkeyHash; // names the keys of the proof system
}

struct SlotReservationsConfig {
    uint8 maxReservations; // for one slot
}
