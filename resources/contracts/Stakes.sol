// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

struct CollateralConfig {
    uint8 repairRewardPercentage; // of the collateral, for whoever repairs a slot
    uint8 maxNumberOfSlashes; // missed proofs after which a host loses the slot
    uint8 slashPercentage; // of the full collateral, for each missed proof
    uint8 validatorRewardPercentage; // of the slashed amount, for whoever noticed
}

/// How much of a host's collateral goes where. All shares are rounded down.
abstract contract Stakes {
    uint8 private immutable _repairRewardPercentage;
    uint8 private immutable _maxNumberOfSlashes;
    uint8 private immutable _slashPercentage;
    uint8 private immutable _validatorRewardPercentage;

    error Marketplace_RepairRewardPercentageTooHigh();
    error Marketplace_SlashPercentageTooHigh();
    error Marketplace_MaximumSlashingTooHigh();

    constructor(CollateralConfig memory config) {
        if (config.repairRewardPercentage > 100) revert Marketplace_RepairRewardPercentageTooHigh();
        if (config.slashPercentage > 100) revert Marketplace_SlashPercentageTooHigh();
        if (config.maxNumberOfSlashes * config.slashPercentage > 100) revert Marketplace_MaximumSlashingTooHigh();
        _repairRewardPercentage = config.repairRewardPercentage;
        _maxNumberOfSlashes = config.maxNumberOfSlashes;
        _slashPercentage = config.slashPercentage;
        _validatorRewardPercentage = config.validatorRewardPercentage;
    }

    /// What one missed proof costs, of the full collateral.
    function _slashOf(uint256 collateral) internal view returns (uint256) {
        return (collateral * _slashPercentage) / 100;
    }

    /// What of a slash goes to whoever noticed.
    function _validatorRewardOf(uint256 slash) internal view returns (uint256) {
        return (slash * _validatorRewardPercentage) / 100;
    }

    function _repairRewardOf(uint256 collateral) internal view returns (uint256) {
        return (collateral * _repairRewardPercentage) / 100;
    }

    /// Whether a host that has missed so many proofs loses its slot.
    function _isOut(uint64 missed) internal view returns (bool) {
        return missed >= _maxNumberOfSlashes;
    }
}
