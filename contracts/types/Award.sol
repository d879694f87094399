// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Earning, Standing} from "./Earning.sol";
import {Outcome} from "./Outcome.sol";

/// @title Award: what one purchase gets after promotions, limits and prepaid miles, one word from PromotionBook.judge
/// @dev Bits, least significant first: grant count 8 | base 32 | outcome 8 | bonus 32 | scratch 32 | writes scratch 1 |
/// counted 16 | charge 32 | charge is given back 1 | returned 32 | added 32
/// base, bonus: of an amendment what is left. counted: as in `Basis`. charge: miles the section's partner pays or, of an
/// amendment, may get back. returned, added: net miles of an amendment, one of them 0.
type Award is uint256;

using AwardLib for Award global;

library AwardLib {
    /// @dev The award and the grants word of one purchase lie side by side.
    uint256 internal constant SIZE_WITH_GRANTS = 64;

    /// @dev What few awards say beyond base, bonus and scratch: counted, returned and added.
    uint256 internal constant RARE_BITS =
        (uint256(0xffff) << 113) | (uint256(type(uint64).max) << 162);

    /// @notice The award of a purchase that was refused.
    function refused(Standing standing) internal pure returns (Award) {
        return Award.wrap(standing.outcome() << 40);
    }

    /// @notice The award of base alone; base stands at the same bits in the earning.
    function ofBase(Earning earning) internal pure returns (Award) {
        return Award.wrap(Earning.unwrap(earning) & 0xffffffff00);
    }

    /// @notice The award with what prepaid miles left of its base.
    function cutBase(Award award, uint256 left) internal pure returns (Award) {
        uint256 cut = (left << 8) | (uint256(Outcome.CUT_BY_PREPAID) << 40);
        return Award.wrap((Award.unwrap(award) & ~uint256(0xffffffffffff00)) | cut);
    }

    /// @notice The award with its bonus; a grant that prepaid miles cut shows in the outcome.
    /// @param scratch_ `ScratchLib` word: 0 where the account's scratch stays as it is.
    function withGrants(Award award, uint256 bonus_, uint256 grants, uint256 scratch_) internal pure returns (Award) {
        uint256 word = Award.unwrap(award) | (bonus_ << 48) | GrantsLib.count(grants) | (scratch_ << 80);
        // CUT_BY_PREPAID is 1 and CREDITED 0.
        return Award.wrap(GrantsLib.hasPrepaidCut(grants) ? word | (1 << 40) : word);
    }

    /// @notice The award of an amendment that changes nothing.
    function ofOutcome(uint256 outcome_) internal pure returns (Award) {
        return Award.wrap(outcome_ << 40);
    }

    /// @notice The award of an amendment: what is left of its purchase. A grant that prepaid miles cut once does not show in
    /// the outcome.
    /// @param scratch_ `ScratchLib` word: 0 where the account's scratch stays as it is.
    function ofAmendment(uint256 outcome_, uint256 base_, uint256 bonus_, uint256 grants, uint256 scratch_)
        internal
        pure
        returns (Award)
    {
        uint256 word = GrantsLib.count(grants) | (base_ << 8) | (outcome_ << 40) | (bonus_ << 48);
        return Award.wrap(word | (scratch_ << 80));
    }

    function grantCount(Award award) internal pure returns (uint256) {
        return Award.unwrap(award) & 0xff;
    }

    function base(Award award) internal pure returns (uint256) {
        return (Award.unwrap(award) >> 8) & 0xffffffff;
    }

    function outcome(Award award) internal pure returns (uint256) {
        return (Award.unwrap(award) >> 40) & 0xff;
    }

    function bonus(Award award) internal pure returns (uint256) {
        return (Award.unwrap(award) >> 48) & 0xffffffff;
    }

    /// @dev `ScratchLib` word.
    function scratch(Award award) internal pure returns (uint256) {
        return (Award.unwrap(award) >> 80) & 0x1ffffffff;
    }

    /// @dev Places in the offer set, a bit each.
    function counted(Award award) internal pure returns (uint256) {
        return (Award.unwrap(award) >> 113) & 0xffff;
    }

    function charge(Award award) internal pure returns (uint256) {
        return (Award.unwrap(award) >> 129) & 0xffffffff;
    }

    function isChargeGivenBack(Award award) internal pure returns (bool) {
        return (Award.unwrap(award) >> 161) & 1 != 0;
    }

    function returned(Award award) internal pure returns (uint256) {
        return (Award.unwrap(award) >> 162) & 0xffffffff;
    }

    function added(Award award) internal pure returns (uint256) {
        return (Award.unwrap(award) >> 194) & 0xffffffff;
    }

    /// @notice The award with what its partner pays, or gets back.
    function withCharge(Award award, uint256 miles, bool isGivenBack) internal pure returns (Award) {
        return Award.wrap(Award.unwrap(award) | (miles << 129) | (isGivenBack ? uint256(1) << 161 : 0));
    }

    /// @notice The award with the places of the offer set that counted its purchase.
    function withCounted(Award award, uint256 counted_) internal pure returns (Award) {
        return Award.wrap(Award.unwrap(award) | (counted_ << 113));
    }

    /// @notice The award of an amendment with its net miles, one of them 0.
    function withChange(Award award, uint256 returned_, uint256 added_) internal pure returns (Award) {
        return Award.wrap(Award.unwrap(award) | (returned_ << 162) | (added_ << 194));
    }

    /// @dev base 32 | last day 16 | outcome 8 at their bits of the receipt's accrual word.
    function accrualTail(Award award, Standing standing) internal pure returns (uint256) {
        uint256 word = Award.unwrap(award);
        return ((word & 0xffffffff00) << 104) | (standing.lastDay() << 96) | ((word & 0xff0000000000) << 48);
    }

    /// @dev outcome 8 | base 32 | last day 16 | grant count 8 in the most significant bits, as in the event's results: the
    /// count is the lowest bits of the results' flags.
    function resultHead(Award award, Standing standing) internal pure returns (uint256) {
        uint256 word = Award.unwrap(award);
        return ((word & 0xffffffffff00) << 208) | (standing.lastDay() << 200) | ((word & 0xff) << 192);
    }
}

/// @title Grants: the up to four promotions that answered for one purchase, one word
/// @dev Four fields of 64 bits, the first in the most significant, in the order of the offer set, unused ones 0:
/// promotion 16 | cut 4 | desired 22 | granted 22. Miles; `Cut` numbers the limits.
type Grants is uint256;

library GrantsLib {
    uint256 internal constant MOST = 4;
    /// @dev Most miles one promotion can desire for one purchase; more is cut to this.
    uint256 internal constant MAX_MILES = (1 << 22) - 1;

    /// @notice Grants of a word: fields are filled from the first on, and none that is used is 0.
    function count(uint256 grants) internal pure returns (uint256 used) {
        assembly ("memory-safe") {
            used := iszero(iszero(grants))
            used := add(used, iszero(iszero(shl(64, grants))))
            used := add(used, iszero(iszero(shl(128, grants))))
            used := add(used, iszero(iszero(shl(192, grants))))
        }
    }

    /// @dev Whether prepaid miles cut one of the grants. PREPAID (12) is the only number with bits 2 and 3 set.
    function hasPrepaidCut(uint256 grants) internal pure returns (bool) {
        // The upper two bits of the four cut fields.
        return (grants & (grants << 1)) & 0x0000800000000000000080000000000000008000000000000000800000000000 != 0;
    }
}

/// @title Credit: what the ledger writes for one purchase, one word
/// @dev Bits, least significant first: rule version 8 | last day 16 | miles 40 | member 40 | scratch 32 | writes scratch 1 |
/// debt offset 32. bucket: the lowest 24 bits, as a lot keeps them. debt offset: of the miles, those that pay the member's
/// debt. What the ledger takes back for one amendment is such a word too, its bucket the lot its purchase made.
type Credit is uint256;

using CreditLib for Credit global;

library CreditLib {
    function pack(uint256 member_, uint256 miles_, uint256 bucket_, uint256 scratch_) internal pure returns (Credit) {
        return Credit.wrap(bucket_ | (miles_ << 24) | (member_ << 64) | (scratch_ << 104));
    }

    /// @notice The credit with miles of it that pay debt.
    function withDebtOffset(Credit credit, uint256 miles_) internal pure returns (Credit) {
        return Credit.wrap(Credit.unwrap(credit) | (miles_ << 137));
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

    /// @dev `ScratchLib` word.
    function scratch(Credit credit) internal pure returns (uint256) {
        return (Credit.unwrap(credit) >> 104) & 0x1ffffffff;
    }

    function debtOffset(Credit credit) internal pure returns (uint256) {
        return Credit.unwrap(credit) >> 137;
    }

    /// @notice Whether it says more than member, lot and miles.
    function isRare(Credit credit) internal pure returns (bool) {
        return Credit.unwrap(credit) >> 104 != 0;
    }
}

/// @title Scratch: 32 bits of the account word that hold a member's miles from one limited promotion at a time
/// @dev Bits, least significant first: granted 24 | season 8 | writes scratch 1. Each promotion that uses the scratch has a season of its
/// own, so that what an earlier one left counts for nothing. The last bit says that the word is to be written.
library ScratchLib {
    uint256 internal constant WRITES = 1 << 32;
    uint256 internal constant LAST_SEASON = 255;

    /// @notice Miles granted in a season.
    function granted(uint256 scratch, uint256 season) internal pure returns (uint256) {
        return (scratch >> 24) & 0xff == season ? scratch & 0xffffff : 0;
    }
}
