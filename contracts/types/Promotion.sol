// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Condition: a promotion's terms as an offer set holds them, one word
/// @dev Bits, least significant first:
/// promotion 16 | first day 16 | last day 16 | from minute 16 | span 16 | weekdays 8 | minimum 40 | group 8 |
/// multiple 24 | fixed 24 | per member 24 | page 24 | field 8 | kinds 8
/// span: minutes from `from minute` on, past midnight where they reach it. group: its number in the set.
/// page, field: where a member's progress stands; field counts bits from the right.
type Condition is uint256;

using ConditionLib for Condition global;

library ConditionLib {
    /// @dev Applies only where an outlet mask says so.
    uint256 internal constant LISTED = 1;
    /// @dev Progress stands in the account word's scratch and `field` is its season.
    uint256 internal constant IN_SCRATCH = 2;

    uint256 internal constant FIELD_BITS = 24;
    uint256 internal constant FIELD_MASK = (1 << FIELD_BITS) - 1;

    function promotion(Condition condition) internal pure returns (uint256) {
        return Condition.unwrap(condition) & 0xffff;
    }

    function weekdays(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 80) & 0xff;
    }

    function minimum(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 88) & 0xffffffffff;
    }

    function group(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 128) & 0xff;
    }

    function multipleBps(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 136) & 0xffffff;
    }

    function fixedMiles(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 160) & 0xffffff;
    }

    function perMember(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 184) & 0xffffff;
    }

    function page(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 208) & 0xffffff;
    }

    function field(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 232) & 0xff;
    }

    function has(Condition condition, uint256 kind) internal pure returns (bool) {
        return (Condition.unwrap(condition) >> 240) & kind != 0;
    }

    /// @notice Whether the outlet's local day and minute lie in the window, weekdays and hours.
    /// @dev 1990-01-01, day 0, was a Monday.
    function isOpenAt(Condition condition, uint256 localDay, uint256 localMinute) internal pure returns (bool) {
        uint256 word = Condition.unwrap(condition);
        // Minutes are below 1,440, so the sum cannot wrap.
        unchecked {
            uint256 sinceFrom = localMinute + 1440 - ((word >> 48) & 0xffff);
            if (sinceFrom >= 1440) sinceFrom -= 1440;
            return localDay >= ((word >> 16) & 0xffff) && localDay <= ((word >> 32) & 0xffff)
                && sinceFrom < ((word >> 64) & 0xffff) && (word >> (80 + localDay % 7)) & 1 != 0;
        }
    }

    /// @notice Miles the reward gives on a base, before any limit.
    function desired(Condition condition, uint256 base, uint256 most) internal pure returns (uint256 miles) {
        uint256 multiple = condition.multipleBps();
        // base < 2^28 and multiple < 2^24.
        unchecked {
            miles = multiple == 0 ? condition.fixedMiles() : base * multiple / 10_000 - base;
        }
        if (miles > most) miles = most;
    }
}

/// @title BudgetWord: a promotion's budget and what it granted, one word
/// @dev Bits, least significant first: granted 48 | awards 32 | budget 48 | stop at 48
/// budget, stop at: all ones for none.
type BudgetWord is uint256;

using BudgetWordLib for BudgetWord global;

library BudgetWordLib {
    uint256 internal constant NONE = type(uint48).max;
    /// @dev One more award, as a sum.
    uint256 private constant ONE_AWARD = 1 << 48;

    function pack(uint256 budget_) internal pure returns (BudgetWord) {
        return BudgetWord.wrap((budget_ << 80) | (NONE << 128));
    }

    function granted(BudgetWord word) internal pure returns (uint256) {
        return BudgetWord.unwrap(word) & NONE;
    }

    function awards(BudgetWord word) internal pure returns (uint256) {
        return (BudgetWord.unwrap(word) >> 48) & 0xffffffff;
    }

    function budget(BudgetWord word) internal pure returns (uint256) {
        return (BudgetWord.unwrap(word) >> 80) & NONE;
    }

    function stopAt(BudgetWord word) internal pure returns (uint256) {
        return BudgetWord.unwrap(word) >> 128;
    }

    /// @notice Miles it may still grant; never reached for one without a budget.
    function left(BudgetWord word) internal pure returns (uint256) {
        // Granted never passes the budget.
        unchecked {
            return word.budget() - word.granted();
        }
    }

    /// @notice After one award of so many miles, which `left` allowed.
    function plusAward(BudgetWord word, uint256 miles) internal pure returns (BudgetWord) {
        unchecked {
            return BudgetWord.wrap(BudgetWord.unwrap(word) + miles + ONE_AWARD);
        }
    }

    function withBudget(BudgetWord word, uint256 budget_) internal pure returns (BudgetWord) {
        return BudgetWord.wrap((BudgetWord.unwrap(word) & ~(NONE << 80)) | (budget_ << 80));
    }

    function withStopAt(BudgetWord word, uint256 stopAt_) internal pure returns (BudgetWord) {
        return BudgetWord.wrap((BudgetWord.unwrap(word) & ~(NONE << 128)) | (stopAt_ << 128));
    }
}
