// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "../IERC20.sol";

/// For a token that says no instead of reverting.
error SafeERC20FailedOperation(address token);

/// Moves tokens that their owner allowed us to move.
function takeTokens(IERC20 token, address from, address to, uint256 amount) {
    if (!token.transferFrom(from, to, amount)) revert SafeERC20FailedOperation(address(token));
}

function payTokens(IERC20 token, address to, uint256 amount) {
    if (!token.transfer(to, amount)) revert SafeERC20FailedOperation(address(token));
}
