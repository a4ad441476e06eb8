// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// How this family's interface names the number of a period.
abstract contract Periods {
    type Period is uint40;
}
