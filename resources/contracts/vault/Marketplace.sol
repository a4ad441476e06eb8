// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Groth16Proof, IGroth16Verifier} from "../Groth16.sol";
import {RequestId, RequestState, SlotId, slotIdOf} from "../Ids.sol";
import {Proofs} from "../Proofs.sol";
import {SlotReservations} from "../SlotReservations.sol";
import {Stakes} from "../Stakes.sol";
import {AccountId, clientAccount, hostAccount, validatorAccount} from "./Accounts.sol";
import {MarketplaceConfig} from "./Configuration.sol";
import {Escrow} from "./Escrow.sol";
import {Periods} from "./Periods.sol";
import {Purchases} from "./Purchases.sol";
import {Request, SlotState} from "./Requests.sol";
import {FundId, Vault} from "./Vault.sol";

/// The storage marketplace of the practice network, of the family that leaves the tokens to a vault. It speaks the
/// interface of the live development network and keeps its rules, odd ones included: software that gets along with this
/// contract should get along with that one.
///
/// The price of a request flows from the client's account to those of the hosts, second by second; they and the client
/// take out what is theirs when the fund opens. Tokens that are lost to their owner are burned.
contract Marketplace is Purchases, SlotReservations, Proofs, Periods, Stakes {
    struct ActiveSlot {
        Request request;
        uint64 slotIndex;
    }

    MarketplaceConfig private _config;

    constructor(
        MarketplaceConfig memory config,
        Vault vault_,
        IGroth16Verifier verifier
    )
        Escrow(vault_)
        Purchases(config.requestDurationLimit)
        SlotReservations(config.reservations)
        Proofs(config.proofs.terms(), verifier)
        Stakes(config.collateral)
    {
        _config = config;
    }

    // --- Hosts ---

    /// Takes a slot the sender has reserved. The sender has approved the collateral, all of it also for a repair.
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

        uint128 collateral = record.request.ask.fullCollateral();
        uint128 repairReward = _slots[slotId].repairReward;
        record.slotsFilled++;
        _slots[slotId] = SlotRecord({
            reached: SlotState.Filled,
            requestId: requestId,
            slotIndex: slotIndex,
            host: msg.sender,
            collateral: collateral,
            repairReward: 0
        });
        _slotsOf[msg.sender].add(SlotId.unwrap(slotId));

        _engage(requestId, record, hostAccount(msg.sender, slotIndex), collateral, repairReward);
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

    /// Ends the sender's part in a slot. While the request runs the slot is given up, and collateral and earnings are
    /// lost. After that it is the payout, which the vault refuses before its time; a second one moves nothing.
    function freeSlot(SlotId slotId) external {
        SlotRecord storage slot = _slots[slotId];
        if (slot.reached == SlotState.Free) revert Marketplace_SlotIsFree();
        if (msg.sender != slot.host) revert Marketplace_InvalidSlotHost();
        if (_isFilled(slotId)) return _vacate(slotId, slot);

        _slotsOf[msg.sender].remove(SlotId.unwrap(slotId));
        slot.collateral = 0;
        _vault.withdraw(_fundOf(slot.requestId), hostAccount(msg.sender, slot.slotIndex));
    }

    // --- Validators ---

    /// Takes collateral for a proof that was due in that period and did not come. The sender's share is kept in the
    /// vault, the rest is burned. The host loses the slot when it happens too often.
    function markProofAsMissing(SlotId slotId, Period period) external {
        _requireFilled(slotId);
        uint64 missed = _markMissing(slotId, Period.unwrap(period));
        SlotRecord storage slot = _slots[slotId];
        _slash(slot);
        if (_isOut(missed)) _vacate(slotId, slot);
    }

    /// Reverts as `markProofAsMissing` would.
    function canMarkProofAsMissing(SlotId slotId, Period period) external view {
        _requireFilled(slotId);
        _requireMissing(slotId, Period.unwrap(period));
    }

    /// Pays the sender for all proofs of the request that it marked, once the fund is open.
    function withdrawByValidator(RequestId requestId) external known(requestId) {
        _vault.withdraw(_fundOf(requestId), validatorAccount(msg.sender));
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

    /// Lets the host earn from now on, and takes its collateral.
    function _engage(
        RequestId requestId,
        RequestRecord storage record,
        AccountId host,
        uint128 collateral,
        uint128 repairReward
    ) private {
        FundId fund = _fundOf(requestId);
        AccountId client = clientAccount(record.request.client);
        // First of all: a fund that is open already has no money for anyone new.
        _vault.startFlow(fund, client, host, record.request.ask.pricePerSecond());
        if (repairReward > 0) _vault.move(fund, client, host, repairReward);
        _collect(requestId, host, collateral);
    }

    /// A request starts once. One that fills up again after a loss has not stopped.
    function _startWhenFull(RequestId requestId, RequestRecord storage record) private {
        if (record.reached != RequestState.New || record.slotsFilled < record.request.ask.slots) return;
        record.reached = RequestState.Started;
        _vault.prolong(_fundOf(requestId), record.endsAt);
        emit RequestFulfilled(requestId);
    }

    function _slash(SlotRecord storage slot) private {
        uint256 slash = _slashOf(_requests[slot.requestId].request.ask.fullCollateral());
        uint256 reward = _validatorRewardOf(slash);
        // No more than what is left of the collateral, so none of this is cut off.
        slot.collateral -= uint128(slash);
        FundId fund = _fundOf(slot.requestId);
        AccountId host = hostAccount(slot.host, slot.slotIndex);
        _vault.burn(fund, host, uint128(slash - reward));
        _vault.move(fund, host, validatorAccount(msg.sender), uint128(reward));
    }

    /// Puts the host out and opens the slot to others. Of what the host had, only the reward for the repair is saved; it
    /// goes to the client, who has it for good when nobody repairs.
    function _vacate(SlotId slotId, SlotRecord storage slot) private {
        RequestRecord storage record = _requests[slot.requestId];
        FundId fund = _fundOf(slot.requestId);
        AccountId client = clientAccount(record.request.client);
        AccountId host = hostAccount(slot.host, slot.slotIndex);
        uint128 repairReward = uint128(_repairRewardOf(record.request.ask.fullCollateral()));
        if (repairReward > slot.collateral) repairReward = slot.collateral;
        _vault.stopFlow(fund, client, host, record.request.ask.pricePerSecond());
        _vault.move(fund, host, client, repairReward);
        _vault.burnAll(fund, host);

        record.slotsFilled--;
        _slotsOf[slot.host].remove(SlotId.unwrap(slotId));
        _dropReservations(slotId);
        _stopWatching(slotId);
        slot.reached = SlotState.Repair;
        slot.host = address(0);
        slot.collateral = 0;
        slot.repairReward = repairReward;
        emit SlotFreed(slot.requestId, slot.slotIndex);
        _failWhenTooManyLost(slot.requestId, record);
    }

    /// Only a request that runs can fail. What has been earned by then stays earned, and is held until the end that was
    /// planned.
    function _failWhenTooManyLost(RequestId requestId, RequestRecord storage record) private {
        uint64 lost = record.request.ask.slots - record.slotsFilled;
        if (record.reached != RequestState.Started || lost <= record.request.ask.maxSlotLoss) return;
        record.reached = RequestState.Failed;
        _vault.freeze(_fundOf(requestId));
        emit RequestFailed(requestId);
    }

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
}
