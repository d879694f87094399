// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Award: what one purchase gets after promotions, limits and prepaid miles, one word from PromotionBook.judge
/// @dev Bits, least significant first: outcome 8 | base 32 | bonus 32 | scratch 32 | grant count 8
type Award is uint256;

using AwardLib for Award global;

library AwardLib {
    /// @dev The award and the grants word of one purchase lie side by side.
    uint256 internal constant SIZE_WITH_GRANTS = 64;

    function pack(uint256 outcome_, uint256 base_, uint256 bonus_, uint256 scratch_, uint256 grantCount_)
        internal
        pure
        returns (Award)
    {
        return Award.wrap(outcome_ | (base_ << 8) | (bonus_ << 40) | (scratch_ << 72) | (grantCount_ << 104));
    }

    function outcome(Award award) internal pure returns (uint256) {
        return Award.unwrap(award) & 0xff;
    }

    function base(Award award) internal pure returns (uint256) {
        return (Award.unwrap(award) >> 8) & 0xffffffff;
    }

    function bonus(Award award) internal pure returns (uint256) {
        return (Award.unwrap(award) >> 40) & 0xffffffff;
    }

    function scratch(Award award) internal pure returns (uint256) {
        return (Award.unwrap(award) >> 72) & 0xffffffff;
    }

    function grantCount(Award award) internal pure returns (uint256) {
        return (Award.unwrap(award) >> 104) & 0xff;
    }
}

/// @title Grants: the up to four promotions that answered for one purchase, one word
/// @dev Four fields of 64 bits, the first in the most significant, by rising promotion id, unused ones 0:
/// promotion 16 | cut 4 | desired 22 | granted 22. Miles; `Cut` numbers the limits.
type Grants is uint256;

library GrantsLib {
    uint256 internal constant MOST = 4;
    /// @dev Most miles one promotion can desire for one purchase; more is cut to this.
    uint256 internal constant MAX_MILES = (1 << 22) - 1;

    function packOne(uint256 promotion, uint256 cut, uint256 desired, uint256 granted) internal pure returns (uint256) {
        return (promotion << 48) | (cut << 44) | (desired << 22) | granted;
    }
}

/// @title Credit: what the ledger writes for one purchase, one word
/// @dev Bits, least significant first: rule version 8 | last day 16 | miles 40 | member 40 | scratch 32
/// bucket: the lowest 24 bits, as a lot keeps them.
type Credit is uint256;

using CreditLib for Credit global;

library CreditLib {
    function pack(uint256 member_, uint256 miles_, uint256 bucket_, uint256 scratch_) internal pure returns (Credit) {
        return Credit.wrap(bucket_ | (miles_ << 24) | (member_ << 64) | (scratch_ << 104));
    }

    function bucket(Credit credit) internal pure returns (uint256) {
        return Credit.unwrap(credit) & 0xffffff;
    }

    function miles(Credit credit) internal pure returns (uint256) {
        return (Credit.unwrap(credit) >> 24) & 0xffffffffff;
    }

    function member(Credit credit) internal pure returns (uint256) {
        return (Credit.unwrap(credit) >> 64) & 0xffffffffff;
    }

    function scratch(Credit credit) internal pure returns (uint256) {
        return Credit.unwrap(credit) >> 104;
    }
}
