// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPromotionBook} from "../interfaces/IPromotionBook.sol";
import {GrantsLib} from "../types/Award.sol";
import {Condition, ConditionLib} from "../types/Promotion.sol";
import {CalendarLib} from "./CalendarLib.sol";

/// @title Terms: checks what a manager publishes and packs it as an offer set holds it
library TermsLib {
    uint256 private constant DAY_MINUTES = 1440;
    uint256 private constant ALL_WEEKDAYS = 127;
    uint256 private constant LEAST_MULTIPLE = 10_001;
    uint256 private constant MOST_MULTIPLE = 1_000_000;
    /// @dev More would let one promotion fill an offer set's code.
    uint256 private constant MOST_OUTLET_MASKS = 64;
    /// @dev Where the day begins first and ends last on earth, in seconds from UTC.
    uint256 private constant MOST_OFFSET = 14 hours;

    /// @notice Reverts with the first field that contradicts itself.
    function check(IPromotionBook.Terms memory terms) internal pure {
        _require(terms.firstDay <= terms.lastDay && terms.lastDay <= CalendarLib.LAST_DAY, "lastDay");
        _require(terms.fromMinute < DAY_MINUTES, "fromMinute");
        _require(
            terms.untilMinute != 0 && terms.untilMinute <= DAY_MINUTES && terms.untilMinute != terms.fromMinute,
            "untilMinute"
        );
        _require(terms.weekdays != 0 && terms.weekdays <= ALL_WEEKDAYS, "weekdays");
        _checkSettled(terms);
        _require((terms.multipleBps == 0) != (terms.fixedMiles == 0), "reward");
        _require((terms.multipleBps == 0) == (terms.reward == IPromotionBook.RewardKind.FIXED), "reward");
        _require(
            terms.multipleBps == 0 || (terms.multipleBps >= LEAST_MULTIPLE && terms.multipleBps <= MOST_MULTIPLE),
            "multipleBps"
        );
        _require(terms.fixedMiles <= GrantsLib.MAX_MILES, "fixedMiles");
        _require(terms.perMember <= GrantsLib.MAX_MILES, "perMember");
        _require(terms.outlets.length <= MOST_OUTLET_MASKS, "outlets");
        _require(!terms.listed || terms.outlets.length != 0, "listed");
        for (uint256 i = 1; i < terms.outlets.length; ++i) {
            _require(terms.outlets[i].partner > terms.outlets[i - 1].partner, "outlets");
        }
    }

    /// @dev Refuses what no purchase is judged by yet.
    function _checkSettled(IPromotionBook.Terms memory terms) private pure {
        _require(terms.partySize == 0, "partySize");
        _require(terms.channels == 0, "channels");
        _require(terms.tiers == 0, "tiers");
        _require(terms.segments == 0, "segments");
        _require(!terms.enrolled, "enrolled");
        _require(terms.first == 0, "first");
        _require(terms.reward <= IPromotionBook.RewardKind.FIXED, "reward");
        _require(terms.step == 0, "step");
        _require(terms.every == 0, "every");
        _require(terms.fromVisit == 0, "fromVisit");
        _require(!terms.yearly, "yearly");
        _require(terms.table.length == 0, "table");
        _require(terms.perPurchase == 0, "perPurchase");
        _require(terms.perMemberDay == 0, "perMemberDay");
        _require(terms.perOutlet == 0, "perOutlet");
        _require(terms.awardsPerMember == 0, "awardsPerMember");
        _require(terms.awardsPerMemberDay == 0, "awardsPerMemberDay");
        _require(terms.awards == 0, "awards");
        _require(terms.ceiling == 0, "ceiling");
        _require(!terms.funded, "funded");
        _require(terms.exceptDays.length == 0, "exceptDays");
    }

    /// @notice The first instant at which the window is open anywhere on earth.
    function opensAt(IPromotionBook.Terms memory terms) internal pure returns (uint256) {
        return CalendarLib.FIRST_SECOND + uint256(terms.firstDay) * 1 days - MOST_OFFSET;
    }

    /// @notice The first instant at which the window is over everywhere on earth.
    function closesAt(IPromotionBook.Terms memory terms) internal pure returns (uint256) {
        return CalendarLib.FIRST_SECOND + (uint256(terms.lastDay) + 1) * 1 days + MOST_OFFSET;
    }

    /// @param place `Condition`'s page 24 | field 8.
    /// @param endsGroup Whether it is the last of its group in the set.
    function pack(IPromotionBook.Terms memory terms, uint256 promotion, uint256 place, bool endsGroup)
        internal
        pure
        returns (Condition)
    {
        uint256 span = (uint256(terms.untilMinute) + DAY_MINUTES - terms.fromMinute) % DAY_MINUTES;
        if (span == 0) span = DAY_MINUTES;
        uint256 when = (uint256(terms.firstDay) << 16) | (uint256(terms.lastDay) << 32)
            | (uint256(terms.fromMinute) << 48) | (span << 64) | (uint256(terms.weekdays) << 80);
        uint256 reward = (uint256(terms.multipleBps) << 136) | (uint256(terms.fixedMiles) << 160)
            | (uint256(terms.perMember) << 184);
        uint256 kinds = terms.listed ? ConditionLib.LISTED : 0;
        uint256 how = (place << 208) | (kinds << 240) | (endsGroup ? 1 << 248 : 0);
        return Condition.wrap(promotion | when | (uint256(terms.minimum) << 88) | reward | how);
    }

    function _require(bool holds, bytes32 field) private pure {
        if (!holds) revert IPromotionBook.PromotionTermsInvalid(field);
    }
}
