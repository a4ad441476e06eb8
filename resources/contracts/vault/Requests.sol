// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RequestId} from "../Ids.sol";
import {Duration, TokensPerSecond} from "./Units.sol";

using {pricePerSecond, totalPrice, fullCollateral} for Ask global;

/// A client's wish to have content stored. Sizes are bytes, amounts the smallest token unit.
struct Request {
    address client;
    Ask ask;
    Content content;
    Duration expiry; // after the request, within which all slots have to be filled
    bytes32 nonce; // random, so that the same wish can be made twice
}

/// The terms under which a host may take one of the slots.
struct Ask {
    uint256 proofProbability; // one proof in this many periods, on average
    TokensPerSecond pricePerBytePerSecond;
    uint128 collateralPerByte;
    uint64 slots;
    uint64 slotSize;
    Duration duration;
    uint64 maxSlotLoss; // slots that may be vacant at once before a running request fails
}

struct Content {
    bytes cid; // binary, not text
    bytes32 merkleRoot; // over the slots; a field element, little-endian
}

/// Whether the host has been paid is not among them.
enum SlotState {
    Free, // never filled
    Filled,
    Finished,
    Failed,
    Cancelled,
    Repair // vacated, looks for another host
}

/// The same wish has the same id in both families: all numbers are encoded in words of one width.
function requestIdOf(Request memory request) pure returns (RequestId) {
    return RequestId.wrap(keccak256(abi.encode(request)));
}

/// What one slot earns in a second. It has to fit 96 bits.
function pricePerSecond(Ask memory ask) pure returns (TokensPerSecond) {
    return TokensPerSecond.wrap(TokensPerSecond.unwrap(ask.pricePerBytePerSecond) * ask.slotSize);
}

/// What the client pays up front. It has to fit 128 bits.
function totalPrice(Ask memory ask) pure returns (uint128) {
    return uint128(ask.slots) * Duration.unwrap(ask.duration) * TokensPerSecond.unwrap(ask.pricePerSecond());
}

/// What one slot's host has at stake. It has to fit 128 bits.
function fullCollateral(Ask memory ask) pure returns (uint128) {
    return ask.collateralPerByte * ask.slotSize;
}
