// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "../IERC20.sol";
import {AccountId} from "./Accounts.sol";
import {payTokens, takeTokens} from "./Tokens.sol";
import {Timestamp, TokensPerSecond, currentTime} from "./Units.sol";

type FundId is bytes32;

/// Keeps tokens for a marketplace, apart from its rules: whatever goes wrong there, a fund gives out no more than was
/// put into it, and nothing before its time.
///
/// A fund belongs to the contract that locked it, its controller, and consists of accounts. While it is locked the
/// controller moves tokens between accounts, at once or so much a second, and burns them, but nobody takes any out.
/// Once it is open nothing moves any more but out, to the holders of the accounts.
contract Vault {
    struct Fund {
        Timestamp lockedUntil; // the fund opens with this second; zero before it is locked
        Timestamp lockedAtMost; // how far the lock can be prolonged
        Timestamp frozenAt; // zero unless frozen
    }

    struct Account {
        uint128 balance; // when it was settled; may have grown or shrunk since
        uint128 income; // tokens per second
        uint128 spending; // tokens per second
        Timestamp settledAt;
    }

    address private constant _NOBODY = 0x000000000000000000000000000000000000dEaD;

    IERC20 private immutable _token;
    mapping(address controller => mapping(FundId => Fund)) private _funds;
    mapping(address controller => mapping(FundId => mapping(AccountId => Account))) private _accounts;

    error VaultFundNotLocked();
    error VaultFundNotUnlocked();
    error VaultFundAlreadyLocked();
    error VaultInvalidExpiry();
    error VaultInsufficientBalance();
    error VaultFlowNotZero();
    error VaultOnlyAccountHolder();
    // Part of the interface, but never met: this vault cannot be paused.
    error EnforcedPause();

    constructor(IERC20 token_) {
        _token = token_;
    }

    function token() external view returns (IERC20) {
        return _token;
    }

    /// What is on the account now, while it may not be taken out yet.
    function balanceOf(address controller, FundId fundId, AccountId id) external view returns (uint128) {
        return _balance(_funds[controller][fundId], _accounts[controller][fundId][id]);
    }

    // --- The controller, while the fund is locked ---

    /// Opens a fund for business. It can be prolonged later, up to `atMost`.
    function lock(FundId fundId, Timestamp until, Timestamp atMost) external {
        Fund storage fund = _funds[msg.sender][fundId];
        if (Timestamp.unwrap(fund.lockedUntil) != 0) revert VaultFundAlreadyLocked();
        if (!until.isAfter(currentTime()) || until.isAfter(atMost)) revert VaultInvalidExpiry();
        fund.lockedUntil = until;
        fund.lockedAtMost = atMost;
    }

    function prolong(FundId fundId, Timestamp until) external {
        Fund storage fund = _lockedFund(fundId);
        if (fund.lockedUntil.isAfter(until) || until.isAfter(fund.lockedAtMost)) revert VaultInvalidExpiry();
        fund.lockedUntil = until;
    }

    /// Nothing moves from now on. The fund opens when it would have opened anyway.
    function freeze(FundId fundId) external {
        _lockedFund(fundId).frozenAt = currentTime();
    }

    /// Takes tokens from the controller, which has approved them.
    function deposit(FundId fundId, AccountId id, uint128 amount) external {
        _settledAccount(_lockedFund(fundId), fundId, id).balance += amount;
        takeTokens(_token, msg.sender, address(this), amount);
    }

    function move(FundId fundId, AccountId from, AccountId to, uint128 amount) external {
        Fund storage fund = _lockedFund(fundId);
        _spend(fund, _settledAccount(fund, fundId, from), amount);
        _settledAccount(fund, fundId, to).balance += amount;
    }

    /// Lets tokens flow from one account to the other, until the fund opens. The payer has to have enough for as long as
    /// the fund can be locked, so that no flow ever runs dry.
    function startFlow(FundId fundId, AccountId from, AccountId to, TokensPerSecond rate) external {
        Fund storage fund = _lockedFund(fundId);
        Account storage payer = _settledAccount(fund, fundId, from);
        payer.spending += TokensPerSecond.unwrap(rate);
        _spend(fund, payer, 0);
        _settledAccount(fund, fundId, to).income += TokensPerSecond.unwrap(rate);
    }

    function stopFlow(FundId fundId, AccountId from, AccountId to, TokensPerSecond rate) external {
        Fund storage fund = _lockedFund(fundId);
        _settledAccount(fund, fundId, from).spending -= TokensPerSecond.unwrap(rate);
        _settledAccount(fund, fundId, to).income -= TokensPerSecond.unwrap(rate);
    }

    function burn(FundId fundId, AccountId id, uint128 amount) external {
        Fund storage fund = _lockedFund(fundId);
        _spend(fund, _settledAccount(fund, fundId, id), amount);
        payTokens(_token, _NOBODY, amount);
    }

    /// Burns whatever is on the account, through which nothing flows any more.
    function burnAll(FundId fundId, AccountId id) external {
        Account storage account = _settledAccount(_lockedFund(fundId), fundId, id);
        if (account.income != 0 || account.spending != 0) revert VaultFlowNotZero();
        uint128 amount = account.balance;
        account.balance = 0;
        payTokens(_token, _NOBODY, amount);
    }

    // --- Once the fund is open ---

    /// Pays the account out to its holder. When nothing is on it nothing moves.
    function withdraw(FundId fundId, AccountId id) external {
        _payOut(msg.sender, fundId, id);
    }

    /// The same without the controller's help.
    function withdrawByHolder(address controller, FundId fundId, AccountId id) external {
        if (msg.sender != id.holder()) revert VaultOnlyAccountHolder();
        _payOut(controller, fundId, id);
    }

    // --- Helpers ---

    function _payOut(address controller, FundId fundId, AccountId id) private {
        Fund storage fund = _funds[controller][fundId];
        if (_isLocked(fund) || Timestamp.unwrap(fund.lockedUntil) == 0) revert VaultFundNotUnlocked();
        uint128 amount = _balance(fund, _accounts[controller][fundId][id]);
        delete _accounts[controller][fundId][id];
        if (amount > 0) payTokens(_token, id.holder(), amount);
    }

    /// The sender's fund, in which tokens can be moved.
    function _lockedFund(FundId fundId) private view returns (Fund storage fund) {
        fund = _funds[msg.sender][fundId];
        if (!_isLocked(fund) || _isFrozen(fund)) revert VaultFundNotLocked();
    }

    /// An account of the sender's whose balance is that of now.
    function _settledAccount(Fund storage fund, FundId fundId, AccountId id) private returns (Account storage account) {
        account = _accounts[msg.sender][fundId][id];
        account.balance = _balance(fund, account);
        account.settledAt = _flowTime(fund);
    }

    /// Takes from a settled account what no flow will need.
    function _spend(Fund storage fund, Account storage account, uint128 amount) private {
        uint128 promised = account.spending * currentTime().secondsUntil(fund.lockedAtMost);
        if (account.balance < promised || account.balance - promised < amount) revert VaultInsufficientBalance();
        account.balance -= amount;
    }

    function _balance(Fund storage fund, Account storage account) private view returns (uint128) {
        uint40 elapsed = account.settledAt.secondsUntil(_flowTime(fund));
        return account.balance + account.income * elapsed - account.spending * elapsed;
    }

    /// Until when tokens have flown.
    function _flowTime(Fund storage fund) private view returns (Timestamp) {
        if (_isFrozen(fund)) return fund.frozenAt;
        return _isLocked(fund) ? currentTime() : fund.lockedUntil;
    }

    function _isLocked(Fund storage fund) private view returns (bool) {
        return fund.lockedUntil.isAfter(currentTime());
    }

    function _isFrozen(Fund storage fund) private view returns (bool) {
        return Timestamp.unwrap(fund.frozenAt) != 0;
    }
}
