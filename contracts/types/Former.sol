// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Former: the life of an account that lapsed before the one it has, one word
/// @dev Bits, least significant first: pool 40 | deadline 16 | began 16 | life 4 | joined 4 | former joined 4
/// Only accounts that lapsed and came back have one (docs/programme-rules.md, lives). pool, deadline: of the former life;
/// deadline 0: there is none. The rest is about the current life: the day it began; its number; how many numbers before it
/// are joined to it; how many before the former's number are joined to that. Lots and redemptions carry numbers.
type Former is uint256;

using FormerLib for Former global;

library FormerLib {
    uint256 private constant MOST_JOINED = 6;
    uint256 private constant MAX_MILES = (1 << 40) - 1;

    function pack(uint256 pool_, uint256 deadline_, uint256 began_, uint256 life_, uint256 joined_, uint256 formerJoined_)
        internal
        pure
        returns (Former)
    {
        // Numbers repeat after 16; a redemption cancelled after that many lives finds its own lapsed.
        joined_ = joined_ < MOST_JOINED ? joined_ : MOST_JOINED;
        formerJoined_ = formerJoined_ < MOST_JOINED ? formerJoined_ : MOST_JOINED;
        return Former.wrap(
            pool_ | (deadline_ << 40) | (began_ << 56) | ((life_ & 0xf) << 72) | (joined_ << 76) | (formerJoined_ << 80)
        );
    }

    function pool(Former former) internal pure returns (uint256) {
        return Former.unwrap(former) & MAX_MILES;
    }

    function deadline(Former former) internal pure returns (uint256) {
        return (Former.unwrap(former) >> 40) & 0xffff;
    }

    function began(Former former) internal pure returns (uint256) {
        return (Former.unwrap(former) >> 56) & 0xffff;
    }

    function life(Former former) internal pure returns (uint256) {
        return (Former.unwrap(former) >> 72) & 0xf;
    }

    function joined(Former former) internal pure returns (uint256) {
        return (Former.unwrap(former) >> 76) & 0xf;
    }

    function formerJoined(Former former) internal pure returns (uint256) {
        return (Former.unwrap(former) >> 80) & 0xf;
    }

    function withPool(Former former, uint256 pool_) internal pure returns (Former) {
        return Former.wrap((Former.unwrap(former) & ~MAX_MILES) | pool_);
    }

    function withDeadline(Former former, uint256 deadline_) internal pure returns (Former) {
        return Former.wrap((Former.unwrap(former) & ~(uint256(0xffff) << 40)) | (deadline_ << 40));
    }

    function withBegan(Former former, uint256 began_) internal pure returns (Former) {
        return Former.wrap((Former.unwrap(former) & ~(uint256(0xffff) << 56)) | (began_ << 56));
    }

    /// @notice A number of the current life, or of the former one.
    function numberOf(Former former, bool isFormer) internal pure returns (uint256) {
        unchecked {
            return isFormer ? (former.life() - former.joined() - 1) & 0xf : former.life();
        }
    }

    /// @notice How many lives before the current one a number is: 0 the current, 1 the former, 2 an earlier one.
    function ageOf(Former former, uint256 number) internal pure returns (uint256) {
        unchecked {
            uint256 back = (former.life() - number) & 0xf;
            if (back <= former.joined()) return 0;
            if (former.deadline() == 0) return 2;
            return back - former.joined() - 1 <= former.formerJoined() ? 1 : 2;
        }
    }
}
