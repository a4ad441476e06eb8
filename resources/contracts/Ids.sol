// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

type RequestId is bytes32;
type SlotId is bytes32;

function slotIdOf(RequestId requestId, uint64 slotIndex) pure returns (SlotId) {
    return SlotId.wrap(keccak256(abi.encode(requestId, slotIndex)));
}

enum RequestState {
    New, // waits for hosts
    Started, // every slot was filled
    Cancelled, // not filled in time
    Finished, // ran to its end
    Failed // lost more slots than the client allowed
}
