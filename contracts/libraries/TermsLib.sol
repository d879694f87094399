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
        _checkWindow(terms);
        _require(terms.partySize <= MOST_PARTY, "partySize");
        _require(terms.channels <= ALL_CHANNELS, "channels");
        _checkReward(terms);
        _checkTable(terms);
        _checkLimits(terms);
        _checkOutlets(terms);
    }

    /// @notice The first instant at which the window is open anywhere on earth.
    function opensAt(IPromotionBook.Terms memory terms) internal pure returns (uint256) {
        return CalendarLib.FIRST_SECOND + uint256(terms.firstDay) * 1 days - MOST_OFFSET;
    }

    /// @notice The first instant at which the window is over everywhere on earth.
    function closesAt(IPromotionBook.Terms memory terms) internal pure returns (uint256) {
        return CalendarLib.FIRST_SECOND + (uint256(terms.lastDay) + 1) * 1 days + MOST_OFFSET;
    }

    /// @notice Outlets that a promotion names, over all partners.
    function outletCount(IPromotionBook.Terms memory terms) internal pure returns (uint256 count) {
        for (uint256 i; i < terms.outlets.length; ++i) {
            count += LibBit.popCount(terms.outlets[i].mask);
        }
    }

    function _checkWindow(IPromotionBook.Terms memory terms) private pure {
        _require(terms.firstDay <= terms.lastDay && terms.lastDay <= CalendarLib.LAST_DAY, "lastDay");
        _require(terms.fromMinute < DAY_MINUTES, "fromMinute");
        _require(
            terms.untilMinute != 0 && terms.untilMinute <= DAY_MINUTES && terms.untilMinute != terms.fromMinute,
            "untilMinute"
        );
        _require(terms.weekdays != 0 && terms.weekdays <= ALL_WEEKDAYS, "weekdays");
        uint256 days_ = terms.exceptDays.length;
        _require(days_ <= MOST_EXCEPT_DAYS, "exceptDays");
        for (uint256 i; i < days_; ++i) {
            uint256 day = terms.exceptDays[i];
            _require(day >= terms.firstDay && day <= terms.lastDay, "exceptDays");
            _require(i == 0 || day > terms.exceptDays[i - 1], "exceptDays");
        }
    }

    /// @dev A reward says what it needs, and nothing that belongs to another.
    function _checkReward(IPromotionBook.Terms memory terms) private pure {
        IPromotionBook.RewardKind kind = terms.reward;
        bool isVisit = kind == IPromotionBook.RewardKind.VISIT;
        bool isStep = kind == IPromotionBook.RewardKind.PER_STEP;
        bool takesMultiple = kind == IPromotionBook.RewardKind.MULTIPLE || isVisit;
        bool takesFixed = kind == IPromotionBook.RewardKind.FIXED || isStep || isVisit;
        bool hasMultiple = terms.multipleBps != 0;
        bool hasFixed = terms.fixedMiles != 0;
        _require(takesMultiple || !hasMultiple, "reward");
        _require(takesFixed || !hasFixed, "reward");
        _require(hasMultiple != hasFixed || !(takesMultiple || takesFixed), "reward");
        _require(
            !hasMultiple || (terms.multipleBps >= LEAST_MULTIPLE && terms.multipleBps <= MOST_MULTIPLE), "multipleBps"
        );
        _require(terms.fixedMiles <= GrantsLib.MAX_MILES, "fixedMiles");
        _require((terms.step != 0) == isStep, "step");
        _require(terms.every <= MOST_VISITS && (isVisit || terms.every == 0), "every");
        _require(terms.fromVisit <= MOST_VISITS && (isVisit || terms.fromVisit == 0), "fromVisit");
        _require(!isVisit || terms.every | terms.fromVisit != 0, "every");
        _require(isVisit || !terms.yearly, "yearly");
    }

    function _checkTable(IPromotionBook.Terms memory terms) private pure {
        IPromotionBook.RewardKind kind = terms.reward;
        bool isOutlets = kind == IPromotionBook.RewardKind.WINDOW_OUTLETS;
        bool hasTable = kind == IPromotionBook.RewardKind.BANDS || kind == IPromotionBook.RewardKind.WINDOW_SPEND;
        uint256 rows = terms.table.length;
        _require((rows != 0) == (hasTable || isOutlets) && rows <= MOST_ROWS, "table");
        for (uint256 i; i < rows; ++i) {
            IPromotionBook.Row memory row = terms.table[i];
            _require(row.miles != 0 && row.miles <= GrantsLib.MAX_MILES, "table");
            _require(!isOutlets || (row.atLeast != 0 && row.atLeast <= MOST_COUNTED_OUTLETS), "table");
            if (i == 0) continue;
            IPromotionBook.Row memory before = terms.table[i - 1];
            _require(row.atLeast > before.atLeast && row.miles > before.miles, "table");
        }
    }

    function _checkLimits(IPromotionBook.Terms memory terms) private pure {
        _require(terms.perPurchase <= GrantsLib.MAX_MILES, "perPurchase");
        _require(terms.perMember <= GrantsLib.MAX_MILES, "perMember");
        _require(terms.perMemberDay <= GrantsLib.MAX_MILES, "perMemberDay");
        _require(terms.awardsPerMemberDay <= MOST_AWARDS_A_DAY, "awardsPerMemberDay");
    }

    function _checkOutlets(IPromotionBook.Terms memory terms) private pure {
        _require(terms.outlets.length <= MOST_OUTLET_MASKS, "outlets");
        _require(!terms.listed || terms.outlets.length != 0, "listed");
        for (uint256 i = 1; i < terms.outlets.length; ++i) {
            _require(terms.outlets[i].partner > terms.outlets[i - 1].partner, "outlets");
        }
        if (terms.reward != IPromotionBook.RewardKind.WINDOW_OUTLETS) return;
        _require(terms.listed, "listed");
        uint256 outlets = outletCount(terms);
        _require(outlets != 0 && outlets <= MOST_COUNTED_OUTLETS, "outlets");
    }

    function _require(bool holds, bytes32 field) private pure {
        if (!holds) revert IPromotionBook.PromotionTermsInvalid(field);
    }
}
