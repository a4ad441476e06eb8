// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RequestId, RequestState} from "../Ids.sol";
import {Ask, Request, requestIdOf} from "./Requests.sol";
import {Treasury} from "./Treasury.sol";

/// The client's side: a request is made and paid for, and what nobody earned is given back.
abstract contract Purchases is Treasury {
    uint64 private immutable _requestDurationLimit;

    constructor(uint64 requestDurationLimit) {
        _requestDurationLimit = requestDurationLimit;
    }

    /// Makes a request. The sender is the client and has approved the price, which is taken at once.
    function requestStorage(Request calldata request) external {
        RequestId requestId = requestIdOf(request);
        _checkRequest(requestId, request);

        uint256 price = request.ask.totalPrice();
        RequestRecord storage record = _requests[requestId];
        record.request = request;
        record.expiresAt = uint64(block.timestamp) + request.expiry;
        record.endsAt = uint64(block.timestamp) + request.ask.duration;
        record.refundable = price;
        _requestsOf[msg.sender].add(RequestId.unwrap(requestId));

        _collect(price);
        emit StorageRequested(requestId, request.ask, record.expiresAt);
    }

    function withdrawFunds(RequestId requestId) external {
        withdrawFunds(requestId, msg.sender);
    }

    /// Gives the client what no host has earned, once the request is over.
    function withdrawFunds(RequestId requestId, address withdrawRecipient) public known(requestId) {
        RequestRecord storage record = _requests[requestId];
        if (msg.sender != record.request.client) revert Marketplace_InvalidClientAddress();
        RequestState state = requestState(requestId);
        if (state == RequestState.New || state == RequestState.Started) revert Marketplace_InvalidState();
        uint256 amount = record.refundable;
        if (amount == 0) revert Marketplace_NothingToWithdraw();

        if (state == RequestState.Cancelled) {
            // Hosts were promised everything up to the end, but earn up to the expiry only.
            amount += record.slotsFilled * _reward(record, record.expiresAt, record.endsAt);
            emit RequestCancelled(requestId);
        }
        record.refundable = 0;
        _requestsOf[msg.sender].remove(RequestId.unwrap(requestId));
        _pay(withdrawRecipient, amount);
    }

    function _checkRequest(RequestId requestId, Request calldata request) private view {
        Ask calldata ask = request.ask;
        if (request.client != msg.sender) revert Marketplace_InvalidClientAddress();
        if (_isKnown(requestId)) revert Marketplace_RequestAlreadyExists();
        if (request.expiry == 0 || request.expiry >= ask.duration) revert Marketplace_InvalidExpiry();
        if (ask.slots == 0) revert Marketplace_InsufficientSlots();
        if (ask.maxSlotLoss > ask.slots) revert Marketplace_InvalidMaxSlotLoss();
        if (ask.proofProbability == 0) revert Marketplace_InsufficientProofProbability();
        if (ask.collateralPerByte == 0) revert Marketplace_InsufficientCollateral();
        if (ask.pricePerBytePerSecond == 0) revert Marketplace_InsufficientReward();
        if (request.content.cid.length == 0) revert Marketplace_InvalidCid();
        if (ask.duration > _requestDurationLimit) revert Marketplace_DurationExceedsLimit();
    }
}
