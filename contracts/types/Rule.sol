// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Rule: one version of a programme's expiry rules, 64 bits; its number is its lane, four a word
/// @dev Bits, least significant first:
/// from day 16 | lot months 10 | lot align 2 | account months 10 | account align 2 | activities 7 | exists 1 | tiers 16
/// from day: days since 1990-01-01, 0 for the first version. Months 0: no such rule. tiers: a bit for each tier that the
/// account rule binds.
type Rule is uint256;

using RuleLib for Rule global;

library RuleLib {
    uint256 internal constant EXISTS = 1 << 47;

    function fromDay(Rule rule) internal pure returns (uint256) {
        return Rule.unwrap(rule) & 0xffff;
    }

    function lotMonths(Rule rule) internal pure returns (uint256) {
        return (Rule.unwrap(rule) >> 16) & 0x3ff;
    }

    function lotAlign(Rule rule) internal pure returns (uint256) {
        return (Rule.unwrap(rule) >> 26) & 3;
    }

    function accountMonths(Rule rule) internal pure returns (uint256) {
        return (Rule.unwrap(rule) >> 28) & 0x3ff;
    }

    function accountAlign(Rule rule) internal pure returns (uint256) {
        return (Rule.unwrap(rule) >> 38) & 3;
    }

    /// @notice Whether the account rule counts acts of a kind (`Activity`).
    function counts(Rule rule, uint256 kind) internal pure returns (bool) {
        return (Rule.unwrap(rule) >> 40) & kind != 0;
    }

    function hasLotRule(Rule rule) internal pure returns (bool) {
        return rule.lotMonths() != 0;
    }

    function hasAccountRule(Rule rule) internal pure returns (bool) {
        return rule.accountMonths() != 0;
    }

    /// @notice Whether the account rule binds members of a tier.
    function binds(Rule rule, uint256 tier) internal pure returns (bool) {
        return (Rule.unwrap(rule) >> (48 + tier)) & 1 != 0;
    }
}

/// @title Terms: what holds for all versions, 64 bits in lane 0 of the rules' words
/// @dev Bits, least significant first: exists 1 | posting 1 | lots first 1 | closes accounts 1 | late days 8 | first lapse 16 |
/// notice days 16 | UTC offset 16, minutes, signed | spent miles 2
type Terms is uint256;

using TermsLib for Terms global;

library TermsLib {
    uint256 private constant EXISTS = 1;

    function pack(
        bool posting,
        bool lotsFirst,
        bool closing,
        uint256 late,
        uint256 earliest,
        uint256 notice,
        int16 offset,
        uint256 spent
    ) internal pure returns (Terms) {
        return Terms.wrap(
            EXISTS | (posting ? 2 : 0) | (lotsFirst ? 4 : 0) | (closing ? 8 : 0) | (late << 4) | (earliest << 12)
                | (notice << 28) | (uint256(uint16(offset)) << 44) | (spent << 60)
        );
    }

    function isPosting(Terms terms) internal pure returns (bool) {
        return Terms.unwrap(terms) & 2 != 0;
    }

    function isLotsFirst(Terms terms) internal pure returns (bool) {
        return Terms.unwrap(terms) & 4 != 0;
    }

    function closesAccounts(Terms terms) internal pure returns (bool) {
        return Terms.unwrap(terms) & 8 != 0;
    }

    function lateDays(Terms terms) internal pure returns (uint256) {
        return (Terms.unwrap(terms) >> 4) & 0xff;
    }

    function firstLapse(Terms terms) internal pure returns (uint256) {
        return (Terms.unwrap(terms) >> 12) & 0xffff;
    }

    function noticeDays(Terms terms) internal pure returns (uint256) {
        return (Terms.unwrap(terms) >> 28) & 0xffff;
    }

    /// @dev `SpentMiles`.
    function spentMiles(Terms terms) internal pure returns (uint256) {
        return (Terms.unwrap(terms) >> 60) & 3;
    }

    function utcOffset(Terms terms) internal pure returns (int256) {
        return int16(uint16(Terms.unwrap(terms) >> 44));
    }
}

/// @title Act: one announced change to lots that exist, 64 bits, four a word
/// @dev Bits, least significant first: kind 8 | versions 8 | from day 16 | value 16
/// versions: lots of this version and lower are concerned. from day: of the last days it changes, the earliest.
/// value: GRACE the day before which none of them dies; MOVE months as a signed number; NEVER 0.
type Act is uint256;

using ActLib for Act global;

library ActLib {
    /// @dev Last days of `from day` or later become at least `value`.
    uint256 internal constant GRACE = 1;
    /// @dev Last days of `from day` or later move by `value` months, none to before `from day`.
    uint256 internal constant MOVE = 2;
    /// @dev Lots with a last day of `from day` or later never lapse.
    uint256 internal constant NEVER = 3;

    function kind(Act act) internal pure returns (uint256) {
        return Act.unwrap(act) & 0xff;
    }

    function versions(Act act) internal pure returns (uint256) {
        return (Act.unwrap(act) >> 8) & 0xff;
    }

    function fromDay(Act act) internal pure returns (uint256) {
        return (Act.unwrap(act) >> 16) & 0xffff;
    }

    function day(Act act) internal pure returns (uint256) {
        return (Act.unwrap(act) >> 32) & 0xffff;
    }

    function months(Act act) internal pure returns (int256) {
        return int16(uint16(Act.unwrap(act) >> 32));
    }
}

/// @title What becomes of miles that a refund takes back and that are spent already
library SpentMiles {
    uint256 internal constant FORGIVE = 0;
    /// @dev A debt that the member's later accruals pay first.
    uint256 internal constant LATER_ACCRUALS = 1;
    /// @dev A debt that anyone may collect from the member's live miles.
    uint256 internal constant DEBT = 2;
}

/// @title Activity: kinds of acts that may restart an account's clock, one bit each
library Activity {
    uint256 internal constant ACCRUAL = 1;
    uint256 internal constant REDEMPTION = 2;
    uint256 internal constant PURCHASE = 4;
    uint256 internal constant TRANSFER_IN = 8;
    uint256 internal constant TRANSFER_OUT = 16;
    uint256 internal constant ADJUSTMENT = 32;
}

/// @title What a desk may do in the ledger, one bit each
library DeskAct {
    uint256 internal constant ADJUST = 1;
    uint256 internal constant REDEEM = 2;
    uint256 internal constant SELL = 4;
    uint256 internal constant TRANSFER = 8;
}

/// @title Expiry: all that decides on a day which miles are alive
/// @param today Day that is asked about, days since 1990-01-01.
/// @param count Versions.
/// @param actCount Announced acts, four a word of `acts`.
/// @param bindsLots Some version has a lot rule and an account rule.
/// @param terms What holds for all versions: `Terms`.
/// @param rules Lane 0 the terms, lanes 1 to 15 the versions, four a word.
struct Expiry {
    uint256 today;
    uint256 count;
    uint256 actCount;
    bool bindsLots;
    Terms terms;
    uint256[4] rules;
    uint256[2] acts;
}
