// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DateTimeLib} from "solady/utils/DateTimeLib.sol";

/// @title Calendar: the programme's days and the last valid day of miles
/// @dev Days count from 1990-01-01, a Monday, by a fixed UTC offset (programmes.md: one formula, decisions 1 to 3).
library CalendarLib {
    /// @dev Unix day number of 1990-01-01.
    uint256 internal constant FIRST_UNIX_DAY = 7305;
    /// @dev Unix second of 1990-01-01T00:00:00Z.
    uint256 internal constant FIRST_SECOND = FIRST_UNIX_DAY * 1 days;
    /// @dev Last day that a lot can carry; a later one is cut to it (2169-06-05).
    uint256 internal constant LAST_DAY = 65534;

    uint256 private constant FIRST_YEAR = 1990;

    uint256 internal constant ALIGN_DAY = 0;
    uint256 internal constant ALIGN_MONTH = 1;
    uint256 internal constant ALIGN_QUARTER = 2;
    uint256 internal constant ALIGN_YEAR = 3;

    /// @notice Local day of an instant.
    /// @param offset Minutes ahead of UTC.
    function dayOf(uint256 instant, int256 offset) internal pure returns (uint256) {
        // Instants lie after 1990 and offsets within a day, so the sum is positive; a wrapped one is cut by the
        // caller's 16 bits.
        unchecked {
            return (uint256(int256(instant) + offset * 60) - FIRST_SECOND) / 1 days;
        }
    }

    /// @notice The instant at which a local day begins.
    function beginOf(uint256 day, int256 offset) internal pure returns (uint256) {
        unchecked {
            return uint256(int256((day + FIRST_UNIX_DAY) * 1 days) - offset * 60);
        }
    }

    /// @notice end_of(align, add_months(day, months)), the day clamped to the end of a shorter month.
    function lastDayOf(uint256 day, uint256 months, uint256 align) internal pure returns (uint256 last) {
        return endAfter(day, int256(months), align);
    }

    /// @notice As `lastDayOf`, with months that may be negative; not to before 1990.
    function endAfter(uint256 day, int256 months, uint256 align) internal pure returns (uint256 last) {
        (uint256 year, uint256 month, uint256 dayOfMonth) = DateTimeLib.epochDayToDate(day + FIRST_UNIX_DAY);
        // Years count from 1990 and months are at most 600 either way, so the sum stays positive.
        uint256 monthsFromZero = uint256(int256(year * 12 + month - 1) + months);
        (year, month) = (monthsFromZero / 12, monthsFromZero % 12 + 1);
        if (year < FIRST_YEAR) return 0;
        if (align == ALIGN_QUARTER) month = (month + 2) / 3 * 3;
        if (align == ALIGN_YEAR) month = 12;
        uint256 daysInMonth = DateTimeLib.daysInMonth(year, month);
        if (align != ALIGN_DAY || dayOfMonth > daysInMonth) dayOfMonth = daysInMonth;
        last = DateTimeLib.dateToEpochDay(year, month, dayOfMonth) - FIRST_UNIX_DAY;
        if (last > LAST_DAY) last = LAST_DAY;
    }
}
