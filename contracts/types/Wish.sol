// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Wish: what one promotion would grant for a purchase, a `Grants` field and where its offer stands, one word
/// @dev Bits, least significant first: granted 22 | desired 22 | cut 4 | promotion 16 | place in the set 8
type Wish is uint256;

using WishLib for Wish global;

library WishLib {
    Wish internal constant NONE = Wish.wrap(0);
    uint256 private constant MILES = (1 << 22) - 1;
    uint256 private constant CUT_SHIFT = 44;

    /// @notice Uncut.
    /// @param idField The promotion at its bits.
    function pack(uint256 place_, uint256 idField, uint256 desired_) internal pure returns (Wish) {
        return Wish.wrap((place_ << 64) | idField | (desired_ << 22) | desired_);
    }

    /// @notice What a purchase was granted, as its receipt has it.
    /// @param field_ A `Grants` field.
    function ofGrant(uint256 place_, uint256 field_) internal pure returns (Wish) {
        return Wish.wrap((place_ << 64) | field_);
    }

    /// @notice With other miles; what cut them is named only where it still does.
    function withMiles(Wish wish, uint256 desired_, uint256 granted_) internal pure returns (Wish) {
        uint256 word = Wish.unwrap(wish) & ~((MILES << 22) | MILES);
        if (granted_ >= desired_) word &= ~(uint256(0xf) << CUT_SHIFT);
        return Wish.wrap(word | (desired_ << 22) | granted_);
    }

    /// @notice With more miles of the same promotion, and what cut those.
    function plus(Wish wish, Wish more) internal pure returns (Wish) {
        uint256 sum = wish.granted() + more.granted();
        uint256 word = Wish.unwrap(wish);
        if (more.cut() != 0) word = (word & ~(uint256(0xf) << CUT_SHIFT)) | (more.cut() << CUT_SHIFT);
        return Wish.wrap(word).withMiles(sum > wish.desired() ? sum : wish.desired(), sum);
    }

    function cut(Wish wish) internal pure returns (uint256) {
        return (Wish.unwrap(wish) >> CUT_SHIFT) & 0xf;
    }

    function granted(Wish wish) internal pure returns (uint256) {
        return Wish.unwrap(wish) & MILES;
    }

    function desired(Wish wish) internal pure returns (uint256) {
        return (Wish.unwrap(wish) >> 22) & MILES;
    }

    function promotion(Wish wish) internal pure returns (uint256) {
        return (Wish.unwrap(wish) >> 48) & 0xffff;
    }

    function place(Wish wish) internal pure returns (uint256) {
        return Wish.unwrap(wish) >> 64;
    }

    function isNone(Wish wish) internal pure returns (bool) {
        return Wish.unwrap(wish) == 0;
    }

    /// @notice As `Grants` has it.
    function field(Wish wish) internal pure returns (uint256) {
        return Wish.unwrap(wish) & type(uint64).max;
    }

    /// @notice Cut by a limit, if that leaves less than the ones before it.
    function cutTo(Wish wish, uint256 left, uint256 by) internal pure returns (Wish) {
        if (left >= wish.granted()) return wish;
        return Wish.wrap((Wish.unwrap(wish) & ~(MILES | (uint256(0xf) << CUT_SHIFT))) | (by << CUT_SHIFT) | left);
    }
}
