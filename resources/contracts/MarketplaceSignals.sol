// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ask, RequestId} from "./Requests.sol";

/// The events and errors of the marketplace proper. Those of proofs, periods and reservations stand with them.
interface MarketplaceSignals {
    event StorageRequested(RequestId requestId, Ask ask, uint64 expiry); // expiry is a time here, not a duration
    event RequestFulfilled(RequestId indexed requestId);
    event RequestCancelled(RequestId indexed requestId);
    event RequestFailed(RequestId indexed requestId);
    event SlotFilled(RequestId indexed requestId, uint64 slotIndex);
    event SlotFreed(RequestId indexed requestId, uint64 slotIndex);

    // The configuration
    error Marketplace_RepairRewardPercentageTooHigh();
    error Marketplace_SlashPercentageTooHigh();
    error Marketplace_MaximumSlashingTooHigh();

    // A request that is not acceptable
    error Marketplace_InvalidClientAddress();
    error Marketplace_RequestAlreadyExists();
    error Marketplace_InvalidExpiry();
    error Marketplace_InsufficientSlots();
    error Marketplace_InvalidMaxSlotLoss();
    // Part of the interface, but never met: a duration of zero cannot exceed any expiry.
    error Marketplace_InsufficientDuration();
    error Marketplace_InsufficientProofProbability();
    error Marketplace_InsufficientCollateral();
    error Marketplace_InsufficientReward();
    error Marketplace_InvalidCid();
    error Marketplace_DurationExceedsLimit();

    // Slots
    error Marketplace_UnknownRequest();
    error Marketplace_InvalidSlot();
    error Marketplace_ReservationRequired();
    error Marketplace_SlotNotFree();
    error Marketplace_SlotIsFree();
    error Marketplace_InvalidSlotHost();
    error Marketplace_AlreadyPaid();
    error Marketplace_SlotNotAcceptingProofs();
    error Marketplace_ProofNotSubmittedByHost();

    // Money
    error Marketplace_StartNotBeforeExpiry();
    error Marketplace_InvalidState();
    error Marketplace_NothingToWithdraw();
    error Marketplace_TransferFailed();
}
