// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Condition: a promotion's terms as an offer set holds them, one word
/// @dev Bits, least significant first:
/// promotion 16 | first day 16 | last day 16 | from minute 16 | span 16 | weekdays 8 | minimum 40 | spare 8 |
/// multiple 24 | fixed 24 | per member 24 | page 24 | field 8 | kinds 8 | ends group 8
/// span: minutes from `from minute` on, past midnight where they reach it. ends group: 1 for the last of its group in
/// the set. page, field: where a member's progress stands; field counts bits of the page from the right. Page 0 is the
/// account word's scratch, and field its season.
type Condition is uint256;

using ConditionLib for Condition global;
using BoundsLib for Condition global;

library ConditionLib {
    /// @dev Applies only where an outlet mask says so.
    uint256 internal constant LISTED = 1;
    /// @dev Has more to say than this word: `Rules` and what follows them.
    uint256 internal constant RICH = 2;

    uint256 internal constant FIELD_BITS = 24;
    uint256 internal constant FIELD_MASK = (1 << FIELD_BITS) - 1;

    function promotion(Condition condition) internal pure returns (uint256) {
        return Condition.unwrap(condition) & 0xffff;
    }

    function firstDay(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 16) & 0xffff;
    }

    function lastDay(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 32) & 0xffff;
    }

    function fromMinute(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 48) & 0xffff;
    }

    function span(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 64) & 0xffff;
    }

    function minimum(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 88) & 0xffffffffff;
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

    /// @notice Where a member's progress stands: page, and bit of it; both 0 for a promotion that keeps none.
    function page(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 208) & 0xffffff;
    }

    function field(Condition condition) internal pure returns (uint256) {
        return (Condition.unwrap(condition) >> 232) & 0xff;
    }

    function endsGroup(Condition condition) internal pure returns (bool) {
        return Condition.unwrap(condition) >> 248 != 0;
    }

    /// @notice The condition of the last offer of its group.
    function ending(Condition condition) internal pure returns (Condition) {
        return Condition.wrap(Condition.unwrap(condition) | (1 << 248));
    }

    function isListed(Condition condition) internal pure returns (bool) {
        return (Condition.unwrap(condition) >> 240) & LISTED != 0;
    }

    function isRich(Condition condition) internal pure returns (bool) {
        return (Condition.unwrap(condition) >> 240) & RICH != 0;
    }

    /// @notice Whether hours hold a minute of the day; past midnight too.
    function isOpenAt(Condition condition, uint256 minute) internal pure returns (bool) {
        return (minute + 1440 - condition.fromMinute()) % 1440 < condition.span();
    }

    /// @notice Whether the window and the weekdays hold an outlet's local day.
    /// @dev 1990-01-01, day 0, was a Monday.
    function isOpenOn(Condition condition, uint256 localDay) internal pure returns (bool) {
        uint256 word = Condition.unwrap(condition);
        return localDay >= ((word >> 16) & 0xffff) && localDay <= ((word >> 32) & 0xffff)
            && (word >> (80 + localDay % 7)) & 1 != 0;
    }
}

/// @title BudgetWord: a promotion's budget and what it granted, one word
/// @dev Bits, least significant first: granted 48 | awards 32 | budget 48 | stop at 48 | members 32 | spare 48
/// budget, stop at: all ones for none. members: those granted something, counted where a promotion is for the first ones.
type BudgetWord is uint256;

using BudgetWordLib for BudgetWord global;

library BudgetWordLib {
    uint256 internal constant NONE = type(uint48).max;
    /// @dev One more award and one more member, as sums.
    uint256 internal constant ONE_AWARD = 1 << 48;
    uint256 internal constant ONE_MEMBER = 1 << 176;

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
        return (BudgetWord.unwrap(word) >> 128) & NONE;
    }

    function members(BudgetWord word) internal pure returns (uint256) {
        return (BudgetWord.unwrap(word) >> 176) & 0xffffffff;
    }

    /// @notice Miles it may still grant; never reached for one without a budget.
    function left(BudgetWord word) internal pure returns (uint256) {
        // Granted never passes the budget.
        unchecked {
            return word.budget() - word.granted();
        }
    }

    /// @notice After awards that `left` allowed: miles, numbers of awards and of members at their bits.
    function plus(BudgetWord word, uint256 used) internal pure returns (BudgetWord) {
        unchecked {
            return BudgetWord.wrap(BudgetWord.unwrap(word) + used);
        }
    }

    /// @notice After miles, and awards at their bits, were given back, which it had granted.
    function minus(BudgetWord word, uint256 unused) internal pure returns (BudgetWord) {
        unchecked {
            return BudgetWord.wrap(BudgetWord.unwrap(word) - unused);
        }
    }

    function withBudget(BudgetWord word, uint256 budget_) internal pure returns (BudgetWord) {
        return BudgetWord.wrap((BudgetWord.unwrap(word) & ~(NONE << 80)) | (budget_ << 80));
    }

    function withStopAt(BudgetWord word, uint256 stopAt_) internal pure returns (BudgetWord) {
        return BudgetWord.wrap((BudgetWord.unwrap(word) & ~(NONE << 128)) | (stopAt_ << 128));
    }
}

/// @title Probe and bounds: four conditions of an offer answered by one subtraction
/// @dev Both are words of four lanes, each with a guard bit above it, set in the probe and clear in the bounds:
/// guard 1 | eligible 40 | guard 1 | complement of occurred at 40 | guard 1 | minute 11 | guard 1 | complement of minute 11
/// from bit 105 down. probe - bounds keeps a lane's guard exactly when the probe's lane reaches the bounds': eligible
/// >= minimum, occurred at < stop, minute >= from, minute < until. Lanes never borrow from each other, as a guard
/// covers its own.
library BoundsLib {
    uint256 internal constant GUARDS = (1 << 105) | (1 << 64) | (1 << 23) | (1 << 11);

    uint256 private constant ELIGIBLE = 65;
    uint256 private constant OCCURRED = 24;
    uint256 private constant MINUTE = 12;
    uint256 private constant MOST_TIME = (1 << 40) - 1;
    uint256 private constant LAST_MINUTE = 1439;
    uint256 private constant DAY_MINUTES = 1440;

    /// @notice The lanes of one purchase.
    function probe(uint256 eligible, uint256 occurredAt, uint256 minute) internal pure returns (uint256) {
        // No lane's value passes its width: amounts and times have 40 bits, minutes are below 1,440.
        unchecked {
            return GUARDS + (eligible << ELIGIBLE) + ((MOST_TIME - occurredAt) << OCCURRED) + (minute << MINUTE)
                + (LAST_MINUTE - minute);
        }
    }

    /// @notice The lanes of one offer. Hours that pass midnight are left open: `wrapsMidnight` tells.
    function bounds(Condition condition, uint256 stopAt) internal pure returns (uint256) {
        // A time from 2^40 on is no stop at all; 0 leaves a lane open.
        uint256 stop = stopAt > MOST_TIME ? 0 : MOST_TIME + 1 - stopAt;
        // A stop at 0 would take the lane's guard: nothing occurred before 1970, so 1 second later is the same.
        if (stop > MOST_TIME) stop = MOST_TIME;
        uint256 word = (condition.minimum() << ELIGIBLE) | (stop << OCCURRED);
        if (wrapsMidnight(condition)) return word;
        uint256 until = condition.fromMinute() + condition.span();
        return word | (condition.fromMinute() << MINUTE) | (DAY_MINUTES - until);
    }

    function wrapsMidnight(Condition condition) internal pure returns (bool) {
        return condition.fromMinute() + condition.span() > DAY_MINUTES;
    }
}
