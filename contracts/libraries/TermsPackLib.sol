// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPromotionBook} from "../interfaces/IPromotionBook.sol";
import {ExtrasLib} from "../types/Extras.sol";
import {ProgressLib, VisitsLib} from "../types/Progress.sol";
import {Condition, ConditionLib} from "../types/Promotion.sol";
import {TermsLib} from "./TermsLib.sol";

/// @title Packed terms: a promotion's terms as an offer set holds them, and the room its progress needs
/// @dev `Condition`, `Extras`, `Limits` and `ProgressLib` draw the words.
library TermsPackLib {
    using TermsLib for IPromotionBook.Terms;

    /// @notice Whether terms say more than a condition holds.
    function isRich(IPromotionBook.Terms memory terms) internal pure returns (bool) {
        bool who = terms.partySize | terms.channels | terms.tiers | terms.segments | terms.first != 0 || terms.enrolled;
        bool limits = terms.perPurchase | terms.perMemberDay | terms.perOutlet | terms.awardsPerMember
                | terms.awardsPerMemberDay | terms.awards | terms.ceiling != 0 || terms.funded;
        return who || limits || terms.reward > IPromotionBook.RewardKind.FIXED || terms.exceptDays.length != 0;
    }

    /// @notice Bits of a member's page that a promotion needs.
    function progressBits(IPromotionBook.Terms memory terms) internal pure returns (uint256) {
        (,,, uint256 countAt) = _fieldsFrom(terms, 0);
        return countAt + _countBits(terms);
    }

    /// @notice Whether the account word's scratch can hold a member's progress: what was granted and no more.
    function fitsScratch(IPromotionBook.Terms memory terms) internal pure returns (bool) {
        return progressBits(terms) == ProgressLib.GRANTED_BITS && terms.perMember != 0;
    }

    /// @notice Not the last of its group.
    /// @param place `Condition`'s page 24 | field 8.
    function condition(IPromotionBook.Terms memory terms, uint256 promotion, uint256 place)
        internal
        pure
        returns (Condition)
    {
        uint256 dayMinutes = TermsLib.DAY_MINUTES;
        uint256 span = (uint256(terms.untilMinute) + dayMinutes - terms.fromMinute) % dayMinutes;
        if (span == 0) span = dayMinutes;
        uint256 when = (uint256(terms.firstDay) << 16) | (uint256(terms.lastDay) << 32)
            | (uint256(terms.fromMinute) << 48) | (span << 64) | (uint256(terms.weekdays) << 80);
        uint256 reward = (uint256(terms.multipleBps) << 136) | (uint256(terms.fixedMiles) << 160)
            | (uint256(terms.perMember) << 184);
        uint256 kinds = (terms.listed ? ConditionLib.LISTED : 0) | (isRich(terms) ? ConditionLib.RICH : 0);
        uint256 how = (place << 208) | (kinds << 240);
        return Condition.wrap(promotion | when | (uint256(terms.minimum) << 88) | reward | how);
    }

    /// @notice Words of a rich promotion from its `Extras` on; none of a plain one.
    /// @param place `Condition`'s page 24 | field 8.
    function extras(IPromotionBook.Terms memory terms, uint256 place) internal pure returns (uint256[] memory words) {
        if (!isRich(terms)) return words;
        uint256 rowWords = (terms.table.length + 3) / 4;
        words = new uint256[](2 + rowWords + (terms.exceptDays.length + 15) / 16);
        (words[0], words[1]) = (_extrasWord(terms), _limitsWord(terms, place >> 24));
        for (uint256 i; i < terms.table.length; ++i) {
            uint256 row = uint256(terms.table[i].atLeast) | (uint256(terms.table[i].miles) << 40);
            words[2 + i / 4] |= row << (64 * (i % 4));
        }
        for (uint256 i; i < terms.exceptDays.length; ++i) {
            words[2 + rowWords + i / 16] |= uint256(terms.exceptDays[i]) << (16 * (i % 16));
        }
    }

    /// @notice Outlet masks, two words each: partner and mask.
    function masks(IPromotionBook.Terms memory terms) internal pure returns (uint256[] memory words) {
        uint256 count = terms.outlets.length;
        words = new uint256[](2 * count);
        for (uint256 i; i < count; ++i) {
            (words[2 * i], words[2 * i + 1]) = (terms.outlets[i].partner, terms.outlets[i].mask);
        }
    }

    function _extrasWord(IPromotionBook.Terms memory terms) private pure returns (uint256) {
        uint256 who = (uint256(terms.partySize) << 8) | (uint256(terms.channels) << 16) | (uint256(terms.tiers) << 24)
            | (uint256(terms.segments) << 40) | (uint256(terms.first) << 80);
        uint256 flags = (terms.enrolled ? ExtrasLib.ENROLLED : 0) | (terms.yearly ? ExtrasLib.YEARLY : 0)
            | (terms.funded ? ExtrasLib.FUNDED : 0);
        uint256 reward = uint256(terms.reward) | (uint256(terms.every) << 112) | (uint256(terms.fromVisit) << 128)
            | (uint256(terms.step) << 144);
        bool isOutlets = terms.reward == IPromotionBook.RewardKind.WINDOW_OUTLETS;
        uint256 counts = (terms.table.length << 184) | (terms.exceptDays.length << 192)
            | (isOutlets ? terms.outletCount() << 200 : 0);
        return who | (flags << 72) | reward | counts;
    }

    function _limitsWord(IPromotionBook.Terms memory terms, uint256 field) private pure returns (uint256) {
        uint256 miles = uint256(terms.perPurchase) | (uint256(terms.perMemberDay) << 24)
            | (uint256(terms.perOutlet) << 48) | (uint256(terms.ceiling) << 136);
        uint256 awards = (uint256(terms.awardsPerMember) << 80) | (uint256(terms.awardsPerMemberDay) << 96)
            | (uint256(terms.awards) << 104);
        (uint256 dayAt, uint256 awardsAt, uint256 hadAt, uint256 countAt) = _fieldsFrom(terms, field);
        return miles | awards | (dayAt << 160) | (awardsAt << 168) | (hadAt << 176) | (countAt << 184);
    }

    /// @dev Where fields stand, the first of those it needs at `field`.
    function _fieldsFrom(IPromotionBook.Terms memory terms, uint256 field)
        private
        pure
        returns (uint256 dayAt, uint256 awardsAt, uint256 hadAt, uint256 countAt)
    {
        bool isWindow = terms.reward == IPromotionBook.RewardKind.WINDOW_SPEND
            || terms.reward == IPromotionBook.RewardKind.WINDOW_OUTLETS;
        dayAt = field + (terms.perMember != 0 || isWindow ? ProgressLib.GRANTED_BITS : 0);
        awardsAt = dayAt + (terms.perMemberDay | terms.awardsPerMemberDay != 0 ? ProgressLib.DAY_BITS : 0);
        hadAt = awardsAt + (terms.awardsPerMember != 0 ? ProgressLib.AWARDS_BITS : 0);
        countAt = hadAt + (terms.first != 0 ? ProgressLib.HAD_BITS : 0);
    }

    function _countBits(IPromotionBook.Terms memory terms) private pure returns (uint256) {
        if (terms.reward == IPromotionBook.RewardKind.WINDOW_SPEND) return ProgressLib.SPEND_BITS;
        if (terms.reward == IPromotionBook.RewardKind.WINDOW_OUTLETS) {
            return terms.outletCount() * ProgressLib.OUTLET_BITS;
        }
        return terms.reward == IPromotionBook.RewardKind.VISIT ? VisitsLib.BITS : 0;
    }
}
