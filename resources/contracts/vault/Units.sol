// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

using {isAfter, plus, secondsUntil} for Timestamp global;

type Timestamp is uint40; // Unix seconds
type Duration is uint40; // seconds
type TokensPerSecond is uint96; // in the smallest token unit

function currentTime() view returns (Timestamp) {
    return Timestamp.wrap(uint40(block.timestamp));
}

function isAfter(Timestamp one, Timestamp other) pure returns (bool) {
    return Timestamp.unwrap(one) > Timestamp.unwrap(other);
}

function plus(Timestamp time, Duration duration) pure returns (Timestamp) {
    return Timestamp.wrap(Timestamp.unwrap(time) + Duration.unwrap(duration));
}

function secondsUntil(Timestamp from, Timestamp until) pure returns (uint40) {
    return Timestamp.unwrap(until) - Timestamp.unwrap(from);
}
