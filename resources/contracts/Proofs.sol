// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Groth16Proof, IGroth16Verifier} from "./Groth16.sol";
import {SlotId} from "./Ids.sol";
import {Schedule} from "./Schedule.sol";

struct ProofTerms {
    uint64 period; // seconds
    uint64 timeout; // seconds after a period within which a missed proof can be marked
    uint8 downtime; // blocks, of 256, in which no proof is required
    uint8 downtimeProduct; // how far the downtime moves from one period to the next; best a prime
}

/// When a slot owes a proof, which proofs came, and which were missed.
///
/// Chance decides, drawn from a block that nobody can foresee. A pointer, other for every slot and moving on with
/// every block, chooses one of the last 256 blocks; as it moves along with the chain, the chosen block stays the same
/// through a period, until the pointer wraps. While it is within the downtime no proof is required: a host that comes
/// up short of the wrap is not asked for an answer to a challenge that is about to change.
abstract contract Proofs is Schedule {
    struct Watch {
        uint64 filledIn; // proofs are owed from the period after
        uint64 missed; // by the present host
        uint256 oddsAgainst; // a proof is due in one of this many periods
    }

    // As far back as a contract can see.
    uint16 private constant _VISIBLE_BLOCKS = 256;

    IGroth16Verifier private immutable _verifier;
    uint64 private immutable _timeout;
    uint8 private immutable _downtime;
    uint8 private immutable _downtimeProduct;

    mapping(SlotId => Watch) private _watches;
    mapping(SlotId => mapping(uint64 period => bool)) private _received;
    mapping(SlotId => mapping(uint64 period => bool)) private _markedMissing;

    event ProofSubmitted(SlotId id);

    error Proofs_InsufficientBlockHeight();
    error Proofs_InvalidProof();
    error Proofs_ProofAlreadySubmitted();
    error Proofs_PeriodNotEnded();
    error Proofs_ValidationTimedOut();
    error Proofs_ProofNotMissing();
    error Proofs_ProofNotRequired();
    error Proofs_ProofAlreadyMarkedMissing();

    constructor(ProofTerms memory terms, IGroth16Verifier verifier) Schedule(terms.period) {
        if (block.number <= _VISIBLE_BLOCKS) revert Proofs_InsufficientBlockHeight();
        _verifier = verifier;
        _timeout = terms.timeout;
        _downtime = terms.downtime;
        _downtimeProduct = terms.downtimeProduct;
    }

    /// Whether the slot's host has to prove in the current period.
    function isProofRequired(SlotId id) external view returns (bool) {
        if (!_isFilled(id)) return false;
        (bool isDrawn, bool isDowntime) = _draw(id, _currentPeriod());
        return isDrawn && !isDowntime;
    }

    /// Whether no proof is required now, but one will be later in this period.
    function willProofBeRequired(SlotId id) external view returns (bool) {
        if (!_isFilled(id)) return false;
        (bool isDrawn, bool isDowntime) = _draw(id, _currentPeriod());
        return isDrawn && isDowntime;
    }

    function getChallenge(SlotId id) external view returns (bytes32) {
        return _challenge(_pointer(id, _currentPeriod()));
    }

    function getPointer(SlotId id) external view returns (uint8) {
        return _pointer(id, _currentPeriod());
    }

    /// Proofs the present host has missed.
    function missingProofs(SlotId slotId) external view returns (uint64) {
        return _watches[slotId].missed;
    }

    /// A proof is drawn for the slot in one of this many periods. Zero counts as one.
    function slotProbability(SlotId slotId) external view returns (uint256) {
        return _watches[slotId].oddsAgainst;
    }

    /// Whether the slot has a host now, which has to prove.
    function _isFilled(SlotId id) internal view virtual returns (bool);

    /// From the next period on the slot owes one proof in `proofProbability` periods, on average.
    function _startWatching(SlotId id, uint256 proofProbability) internal {
        Watch storage watch = _watches[id];
        watch.filledIn = _currentPeriod();
        // Drawn more often by as much as the downtime forgives.
        watch.oddsAgainst = (proofProbability * (_VISIBLE_BLOCKS - _downtime)) / _VISIBLE_BLOCKS;
    }

    function _stopWatching(SlotId id) internal {
        _watches[id].missed = 0;
    }

    /// Takes the slot's proof for the current period.
    function _receiveProof(SlotId id, uint64 slotIndex, bytes32 merkleRoot, Groth16Proof calldata proof) internal {
        uint64 period = _currentPeriod();
        if (_received[id][period]) revert Proofs_ProofAlreadySubmitted();

        uint256[] memory publicInputs = new uint256[](3);
        // 31 bytes always fit the field, whose modulus has 254 bits.
        publicInputs[0] = _fromLittleEndian(_challenge(_pointer(id, period)), 31);
        publicInputs[1] = _fromLittleEndian(merkleRoot, 32);
        publicInputs[2] = slotIndex;
        if (!_verifier.verify(proof, publicInputs)) revert Proofs_InvalidProof();

        _received[id][period] = true;
        emit ProofSubmitted(id);
    }

    /// Reverts unless a proof was owed in that period, did not come, and it is the time to say so.
    function _requireMissing(SlotId id, uint64 period) internal view {
        uint64 end = _endOf(period);
        if (block.timestamp <= end) revert Proofs_PeriodNotEnded();
        if (block.timestamp >= end + _timeout) revert Proofs_ValidationTimedOut();
        if (_received[id][period]) revert Proofs_ProofNotMissing();
        // With the pointer as it stands now; since the period it has moved on by the blocks in between.
        (bool isDrawn, bool isDowntime) = _draw(id, period);
        if (!isDrawn || isDowntime) revert Proofs_ProofNotRequired();
        if (_markedMissing[id][period]) revert Proofs_ProofAlreadyMarkedMissing();
    }

    /// Books a missed proof and returns how many the host has missed by now.
    function _markMissing(SlotId id, uint64 period) internal returns (uint64) {
        _requireMissing(id, period);
        _markedMissing[id][period] = true;
        return ++_watches[id].missed;
    }

    function _draw(SlotId id, uint64 period) private view returns (bool isDrawn, bool isDowntime) {
        Watch storage watch = _watches[id];
        if (period <= watch.filledIn) return (false, false);
        uint8 pointer = _pointer(id, period);
        isDrawn = watch.oddsAgainst == 0 || uint256(_challenge(pointer)) % watch.oddsAgainst == 0;
        isDowntime = pointer < _downtime;
    }

    function _pointer(SlotId id, uint64 period) private view returns (uint8) {
        uint256 shiftOfPeriod = uint256(period) * _downtimeProduct;
        uint256 shiftOfSlot = uint256(SlotId.unwrap(id)) % _VISIBLE_BLOCKS;
        return uint8((block.number + shiftOfPeriod + shiftOfSlot) % _VISIBLE_BLOCKS);
    }

    function _challenge(uint8 pointer) private view returns (bytes32) {
        return keccak256(abi.encode(blockhash(block.number - 1 - pointer)));
    }

    /// The first `length` bytes as a number whose lowest byte comes first.
    function _fromLittleEndian(bytes32 data, uint256 length) private pure returns (uint256 value) {
        for (uint256 i = length; i > 0; i--) value = (value << 8) | uint8(data[i - 1]);
    }
}
