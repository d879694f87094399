// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LibBit} from "solady/utils/LibBit.sol";
import {IPromotionBook} from "../interfaces/IPromotionBook.sol";
import {GrantsLib} from "../types/Award.sol";
import {CalendarLib} from "./CalendarLib.sol";

/// @title Terms: checks what a manager publishes
library TermsLib {
    uint256 internal constant DAY_MINUTES = 1440;
    uint256 private constant ALL_WEEKDAYS = 127;
    uint256 private constant ALL_CHANNELS = 7;
    /// @dev An entry's party of 63 means 63 or more.
    uint256 private constant MOST_PARTY = 63;
    uint256 private constant LEAST_MULTIPLE = 10_001;
    uint256 private constant MOST_MULTIPLE = 1_000_000;
    /// @dev Visits of a season are counted up to this.
    uint256 private constant MOST_VISITS = 4095;
    uint256 private constant MOST_ROWS = 8;
    uint256 private constant MOST_AWARDS_A_DAY = 255;
    uint256 private constant MOST_EXCEPT_DAYS = 32;
    /// @dev More would let one promotion fill an offer set's code.
    uint256 private constant MOST_OUTLET_MASKS = 64;
    /// @dev Outlets whose visits share a member's page with other fields.
    uint256 private constant MOST_COUNTED_OUTLETS = 32;
    /// @dev Where the day begins first and ends last on earth, in seconds from UTC.
    uint256 private constant MOST_OFFSET = 14 hours;

    /// @notice Reverts with the first field that contradicts itself.
    function check(IPromotionBook.Terms memory terms) internal pure {
        bytes32 field = _wrongWindow(terms);
        if (field == 0) field = _wrongReward(terms);
        if (field == 0) field = _wrongTable(terms);
        if (field == 0) field = _wrongLimit(terms);
        if (field == 0) field = _wrongOutlets(terms);
        if (field != 0) revert IPromotionBook.PromotionTermsInvalid(field);
    }

    /// @notice The first instant at which a window that begins with a day is open anywhere on earth.
    function opensAt(uint256 firstDay) internal pure returns (uint256) {
        return CalendarLib.FIRST_SECOND + firstDay * 1 days - MOST_OFFSET;
    }

    /// @notice The first instant at which a window that ends with a day is over everywhere on earth.
    function closesAt(uint256 lastDay) internal pure returns (uint256) {
        return CalendarLib.FIRST_SECOND + (lastDay + 1) * 1 days + MOST_OFFSET;
    }

    /// @notice Outlets that a promotion names, over all partners.
    function outletCount(IPromotionBook.Terms memory terms) internal pure returns (uint256 count) {
        for (uint256 i; i < terms.outlets.length; ++i) {
            count += LibBit.popCount(terms.outlets[i].mask);
        }
    }

    // The first field that is wrong, else 0: one revert for all of them keeps the contract small.

    function _wrongWindow(IPromotionBook.Terms memory terms) private pure returns (bytes32) {
        if (terms.firstDay > terms.lastDay || terms.lastDay > CalendarLib.LAST_DAY) return "lastDay";
        if (terms.fromMinute >= DAY_MINUTES) return "fromMinute";
        uint256 until = terms.untilMinute;
        if (until == 0 || until > DAY_MINUTES || until == terms.fromMinute) return "untilMinute";
        if (terms.weekdays == 0 || terms.weekdays > ALL_WEEKDAYS) return "weekdays";
        if (terms.exceptDays.length > MOST_EXCEPT_DAYS) return "exceptDays";
        uint256 least = terms.firstDay;
        for (uint256 i; i < terms.exceptDays.length; ++i) {
            uint256 day = terms.exceptDays[i];
            if (day < least || day > terms.lastDay) return "exceptDays";
            least = day + 1;
        }
        if (terms.partySize > MOST_PARTY) return "partySize";
        return terms.channels > ALL_CHANNELS ? bytes32("channels") : bytes32(0);
    }

    /// @dev A reward says what it needs, and nothing that belongs to another.
    function _wrongReward(IPromotionBook.Terms memory terms) private pure returns (bytes32) {
        IPromotionBook.RewardKind kind = terms.reward;
        bool isVisit = kind == IPromotionBook.RewardKind.VISIT;
        bool isStep = kind == IPromotionBook.RewardKind.PER_STEP;
        bool takesMultiple = kind == IPromotionBook.RewardKind.MULTIPLE || isVisit;
        bool takesFixed = kind == IPromotionBook.RewardKind.FIXED || isStep || isVisit;
        uint256 multiple = terms.multipleBps;
        uint256 fixed_ = terms.fixedMiles;
        bool isMissing = (takesMultiple || takesFixed) && (multiple != 0) == (fixed_ != 0);
        if (isMissing || (multiple != 0 && !takesMultiple) || (fixed_ != 0 && !takesFixed)) return "reward";
        if (multiple != 0 && (multiple < LEAST_MULTIPLE || multiple > MOST_MULTIPLE)) return "multipleBps";
        if (fixed_ > GrantsLib.MAX_MILES) return "fixedMiles";
        if ((terms.step != 0) != isStep) return "step";
        bool hasVisit = terms.every | terms.fromVisit != 0;
        if (terms.every > MOST_VISITS || hasVisit != isVisit) return "every";
        if (terms.fromVisit > MOST_VISITS) return "fromVisit";
        return terms.yearly && !isVisit ? bytes32("yearly") : bytes32(0);
    }

    function _wrongTable(IPromotionBook.Terms memory terms) private pure returns (bytes32) {
        IPromotionBook.RewardKind kind = terms.reward;
        bool isOutlets = kind == IPromotionBook.RewardKind.WINDOW_OUTLETS;
        bool hasTable = kind == IPromotionBook.RewardKind.BANDS || kind == IPromotionBook.RewardKind.WINDOW_SPEND;
        uint256 rows = terms.table.length;
        if ((rows != 0) != (hasTable || isOutlets) || rows > MOST_ROWS) return "table";
        uint256 least = isOutlets ? 1 : 0;
        uint256 most = isOutlets ? MOST_COUNTED_OUTLETS : type(uint40).max;
        uint256 miles;
        for (uint256 i; i < rows; ++i) {
            IPromotionBook.Row memory row = terms.table[i];
            if (row.atLeast < least || row.atLeast > most) return "table";
            if (row.miles <= miles || row.miles > GrantsLib.MAX_MILES) return "table";
            (least, miles) = (uint256(row.atLeast) + 1, row.miles);
        }
        return 0;
    }

    function _wrongLimit(IPromotionBook.Terms memory terms) private pure returns (bytes32) {
        if (terms.perPurchase > GrantsLib.MAX_MILES) return "perPurchase";
        if (terms.perMember > GrantsLib.MAX_MILES) return "perMember";
        if (terms.perMemberDay > GrantsLib.MAX_MILES) return "perMemberDay";
        return terms.awardsPerMemberDay > MOST_AWARDS_A_DAY ? bytes32("awardsPerMemberDay") : bytes32(0);
    }

    function _wrongOutlets(IPromotionBook.Terms memory terms) private pure returns (bytes32) {
        uint256 count = terms.outlets.length;
        if (count > MOST_OUTLET_MASKS) return "outlets";
        bool isCounted = terms.reward == IPromotionBook.RewardKind.WINDOW_OUTLETS;
        if (terms.listed ? count == 0 : isCounted) return "listed";
        for (uint256 i = 1; i < count; ++i) {
            if (terms.outlets[i].partner <= terms.outlets[i - 1].partner) return "outlets";
        }
        if (!isCounted) return 0;
        uint256 outlets = outletCount(terms);
        return outlets == 0 || outlets > MOST_COUNTED_OUTLETS ? bytes32("outlets") : bytes32(0);
    }
}
