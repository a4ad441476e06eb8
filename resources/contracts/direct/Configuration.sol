// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofTerms} from "../Proofs.sol";
import {SlotReservationsConfig} from "../SlotReservations.sol";
import {CollateralConfig} from "../Stakes.sol";

using {terms} for ProofConfig global;

/// Everything that is fixed when the marketplace is deployed.
struct MarketplaceConfig {
    CollateralConfig collateral;
    ProofConfig proofs;
    SlotReservationsConfig reservations;
    uint64 requestDurationLimit; // seconds
}

/// The meaning of the numbers stands at `ProofTerms`.
struct ProofConfig {
    uint64 period;
    uint64 timeout;
    uint8 downtime;
    uint8 downtimeProduct;
    string zkeyHash; // names the keys of the proof system
}

function terms(ProofConfig memory config) pure returns (ProofTerms memory) {
    return ProofTerms(config.period, config.timeout, config.downtime, config.downtimeProduct);
}
