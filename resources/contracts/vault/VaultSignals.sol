// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketplaceSignals} from "../MarketplaceSignals.sol";
import {Ask, RequestId} from "./Requests.sol";
import {Timestamp} from "./Units.sol";

/// What only this family announces. That a request was cancelled it never says.
interface VaultSignals is MarketplaceSignals {
    event StorageRequested(RequestId requestId, Ask ask, Timestamp expiry);
}
