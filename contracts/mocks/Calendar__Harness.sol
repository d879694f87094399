// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IProgrammeRules} from "../interfaces/IProgrammeRules.sol";
import {CalendarLib} from "../libraries/CalendarLib.sol";
import {ExpiryLib} from "../libraries/ExpiryLib.sol";
import {Expiry, Rule} from "../types/Rule.sol";

/// @title CalendarLib and ExpiryLib from outside, many days at once
/// @dev For tests alone.
contract Calendar__Harness {
    using ExpiryLib for Expiry;

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

    /// @notice What a ledger's rules give each of `count` days from `first` on: version 8 | own day of miles earned then,
    /// 65535 without a lot rule 16 | deadline of an activity then, 65535 without an account rule 16.
    function ruledDaysOf(IProgrammeRules ledger, uint256 first, uint256 count)
        external
        view
        returns (uint256[] memory days_)
    {
        Expiry memory expiry = ledger.expiryAt(uint48(block.timestamp));
        days_ = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            uint256 version = expiry.versionOn(first + i);
            Rule rule = expiry.ruleOf(version);
            uint256 ownDay = expiry.ownDayOf(rule, first + i);
            days_[i] = version | (ownDay << 8) | (expiry.clockDayOf(rule, first + i) << 24);
        }
    }

    /// @notice The local days of the first and the last second of each of `count` days from `first` on, and of the seconds
    /// before and after: 16 bits each, in order of time, the earliest lowest.
    function edgesOf(uint256 first, uint256 count, int256 offset) external pure returns (uint256[] memory edges) {
        edges = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            uint256 begin = CalendarLib.beginOf(first + i, offset);
            edges[i] = CalendarLib.dayOf(begin - 1, offset) | (CalendarLib.dayOf(begin, offset) << 16)
                | (CalendarLib.dayOf(begin + 1 days - 1, offset) << 32)
                | (CalendarLib.dayOf(begin + 1 days, offset) << 48);
        }
    }
}
