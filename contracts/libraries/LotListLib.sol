// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LibSort} from "solady/utils/LibSort.sol";
import {Account, AccountLib, LotLib} from "../types/Account.sol";
import {LotRingLib} from "./LotRingLib.sol";

/// @title Lot list: a member's live lots in memory, one a bucket, soonest to lapse first
/// @dev For acts that must see all lots: taking the soonest, joining two accounts, leaving lapsed ones out. Settling
/// never comes here. A packed lot sorts by last day, then version, then amount.
library LotListLib {
    uint256 private constant LOTS_A_WORD = 4;
    uint256 private constant LOT_BITS = 64;

    /// @notice More lots than the ring holds; write lapsed ones off first.
    error LotListTooLong(uint256 lots, uint256 most);

    /// @notice The lots of an account that are live on a day, and the miles of those that are not.
    function read(uint256[1 << 49] storage words, uint256 ringWords, uint256 member, Account account, uint256 day)
        internal
        view
        returns (uint256[] memory lots, uint256 lapsed)
    {
        uint256 count = account.count();
        lots = new uint256[](count + 1);
        uint256 live;
        uint256 word;
        // Counts and positions are below 2^12, a lapsed lot below 2^40.
        unchecked {
            uint256 position = account.head();
            for (uint256 i; i <= count; ++i) {
                uint256 lot;
                if (i == count) {
                    lot = account.hotLot();
                } else {
                    uint256 lane = position % LOTS_A_WORD;
                    if (i == 0 || lane == 0) word = words[LotRingLib.wordAt(member, position / LOTS_A_WORD)];
                    lot = (word >> (lane * LOT_BITS)) & LotLib.MASK;
                    position = (position + 1) & (ringWords * LOTS_A_WORD - 1);
                }
                if (LotLib.lastDay(lot) >= day) lots[live++] = lot;
                else lapsed += LotLib.amount(lot);
            }
        }
        lots = _joined(_cut(lots, live));
    }

    /// @notice Both lists as one; lots of one bucket join, and every mile keeps its day.
    function merge(uint256[] memory a, uint256[] memory b) internal pure returns (uint256[] memory) {
        uint256[] memory both = new uint256[](a.length + b.length);
        for (uint256 i; i < a.length; ++i) {
            both[i] = a[i];
        }
        for (uint256 i; i < b.length; ++i) {
            both[a.length + i] = b[i];
        }
        return _joined(both);
    }

    /// @notice Takes miles from the lots that lapse soonest; the caller made sure that there are as many.
    function take(uint256[] memory lots, uint256 miles) internal pure {
        for (uint256 i; miles != 0; ++i) {
            uint256 taken = LotLib.amount(lots[i]) < miles ? LotLib.amount(lots[i]) : miles;
            lots[i] -= taken;
            miles -= taken;
        }
    }

    function sum(uint256[] memory lots) internal pure returns (uint256 miles) {
        for (uint256 i; i < lots.length; ++i) {
            miles += LotLib.amount(lots[i]);
        }
    }

    /// @notice Writes a list as all the lots of a member: the last to lapse is hot, the others fill the ring from its start.
    /// @return The account with these lots; all but lots and ring stands as before.
    function write(
        uint256[1 << 49] storage words,
        uint256 ringWords,
        uint256 member,
        Account account,
        uint256[] memory lots
    ) internal returns (Account) {
        uint256 count;
        uint256 pending;
        uint256 word;
        for (uint256 i; i < lots.length; ++i) {
            if (LotLib.amount(lots[i]) == 0) continue;
            // A lot goes to the ring once another one follows it.
            if (pending != 0) {
                word |= pending << (count % LOTS_A_WORD * LOT_BITS);
                if (++count % LOTS_A_WORD == 0) {
                    words[LotRingLib.wordAt(member, count / LOTS_A_WORD - 1)] = word;
                    word = 0;
                }
            }
            pending = lots[i];
        }
        if (count > ringWords * LOTS_A_WORD) revert LotListTooLong(count, ringWords * LOTS_A_WORD);
        if (word != 0) words[LotRingLib.wordAt(member, count / LOTS_A_WORD)] = word;
        return account.withHotLot(pending).withRing(0, count).withFlag(AccountLib.FLAG_UNSORTED, false);
    }

    /// @dev In place. Lots of one bucket stay two where one could not hold their sum.
    function _joined(uint256[] memory lots) private pure returns (uint256[] memory) {
        if (lots.length < 2) return lots;
        LibSort.sort(lots);
        uint256 last;
        for (uint256 i = 1; i < lots.length; ++i) {
            uint256 lot = LotLib.joined(lots[last], lots[i]);
            if (lot != 0) lots[last] = lot;
            else lots[++last] = lots[i];
        }
        return _cut(lots, last + 1);
    }

    function _cut(uint256[] memory lots, uint256 length) private pure returns (uint256[] memory) {
        assembly ("memory-safe") {
            mstore(lots, length)
        }
        return lots;
    }
}
