// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RequestId} from "../Ids.sol";

using {pricePerSecond, totalPrice, fullCollateral} for Ask global;

/// A client's wish to have content stored. Times are seconds, sizes bytes, amounts the smallest token unit.
struct Request {
    address client;
    Ask ask;
    Content content;
    uint64 expiry; // seconds after the request within which all slots have to be filled
    bytes32 nonce; // random, so that the same wish can be made twice
}

/// The terms under which a host may take one of the slots.
struct Ask {
    uint256 proofProbability; // one proof in this many periods, on average
    uint256 pricePerBytePerSecond;
    uint256 collateralPerByte;
    uint64 slots;
    uint64 slotSize;
    uint64 duration;
    uint64 maxSlotLoss; // slots that may be vacant at once before a running request fails
}

struct Content {
    bytes cid; // binary, not text
    bytes32 merkleRoot; // over the slots; a field element, little-endian
}

enum SlotState {
    Free, // never filled
    Filled,
    Finished,
    Failed,
    Paid, // the host has taken reward and collateral
    Cancelled,
    Repair // vacated, looks for another host
}

function requestIdOf(Request memory request) pure returns (RequestId) {
    return RequestId.wrap(keccak256(abi.encode(request)));
}

/// What one slot earns in a second.
function pricePerSecond(Ask memory ask) pure returns (uint256) {
    return ask.pricePerBytePerSecond * ask.slotSize;
}

/// What the client pays up front. Slots and duration are multiplied in 64 bits, everything after in 256.
function totalPrice(Ask memory ask) pure returns (uint256) {
    return (ask.slots * ask.duration) * ask.pricePerSecond();
}

/// What one slot's host has at stake.
function fullCollateral(Ask memory ask) pure returns (uint256) {
    return ask.collateralPerByte * ask.slotSize;
}
