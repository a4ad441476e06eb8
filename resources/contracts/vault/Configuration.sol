// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofTerms} from "../Proofs.sol";
import {SlotReservationsConfig} from "../SlotReservations.sol";
import {CollateralConfig} from "../Stakes.sol";
import {Duration} from "./Units.sol";

using {terms} for ProofConfig global;

/// Everything that is fixed when the marketplace is deployed.
struct MarketplaceConfig {
    CollateralConfig collateral;
    ProofConfig proofs;
    SlotReservationsConfig reservations;
    Duration requestDurationLimit;
}

/// The meaning of the numbers stands at `ProofTerms`.
struct ProofConfig {
    Duration period;
    Duration timeout;
    uint8 downtime;
    uint8 downtimeProduct;
    string zkeyHash; // names the keys of the proof system
}

function terms(ProofConfig memory config) pure returns (ProofTerms memory) {
    return
        ProofTerms({
            period: Duration.unwrap(config.period),
            timeout: Duration.unwrap(config.timeout),
            downtime: config.downtime,
            downtimeProduct: config.downtimeProduct
        });
}
