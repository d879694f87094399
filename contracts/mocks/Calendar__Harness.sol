// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CalendarLib} from "../libraries/CalendarLib.sol";

/// @title CalendarLib from outside, many days at once
/// @dev For tests alone.
contract Calendar__Harness {
    function dayOf(uint256 instant, int256 offset) external pure returns (uint256) {
        return CalendarLib.dayOf(instant, offset);
    }

    /// @notice Last valid days of `count` days from `first` on.
    function lastDaysOf(uint256 first, uint256 count, uint256 months, uint256 align)
        external
        pure
        returns (uint256[] memory days_)
    {
        days_ = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            days_[i] = CalendarLib.lastDayOf(first + i, months, align);
        }
    }
}
