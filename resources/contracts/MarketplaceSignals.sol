// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RequestId} from "./Ids.sol";

/// The events and errors that both families of marketplaces have. Those of proofs, reservations and stakes stand with
/// them, and those of one family in its folder.
interface MarketplaceSignals {
    event RequestFulfilled(RequestId indexed requestId);
    event RequestFailed(RequestId indexed requestId);
    event SlotFilled(RequestId indexed requestId, uint64 slotIndex);
    event SlotFreed(RequestId indexed requestId, uint64 slotIndex);

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
    error Marketplace_SlotNotAcceptingProofs();
    error Marketplace_ProofNotSubmittedByHost();

    // Money
    error Marketplace_StartNotBeforeExpiry();
    error Marketplace_InvalidState();
}
