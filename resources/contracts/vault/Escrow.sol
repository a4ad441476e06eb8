// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "../IERC20.sol";
import {RequestId} from "../Ids.sol";
import {AccountId} from "./Accounts.sol";
import {Records} from "./Records.sol";
import {takeTokens} from "./Tokens.sol";
import {FundId, Vault} from "./Vault.sol";

/// The marketplace's side of the vault: each request has a fund there. No token stays here longer than a transaction.
abstract contract Escrow is Records {
    Vault internal immutable _vault;
    IERC20 private immutable _token;

    constructor(Vault vault_) {
        _vault = vault_;
        _token = vault_.token();
        _token.approve(address(vault_), type(uint256).max);
    }

    function vault() external view returns (Vault) {
        return _vault;
    }

    function token() external view returns (IERC20) {
        return _token;
    }

    /// Takes from the sender, who has to have approved it to this contract, into an account of the request's fund.
    function _collect(RequestId requestId, AccountId account, uint128 amount) internal {
        takeTokens(_token, msg.sender, address(this), amount);
        _vault.deposit(_fundOf(requestId), account, amount);
    }

    function _fundOf(RequestId requestId) internal pure returns (FundId) {
        return FundId.wrap(RequestId.unwrap(requestId));
    }
}
