// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Belongings} from "../Belongings.sol";
import {RequestId, RequestState, SlotId} from "../Ids.sol";
import {DirectSignals} from "./DirectSignals.sol";
import {Request, SlotState} from "./Requests.sol";

/// What is on record about requests and slots, and the states that follow from the records and the clock.
///
/// The passing of an expiry or an end is not an event: nobody sends a transaction for it. So a record never holds
/// `Cancelled` or `Finished`; they are worked out whenever someone asks.
abstract contract Records is DirectSignals, Belongings {
    struct RequestRecord {
        Request request;
        RequestState reached; // New, Started or Failed
        uint64 slotsFilled; // hosts present; a payout does not count as leaving
        uint64 expiresAt;
        uint64 endsAt;
        uint256 refundable; // of the price; what hosts present have been promised is not part of it
    }

    struct SlotRecord {
        SlotState reached; // Free, Filled, Repair or Paid
        RequestId requestId;
        uint64 slotIndex;
        uint64 filledAt;
        address host; // stays after the payout
        uint256 collateral; // stays after the payout
    }

    mapping(RequestId => RequestRecord) internal _requests;
    mapping(SlotId => SlotRecord) internal _slots;

    modifier known(RequestId requestId) {
        if (!_isKnown(requestId)) revert Marketplace_UnknownRequest();
        _;
    }

    function getRequest(RequestId requestId) external view known(requestId) returns (Request memory) {
        return _requests[requestId].request;
    }

    function requestState(RequestId requestId) public view known(requestId) returns (RequestState) {
        RequestRecord storage record = _requests[requestId];
        // The second of the expiry and the second of the end still belong to the state before.
        if (record.reached == RequestState.New && block.timestamp > record.expiresAt) return RequestState.Cancelled;
        if (record.reached == RequestState.Started && block.timestamp > record.endsAt) return RequestState.Finished;
        return record.reached;
    }

    /// When the request ends or has ended.
    function requestEnd(RequestId requestId) external view returns (uint64) {
        RequestState state = requestState(requestId);
        RequestRecord storage record = _requests[requestId];
        if (state == RequestState.New || state == RequestState.Started) return record.endsAt;
        if (state == RequestState.Cancelled) return record.expiresAt;
        return block.timestamp < record.endsAt ? uint64(block.timestamp) : record.endsAt;
    }

    /// When the request is cancelled unless it has started. Zero for an unknown request.
    function requestExpiry(RequestId requestId) external view returns (uint64) {
        return _requests[requestId].expiresAt;
    }

    function slotState(SlotId slotId) public view returns (SlotState) {
        SlotRecord storage slot = _slots[slotId];
        // A slot nobody ever filled stays free, whatever becomes of its request.
        if (slot.reached == SlotState.Free) return SlotState.Free;
        return _stateWithin(slot.requestId, slot.reached);
    }

    function getHost(SlotId slotId) external view returns (address) {
        return _slots[slotId].host;
    }

    function currentCollateral(SlotId slotId) external view returns (uint256) {
        return _slots[slotId].collateral;
    }

    function _isKnown(RequestId requestId) internal view returns (bool) {
        return _requests[requestId].request.client != address(0);
    }

    /// The state of a slot that has reached `reached` by itself, in view of what became of its request.
    function _stateWithin(RequestId requestId, SlotState reached) internal view returns (SlotState) {
        if (reached == SlotState.Paid) return SlotState.Paid;
        RequestState state = requestState(requestId);
        if (state == RequestState.Cancelled) return SlotState.Cancelled;
        if (state == RequestState.Finished) return SlotState.Finished;
        if (state == RequestState.Failed) return SlotState.Failed;
        return reached;
    }
}
