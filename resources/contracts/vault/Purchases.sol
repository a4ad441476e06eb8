// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RequestId} from "../Ids.sol";
import {clientAccount} from "./Accounts.sol";
import {Escrow} from "./Escrow.sol";
import {Ask, Request, requestIdOf} from "./Requests.sol";
import {Duration, TokensPerSecond, currentTime} from "./Units.sol";

/// The client's side: a request is made and paid for, and what nobody earned is given back.
abstract contract Purchases is Escrow {
    Duration private immutable _requestDurationLimit;

    constructor(Duration requestDurationLimit) {
        _requestDurationLimit = requestDurationLimit;
    }

    /// Makes a request. The sender is the client and has approved the price, which goes to the vault at once.
    function requestStorage(Request calldata request) external {
        RequestId requestId = requestIdOf(request);
        _checkRequest(requestId, request);

        uint128 price = request.ask.totalPrice();
        RequestRecord storage record = _requests[requestId];
        record.request = request;
        record.expiresAt = currentTime().plus(request.expiry);
        record.endsAt = currentTime().plus(request.ask.duration);
        _requestsOf[msg.sender].add(RequestId.unwrap(requestId));

        // Unless the request starts, the money is free at the expiry.
        _vault.lock(_fundOf(requestId), record.expiresAt, record.endsAt);
        _collect(requestId, clientAccount(msg.sender), price);
        emit StorageRequested(requestId, request.ask, record.expiresAt);
    }

    /// Gives the client what no host has earned. Anyone may see to that, again and again; the vault knows when it is
    /// time. The request stays on the client's list until the client itself asks.
    function withdrawFunds(RequestId requestId) external known(requestId) {
        _vault.withdraw(_fundOf(requestId), clientAccount(_requests[requestId].request.client));
        _requestsOf[msg.sender].remove(RequestId.unwrap(requestId));
    }

    function _checkRequest(RequestId requestId, Request calldata request) private view {
        Ask calldata ask = request.ask;
        uint40 duration = Duration.unwrap(ask.duration);
        uint40 expiry = Duration.unwrap(request.expiry);
        if (request.client != msg.sender) revert Marketplace_InvalidClientAddress();
        if (_isKnown(requestId)) revert Marketplace_RequestAlreadyExists();
        if (expiry == 0 || expiry >= duration) revert Marketplace_InvalidExpiry();
        if (ask.slots == 0) revert Marketplace_InsufficientSlots();
        if (ask.maxSlotLoss > ask.slots) revert Marketplace_InvalidMaxSlotLoss();
        if (ask.proofProbability == 0) revert Marketplace_InsufficientProofProbability();
        if (ask.collateralPerByte == 0) revert Marketplace_InsufficientCollateral();
        if (TokensPerSecond.unwrap(ask.pricePerBytePerSecond) == 0) revert Marketplace_InsufficientReward();
        if (request.content.cid.length == 0) revert Marketplace_InvalidCid();
        if (duration > Duration.unwrap(_requestDurationLimit)) revert Marketplace_DurationExceedsLimit();
    }
}
