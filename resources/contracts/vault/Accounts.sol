// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

using {holder} for AccountId global;

/// An account within a fund: the address of its holder, and below it, in the low 96 bits, which of the holder's.
type AccountId is bytes32;

uint96 constant AS_CLIENT = 1 << 64;
uint96 constant AS_VALIDATOR = 2 << 64;
uint96 constant AS_HOST = 3 << 64; // and the index of the slot

function clientAccount(address client) pure returns (AccountId) {
    return accountOf(client, AS_CLIENT);
}

function validatorAccount(address validator) pure returns (AccountId) {
    return accountOf(validator, AS_VALIDATOR);
}

/// One for each slot: the host of several is paid for each by itself.
function hostAccount(address host, uint64 slotIndex) pure returns (AccountId) {
    return accountOf(host, AS_HOST | slotIndex);
}

function accountOf(address owner, uint96 role) pure returns (AccountId) {
    return AccountId.wrap(bytes32((uint256(uint160(owner)) << 96) | role));
}

function holder(AccountId id) pure returns (address) {
    return address(bytes20(AccountId.unwrap(id)));
}
