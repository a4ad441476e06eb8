// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "../IERC20.sol";
import {Records} from "./Records.sol";

/// The tokens this contract holds for others.
abstract contract Treasury is Records {
    IERC20 private immutable _token;

    constructor(IERC20 token_) {
        _token = token_;
    }

    function token() external view returns (IERC20) {
        return _token;
    }

    /// Takes from the sender, who has to have approved it.
    function _collect(uint256 amount) internal {
        if (!_token.transferFrom(msg.sender, address(this), amount)) revert Marketplace_TransferFailed();
    }

    function _pay(address recipient, uint256 amount) internal {
        if (!_token.transfer(recipient, amount)) revert Marketplace_TransferFailed();
    }

    /// What one slot earns between two times.
    function _reward(RequestRecord storage record, uint64 from, uint64 until) internal view returns (uint256) {
        if (from >= until) revert Marketplace_StartNotBeforeExpiry();
        return (until - from) * record.request.ask.pricePerSecond();
    }
}
