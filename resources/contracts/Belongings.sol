// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RequestId, SlotId} from "./Ids.sol";
import {IdSet} from "./IdSet.sol";

/// Whose requests and slots there are.
abstract contract Belongings {
    mapping(address client => IdSet) internal _requestsOf;
    mapping(address host => IdSet) internal _slotsOf;

    /// The caller's requests, in no particular order.
    function myRequests() external view returns (RequestId[] memory) {
        bytes32[] storage ids = _requestsOf[msg.sender].ids;
        RequestId[] memory requestIds = new RequestId[](ids.length);
        for (uint256 i = 0; i < ids.length; i++) requestIds[i] = RequestId.wrap(ids[i]);
        return requestIds;
    }

    /// The slots the caller hosts, in no particular order.
    function mySlots() external view returns (SlotId[] memory) {
        bytes32[] storage ids = _slotsOf[msg.sender].ids;
        SlotId[] memory slotIds = new SlotId[](ids.length);
        for (uint256 i = 0; i < ids.length; i++) slotIds[i] = SlotId.wrap(ids[i]);
        return slotIds;
    }
}
