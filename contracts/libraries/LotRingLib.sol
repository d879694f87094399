// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Account, AccountLib, LotLib} from "../types/Account.sol";

/// @title Lot ring: a member's own-day lots behind the hot one, four a word
/// @dev Lots are appended and never move while live; one out of order sets a flag instead of moving others, so that a
/// credit touches the account word and at most two lot words (docs/decisions/0002).
library LotRingLib {
    uint256 private constant LOTS_A_WORD = 4;
    uint256 private constant LOT_BITS = 64;

    /// @notice Adds miles that do not fit the hot lot: another bucket's, the first ever, or too many for one lot.
    /// @dev Where no lot is hot they are. Into the newest ring word if it holds that bucket; else the hot lot moves to
    /// the ring and these miles are hot. A full ring joins the hot lot and these miles under the later last day: no
    /// member's miles are ever shortened or lost.
    /// @param bucket rule version 8 | last day 16.
    /// @param later Of this bucket and the hot lot's, the one that lapses later: a full ring joins both under it.
    function add(
        uint256[1 << 49] storage words,
        uint256 member,
        Account account,
        uint256 bucket,
        uint256 miles,
        uint256 later
    ) internal returns (Account) {
        if (account.hotAmount() == 0) return account.withHotLot(LotLib.pack(miles, bucket));
        // Positions are below twice the capacity, which is a power of two.
        unchecked {
            uint256 last = account.capacity() - 1;
            uint256 count = account.count();
            uint256 end = account.head() + count;
            if (count != 0) {
                uint256 newest = (end - 1) & last;
                uint256 slot = wordAt(member, newest / LOTS_A_WORD);
                uint256 word = words[slot];
                uint256 joined = _join(word, newest % LOTS_A_WORD, count, LotLib.pack(miles, bucket));
                if (joined != 0) {
                    words[slot] = joined;
                    return account;
                }
                if (count > last) return _joinHot(account, miles, later);
                uint256 newestLot = word >> (newest % LOTS_A_WORD * LOT_BITS);
                if (!LotLib.follows(account.hotLot(), newestLot)) {
                    account = account.withFlag(AccountLib.FLAG_UNSORTED, true);
                }
            }
            setLotAt(words, member, end & last, account.hotLot());
            return account.withHotLot(LotLib.pack(miles, bucket)).withCount(count + 1);
        }
    }

    /// @notice The lot at a position of the ring.
    function lotAt(uint256[1 << 49] storage words, uint256 member, uint256 position) internal view returns (uint256) {
        unchecked {
            return (words[wordAt(member, position / LOTS_A_WORD)] >> (position % LOTS_A_WORD * LOT_BITS)) & LotLib.MASK;
        }
    }

    /// @notice Writes a lot at a position of the ring.
    function setLotAt(uint256[1 << 49] storage words, uint256 member, uint256 position, uint256 lot) internal {
        uint256 slot = wordAt(member, position / LOTS_A_WORD);
        uint256 shift = position % LOTS_A_WORD * LOT_BITS;
        words[slot] = (words[slot] & ~(LotLib.MASK << shift)) | (lot << shift);
    }

    /// @notice Index of a member's ring word: member 40 | word 9.
    function wordAt(uint256 member, uint256 word) internal pure returns (uint256) {
        return (member << 9) | word;
    }

    /// @dev The newest ring word with an incoming lot joined to one of its bucket; 0 if none has that bucket and room.
    /// @param lane Of the newest lot; below it in its word stand up to `count` live ones.
    function _join(uint256 word, uint256 lane, uint256 count, uint256 incoming) private pure returns (uint256) {
        unchecked {
            uint256 miles = LotLib.amount(incoming);
            uint256 key = incoming ^ miles;
            for (uint256 left = count; left != 0; --left) {
                uint256 shift = lane * LOT_BITS;
                // As LotLib.joined, whose bucket stays the same from lot to lot.
                uint256 sum = (((word >> shift) & LotLib.MASK) ^ key) + miles;
                if (sum <= AccountLib.MAX_LOT_MILES) return word + (miles << shift);
                if (lane == 0) break;
                --lane;
            }
            return 0;
        }
    }

    /// @dev Asserted, because nothing may be lost: it takes thousands of purchases of the largest legal award to get there.
    function _joinHot(Account account, uint256 miles, uint256 later) private pure returns (Account) {
        assert(account.hotAmount() + miles <= AccountLib.MAX_LOT_MILES);
        return account.withHotLot(LotLib.pack(account.hotAmount() + miles, later));
    }
}
