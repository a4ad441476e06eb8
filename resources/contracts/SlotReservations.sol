// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RequestId, SlotId, slotIdOf} from "./Ids.sol";

struct SlotReservationsConfig {
    uint8 maxReservations; // for one slot
}

/// The few accounts that may fill a slot: first come, first served.
///
/// A reservation costs gas only and never runs out. It is not checked that the request or the slot exists.
abstract contract SlotReservations {
    uint8 private immutable _maxReservations;
    mapping(SlotId => address[]) private _holders; // a handful, so a list is enough

    event SlotReservationsFull(RequestId indexed requestId, uint64 slotIndex);

    error SlotReservations_ReservationNotAllowed();

    constructor(SlotReservationsConfig memory config) {
        _maxReservations = config.maxReservations;
    }

    function reserveSlot(RequestId requestId, uint64 slotIndex) external {
        if (!canReserveSlot(requestId, slotIndex)) revert SlotReservations_ReservationNotAllowed();
        address[] storage holders = _holders[slotIdOf(requestId, slotIndex)];
        holders.push(msg.sender);
        if (holders.length == _maxReservations) emit SlotReservationsFull(requestId, slotIndex);
    }

    /// Whether the caller could reserve the slot now.
    function canReserveSlot(RequestId requestId, uint64 slotIndex) public view returns (bool) {
        SlotId slotId = slotIdOf(requestId, slotIndex);
        return
            _isVacant(slotId) && _holders[slotId].length < _maxReservations && !_hasReserved(slotId, msg.sender);
    }

    /// Whether the slot looks for a host, the first one or another.
    function _isVacant(SlotId slotId) internal view virtual returns (bool);

    function _hasReserved(SlotId slotId, address account) internal view returns (bool) {
        address[] storage holders = _holders[slotId];
        for (uint256 i = 0; i < holders.length; i++) {
            if (holders[i] == account) return true;
        }
        return false;
    }

    function _dropReservations(SlotId slotId) internal {
        delete _holders[slotId];
    }
}
