// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Account, AccountLib, LotLib} from "../types/Account.sol";

/// @title Lot ring: a member's own-day lots behind the hot one, four a word
/// @dev Lots are appended and never move while live; one out of order sets a flag instead of moving others, so that a
/// credit touches the account word and at most two lot words (docs/decisions/0002).
library LotRingLib {
    uint256 private constant LOTS_A_WORD = 4;

    /// @notice Adds miles of a bucket other than the hot lot's.
    /// @dev Into the newest ring word if it holds that bucket; else the hot lot moves to the ring and these miles are hot.
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
        uint256 capacity = ringWords * LOTS_A_WORD;
        uint256 count = account.count();
        uint256 end = account.head() + count;
        uint256 word;
        if (count != 0) {
            uint256 newest = (end - 1) % capacity;
            uint256 slot = wordAt(member, newest / LOTS_A_WORD);
            word = words[slot];
            uint256 lanes = newest % LOTS_A_WORD + 1;
            for (uint256 lane = lanes; lane > (lanes > count ? lanes - count : 0); --lane) {
                uint256 shift = (lane - 1) * 64;
                uint256 lot = (word >> shift) & LotLib.MASK;
                if (LotLib.bucket(lot) == bucket && LotLib.amount(lot) + miles <= AccountLib.MAX_LOT_MILES) {
                    words[slot] = word + (miles << shift);
                    return account;
                }
            }
            if (count == capacity) return _joinHot(account, bucket, miles);
            uint256 newestLot = (word >> ((newest % LOTS_A_WORD) * 64)) & LotLib.MASK;
            if (account.hotLastDay() < LotLib.lastDay(newestLot)) {
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
