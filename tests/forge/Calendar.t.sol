// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CalendarLib} from "../../contracts/libraries/CalendarLib.sol";
import {Test} from "./support/Test.sol";

/// @title The calendar beside one that counts years and months from 1990-01-01
contract CalendarTest is Test {
    /// @dev Beyond the last day that a lot can carry.
    uint256 private constant MOST_DAY = 70_000;
    uint256 private constant MOST_MONTHS = 600;

    function test_day_of__any_instant_and_offset__begins_at_its_begin(uint256 instant, uint256 minutes_) external pure {
        int256 offset = int256(bound(minutes_, 0, 1680)) - 840;
        // A day after 1990 begins everywhere, to the last day of 16 bits.
        instant = CalendarLib.FIRST_SECOND + bound(instant, 1 days, 65_535 * 1 days);
        uint256 day = CalendarLib.dayOf(instant, offset);
        uint256 begin = CalendarLib.beginOf(day, offset);
        vm.assertTrue(begin <= instant && instant < begin + 1 days, "within its day");
        vm.assertEq(CalendarLib.dayOf(begin, offset), day, "first second");
        vm.assertEq(CalendarLib.dayOf(begin + 1 days - 1, offset), day, "last second");
        vm.assertEq(CalendarLib.dayOf(begin + 1 days, offset), day + 1, "the day after");
    }

    function test_last_day_of__any_rule__is_the_counted_day(uint256 day, uint256 months, uint256 align) external pure {
        (day, months, align) = (bound(day, 0, MOST_DAY), bound(months, 1, MOST_MONTHS), align % 4);
        (uint256 month, uint256 dayOfMonth) = _monthOf(day);
        month += months;
        if (align == CalendarLib.ALIGN_QUARTER) month += 2 - month % 3;
        if (align == CalendarLib.ALIGN_YEAR) month += 11 - month % 12;
        uint256 length = _daysIn(month);
        if (align != CalendarLib.ALIGN_DAY || dayOfMonth > length) dayOfMonth = length;
        uint256 expected = _firstDayOf(month) + dayOfMonth - 1;
        if (expected > CalendarLib.LAST_DAY) expected = CalendarLib.LAST_DAY;
        vm.assertEq(CalendarLib.lastDayOf(day, months, align), expected, "last day");
    }

    function test_last_day_of__a_later_day__is_never_earlier(uint256 day, uint256 later, uint256 months, uint256 align)
        external
        pure
    {
        (day, months, align) = (bound(day, 0, MOST_DAY), bound(months, 1, MOST_MONTHS), align % 4);
        later = bound(later, day, day + 40);
        uint256 last = CalendarLib.lastDayOf(day, months, align);
        vm.assertTrue(last <= CalendarLib.lastDayOf(later, months, align), "later");
        vm.assertTrue(last == CalendarLib.LAST_DAY || last >= day + 28 * months, "no month is shorter than 28 days");
        vm.assertTrue(align == 0 || last >= CalendarLib.lastDayOf(day, months, align - 1), "a longer alignment");
    }

    function test_end_after__months_back__is_the_counted_day_or_the_first(uint256 day, uint256 months, uint256 align)
        external
        pure
    {
        (day, months, align) = (bound(day, 0, MOST_DAY), bound(months, 0, MOST_MONTHS), align % 4);
        uint256 found = CalendarLib.endAfter(day, -int256(months), align);
        (uint256 month, uint256 dayOfMonth) = _monthOf(day);
        if (month < months) {
            vm.assertEq(found, 0, "not to before 1990");
            return;
        }
        month -= months;
        if (align == CalendarLib.ALIGN_QUARTER) month += 2 - month % 3;
        if (align == CalendarLib.ALIGN_YEAR) month += 11 - month % 12;
        uint256 length = _daysIn(month);
        if (align != CalendarLib.ALIGN_DAY || dayOfMonth > length) dayOfMonth = length;
        uint256 expected = _firstDayOf(month) + dayOfMonth - 1;
        if (expected > CalendarLib.LAST_DAY) expected = CalendarLib.LAST_DAY;
        vm.assertEq(found, expected, "counted back");
    }

    /// @dev Months since January 1990, and the day of it from 1.
    function _monthOf(uint256 day) private pure returns (uint256 month, uint256 dayOfMonth) {
        for (; day >= _daysInYear(month / 12); month += 12) {
            day -= _daysInYear(month / 12);
        }
        for (; day >= _daysIn(month); ++month) {
            day -= _daysIn(month);
        }
        return (month, day + 1);
    }

    function _firstDayOf(uint256 month) private pure returns (uint256 day) {
        for (uint256 year; year < month / 12; ++year) {
            day += _daysInYear(year);
        }
        for (uint256 m = month / 12 * 12; m < month; ++m) {
            day += _daysIn(m);
        }
    }

    function _daysInYear(uint256 sinceFirst) private pure returns (uint256) {
        return _isLeap(1990 + sinceFirst) ? 366 : 365;
    }

    function _daysIn(uint256 month) private pure returns (uint256) {
        uint256 inYear = month % 12;
        if (inYear == 1) return _isLeap(1990 + month / 12) ? 29 : 28;
        return inYear == 3 || inYear == 5 || inYear == 8 || inYear == 10 ? 30 : 31;
    }

    function _isLeap(uint256 year) private pure returns (bool) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }
}
