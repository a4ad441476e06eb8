// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Time in slices of equal length, counted from the Unix epoch: period n lasts from n · length, inclusive,
/// to (n + 1) · length, exclusive.
abstract contract Schedule {
    uint64 private immutable _secondsPerPeriod;

    error Periods_InvalidSecondsPerPeriod();

    constructor(uint64 secondsPerPeriod) {
        if (secondsPerPeriod == 0) revert Periods_InvalidSecondsPerPeriod();
        _secondsPerPeriod = secondsPerPeriod;
    }

    function _currentPeriod() internal view returns (uint64) {
        return uint64(block.timestamp) / _secondsPerPeriod;
    }

    /// The first second after the period.
    function _endOf(uint64 period) internal view returns (uint64) {
        return (period + 1) * _secondsPerPeriod;
    }
}
