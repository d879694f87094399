// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Family: up to six members one of whom may redeem what all of them have, in one word
/// @dev Bits, least significant first: six member ids of 40 bits each, without gap; 0 where there is no further one.
type Family is uint256;

using FamilyLib for Family global;

library FamilyLib {
    /// @dev Ids that fit into a word.
    uint256 internal constant MOST = 6;

    uint256 private constant ID_BITS = 40;
    uint256 private constant ID_MASK = (1 << 40) - 1;

    /// @notice The member at a place, 0 beyond the last.
    /// @param place 0 to 5.
    function memberAt(Family family, uint256 place) internal pure returns (uint40) {
        return uint40((Family.unwrap(family) >> (place * ID_BITS)) & ID_MASK);
    }

    /// @notice The family with a member at a place where there is none.
    function withMember(Family family, uint256 place, uint40 member) internal pure returns (Family) {
        return Family.wrap(Family.unwrap(family) | (uint256(member) << (place * ID_BITS)));
    }

    /// @notice The family without a member; those behind move up.
    function without(Family family, uint40 member) internal pure returns (Family) {
        for (uint256 place; place < MOST; ++place) {
            if (family.memberAt(place) != member) continue;
            uint256 shift = place * ID_BITS;
            uint256 before = Family.unwrap(family) & ((1 << shift) - 1);
            return Family.wrap(before | ((Family.unwrap(family) >> (shift + ID_BITS)) << shift));
        }
        return family;
    }
}
