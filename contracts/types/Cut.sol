// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Cut: the limit that left a promotion's grant smaller than desired
/// @dev The numbers are part of the report format (docs/report-format.md); on ties the lower number is named.
library Cut {
    uint256 internal constant NONE = 0;
    uint256 internal constant PER_PURCHASE = 1;
    uint256 internal constant PER_MEMBER = 2;
    uint256 internal constant PER_MEMBER_DAY = 3;
    uint256 internal constant PER_OUTLET = 4;
    uint256 internal constant AWARDS_PER_MEMBER = 5;
    uint256 internal constant AWARDS_PER_MEMBER_DAY = 6;
    uint256 internal constant AWARDS = 7;
    uint256 internal constant FIRST = 8;
    uint256 internal constant BUDGET = 9;
    uint256 internal constant GROUP = 10;
    uint256 internal constant CEILING = 11;
    uint256 internal constant PREPAID = 12;
}
