// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Account, AccountLib, LotLib} from "../types/Account.sol";

/// @title Lot ring: a member's own-day lots behind the hot one, four a word
/// @dev Lots are appended and never move while live; one out of order sets a flag instead of moving others, so that a
/// credit touches the account word and at most two lot words (docs/decisions/0002).
library LotRingLib {
    uint256 private constant LOTS_A_WORD = 4;

    /// @notice Adds miles that do not fit the hot lot: another bucket's, the first ever, or too many for one lot.
    /// @dev Where no lot is hot they are. Into the newest ring word if it holds that bucket; else the hot lot moves to the ring and these miles are hot.
    /// A full ring joins the hot lot and these miles under the later last day: no member's miles are ever shortened or lost.
    /// @param bucket rule version 8 | last day 16.
    function add(
        uint256[1 << 49] storage words,
        uint256 ringWords,
        uint256 member,
        Account account,
        uint256 bucket,
        uint256 miles
    ) internal returns (Account) {
        if (account.hotAmount() == 0) return account.withHotLot(LotLib.pack(miles, bucket));
        uint256 capacity = ringWords * LOTS_A_WORD;
        uint256 count = account.count();
        uint256 end = account.head() + count;
        if (count != 0) {
            uint256 newest = (end - 1) % capacity;
            if (_joinNewest(words, member, newest, count, LotLib.pack(miles, bucket))) return account;
            if (count == capacity) return _joinHot(account, bucket, miles);
            if (account.hotLastDay() < LotLib.lastDay(_lotAt(words, member, newest))) {
                account = account.withFlag(AccountLib.FLAG_UNSORTED, true);
            }
        }
        _append(words, member, end % capacity, account.hotLot());
        return account.withHotLot(LotLib.pack(miles, bucket)).withCount(count + 1);
    }

    /// @notice Miles whose last day is `day` or later.
    function liveOn(uint256[1 << 49] storage words, uint256 ringWords, uint256 member, Account account, uint256 day)
        internal
        view
        returns (uint256 miles)
    {
        if (account.hotLastDay() >= day) miles = account.hotAmount();
        if (account.deadline() >= day) miles += account.pool();
        uint256 capacity = ringWords * LOTS_A_WORD;
        uint256 position = account.head();
        uint256 word;
        for (uint256 left = account.count(); left != 0; --left) {
            if (word == 0) word = words[wordAt(member, position / LOTS_A_WORD)] >> ((position % LOTS_A_WORD) * 64);
            uint256 lot = word & LotLib.MASK;
            if (LotLib.lastDay(lot) >= day) miles += LotLib.amount(lot);
            position = (position + 1) % capacity;
            // At a word's end the next one is read; a shifted word is 0 only there, as live lots are never 0.
            word = position % LOTS_A_WORD == 0 ? 0 : word >> 64;
        }
    }

    /// @notice Index of a member's ring word: member 40 | word 9.
    function wordAt(uint256 member, uint256 word) internal pure returns (uint256) {
        return (member << 9) | word;
    }

    /// @dev Adds an incoming lot to one of its bucket in the newest ring word, if there is one with room.
    /// @param newest Position of the newest lot; below it in its word stand up to `count` live ones.
    function _joinNewest(uint256[1 << 49] storage words, uint256 member, uint256 newest, uint256 count, uint256 incoming)
        private
        returns (bool)
    {
        uint256 slot = wordAt(member, newest / LOTS_A_WORD);
        uint256 word = words[slot];
        uint256 lanes = newest % LOTS_A_WORD + 1;
        for (uint256 lane = lanes; lane > (lanes > count ? lanes - count : 0); --lane) {
            uint256 shift = (lane - 1) * 64;
            uint256 lot = (word >> shift) & LotLib.MASK;
            bool fits = LotLib.amount(lot) + LotLib.amount(incoming) <= AccountLib.MAX_LOT_MILES;
            if (fits && LotLib.bucket(lot) == LotLib.bucket(incoming)) {
                words[slot] = word + (LotLib.amount(incoming) << shift);
                return true;
            }
        }
        return false;
    }

    function _lotAt(uint256[1 << 49] storage words, uint256 member, uint256 position) private view returns (uint256) {
        return (words[wordAt(member, position / LOTS_A_WORD)] >> ((position % LOTS_A_WORD) * 64)) & LotLib.MASK;
    }

    function _append(uint256[1 << 49] storage words, uint256 member, uint256 position, uint256 lot) private {
        uint256 slot = wordAt(member, position / LOTS_A_WORD);
        uint256 shift = (position % LOTS_A_WORD) * 64;
        words[slot] = (words[slot] & ~(LotLib.MASK << shift)) | (lot << shift);
    }

    /// @dev Checked addition: it takes 2,048 purchases of the largest legal award to reach the width of a lot.
    function _joinHot(Account account, uint256 bucket, uint256 miles) private pure returns (Account) {
        uint256 later = bucket > account.hotBucket() ? bucket : account.hotBucket();
        return account.withHotLot(LotLib.pack(account.hotAmount() + miles, later));
    }
}
