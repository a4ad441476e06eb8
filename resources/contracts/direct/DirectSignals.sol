// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketplaceSignals} from "../MarketplaceSignals.sol";
import {Ask, RequestId} from "./Requests.sol";

/// What only this family announces and refuses.
interface DirectSignals is MarketplaceSignals {
    event StorageRequested(RequestId requestId, Ask ask, uint64 expiry); // expiry is a time here, not a duration
    event RequestCancelled(RequestId indexed requestId);

    error Marketplace_AlreadyPaid();
    error Marketplace_NothingToWithdraw();
    error Marketplace_TransferFailed();
}
