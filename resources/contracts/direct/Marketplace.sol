// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Groth16Proof, IGroth16Verifier} from "../Groth16.sol";
import {IERC20} from "../IERC20.sol";
import {RequestId, RequestState, SlotId, slotIdOf} from "../Ids.sol";
import {Proofs} from "../Proofs.sol";
import {SlotReservations} from "../SlotReservations.sol";
import {Stakes} from "../Stakes.sol";
import {MarketplaceConfig} from "./Configuration.sol";
import {Periods} from "./Periods.sol";
import {Purchases} from "./Purchases.sol";
import {Ask, Request, SlotState} from "./Requests.sol";
import {Treasury} from "./Treasury.sol";

/// The storage marketplace of the practice network, of the family that holds the tokens itself. It speaks the interface of the live test network and keeps its
/// rules, odd ones included: software that gets along with this contract should get along with that one.
///
/// Clients pay for a request in full when they make it. Hosts put down collateral when they fill a slot, prove that
/// they keep the data, and are paid when the request is over. Whoever notices a missed proof gets a share of the
/// collateral that is taken for it.
contract Marketplace is Purchases, SlotReservations, Proofs, Periods, Stakes {
    struct ActiveSlot {
        Request request;
        uint64 slotIndex;
    }

    MarketplaceConfig private _config;

    constructor(
        MarketplaceConfig memory config,
        IERC20 token_,
        IGroth16Verifier verifier
    )
        Treasury(token_)
        Purchases(config.requestDurationLimit)
        SlotReservations(config.reservations)
        Proofs(config.proofs.terms(), verifier)
        Stakes(config.collateral)
    {
        _config = config;
    }

    // --- Hosts ---

    /// Takes a slot the sender has reserved. The sender has approved the collateral, less the reward for a repair.
    function fillSlot(RequestId requestId, uint64 slotIndex, Groth16Proof calldata proof) external known(requestId) {
        RequestRecord storage record = _requests[requestId];
        if (slotIndex >= record.request.ask.slots) revert Marketplace_InvalidSlot();
        SlotId slotId = slotIdOf(requestId, slotIndex);
        if (!_hasReserved(slotId, msg.sender)) revert Marketplace_ReservationRequired();
        // Unlike what slotState() says, an untouched slot of a dead request is not free here.
        SlotState state = _stateWithin(requestId, _slots[slotId].reached);
        if (state != SlotState.Free && state != SlotState.Repair) revert Marketplace_SlotNotFree();

        _startWatching(slotId, record.request.ask.proofProbability);
        _receiveProof(slotId, slotIndex, record.request.content.merkleRoot, proof);

        record.refundable -= _reward(record, uint64(block.timestamp), record.endsAt);
        record.slotsFilled++;
        uint256 collateral = record.request.ask.fullCollateral();
        _slots[slotId] = SlotRecord({
            reached: SlotState.Filled,
            requestId: requestId,
            slotIndex: slotIndex,
            filledAt: uint64(block.timestamp),
            host: msg.sender,
            collateral: collateral
        });
        _slotsOf[msg.sender].add(SlotId.unwrap(slotId));

        // Who repairs a slot brings less than is put on record, and gets back what is on record.
        _collect(state == SlotState.Repair ? collateral - _repairRewardOf(collateral) : collateral);
        emit SlotFilled(requestId, slotIndex);
        _startWhenFull(requestId, record);
    }

    /// Proves that the slot is kept, for the current period. Taken whether or not one is required.
    function submitProof(SlotId id, Groth16Proof calldata proof) external {
        SlotRecord storage slot = _slots[id];
        if (slot.reached == SlotState.Free) revert Marketplace_UnknownRequest();
        if (msg.sender != slot.host) revert Marketplace_ProofNotSubmittedByHost();
        _receiveProof(id, slot.slotIndex, _requests[slot.requestId].request.content.merkleRoot, proof);
    }

    function freeSlot(SlotId slotId) external {
        freeSlot(slotId, msg.sender, msg.sender);
    }

    /// Ends the sender's part in a slot. When the request is over this is the payout; while it runs the slot is
    /// given up and the collateral is lost. Of a failed request there is nothing to be had.
    function freeSlot(SlotId slotId, address rewardRecipient, address collateralRecipient) public {
        SlotRecord storage slot = _slots[slotId];
        if (slot.reached == SlotState.Free) revert Marketplace_SlotIsFree();
        if (msg.sender != slot.host) revert Marketplace_InvalidSlotHost();
        SlotState state = slotState(slotId);
        if (state == SlotState.Paid) revert Marketplace_AlreadyPaid();
        if (state == SlotState.Filled) return _vacate(slotId, slot);

        _slotsOf[msg.sender].remove(SlotId.unwrap(slotId));
        if (state == SlotState.Failed) return;

        RequestRecord storage record = _requests[slot.requestId];
        bool isFinished = state == SlotState.Finished;
        // Takes the request off the client's list even though a refund may still wait there: so does the live contract.
        if (isFinished) _requestsOf[record.request.client].remove(RequestId.unwrap(slot.requestId));
        slot.reached = SlotState.Paid;
        _pay(rewardRecipient, _reward(record, slot.filledAt, isFinished ? record.endsAt : record.expiresAt));
        _pay(collateralRecipient, slot.collateral);
    }

    // --- Validators ---

    /// Takes collateral for a proof that was due in that period and did not come, and rewards the sender. The host
    /// loses the slot when it happens too often.
    function markProofAsMissing(SlotId slotId, Period period) external {
        _requireFilled(slotId);
        uint64 missed = _markMissing(slotId, Period.unwrap(period));

        SlotRecord storage slot = _slots[slotId];
        uint256 slash = _slashOf(_requests[slot.requestId].request.ask.fullCollateral());
        slot.collateral -= slash;
        _pay(msg.sender, _validatorRewardOf(slash));
        if (_isOut(missed)) _vacate(slotId, slot);
    }

    /// Reverts as `markProofAsMissing` would.
    function canMarkProofAsMissing(SlotId slotId, Period period) external view {
        _requireFilled(slotId);
        _requireMissing(slotId, Period.unwrap(period));
    }

    // --- Everyone ---

    function configuration() external view returns (MarketplaceConfig memory) {
        return _config;
    }

    /// The slot and the request it belongs to; also when it has been paid or waits for repair.
    function getActiveSlot(SlotId slotId) external view returns (ActiveSlot memory) {
        SlotRecord storage slot = _slots[slotId];
        if (slot.reached == SlotState.Free) revert Marketplace_SlotIsFree();
        return ActiveSlot(_requests[slot.requestId].request, slot.slotIndex);
    }

    // --- Helpers ---

    function _requireFilled(SlotId slotId) private view {
        if (!_isFilled(slotId)) revert Marketplace_SlotNotAcceptingProofs();
    }

    function _isFilled(SlotId slotId) internal view override returns (bool) {
        return slotState(slotId) == SlotState.Filled;
    }

    function _isVacant(SlotId slotId) internal view override returns (bool) {
        SlotState state = slotState(slotId);
        return state == SlotState.Free || state == SlotState.Repair;
    }

    /// A request starts once. One that fills up again after a loss has not stopped.
    function _startWhenFull(RequestId requestId, RequestRecord storage record) private {
        if (record.reached != RequestState.New || record.slotsFilled < record.request.ask.slots) return;
        record.reached = RequestState.Started;
        emit RequestFulfilled(requestId);
    }

    /// Puts the host out and opens the slot to others. What is left of the collateral stays in this contract for good.
    function _vacate(SlotId slotId, SlotRecord storage slot) private {
        RequestRecord storage record = _requests[slot.requestId];
        record.refundable += _reward(record, slot.filledAt, record.endsAt);
        record.slotsFilled--;
        _slotsOf[slot.host].remove(SlotId.unwrap(slotId));
        _dropReservations(slotId);
        _stopWatching(slotId);
        slot.reached = SlotState.Repair;
        slot.host = address(0);
        slot.collateral = 0;
        emit SlotFreed(slot.requestId, slot.slotIndex);
        _failWhenTooManyLost(slot.requestId, record);
    }

    /// Only a request that runs can fail. The client then gets everything back, at the hosts' expense.
    function _failWhenTooManyLost(RequestId requestId, RequestRecord storage record) private {
        Ask memory ask = record.request.ask;
        if (record.reached != RequestState.Started || ask.slots - record.slotsFilled <= ask.maxSlotLoss) return;
        record.reached = RequestState.Failed;
        record.refundable = ask.totalPrice();
        emit RequestFailed(requestId);
    }
}
