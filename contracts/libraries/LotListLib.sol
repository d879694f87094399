// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LibSort} from "solady/utils/LibSort.sol";
import {Account, AccountLib, LotLib} from "../types/Account.sol";
import {LotRingLib} from "./LotRingLib.sol";

/// @title Lot list: a member's lots in memory, for acts that must see all of them
/// @dev Settling comes here only where a ring is full or an account lapsed and came back. A packed lot sorts by last day,
/// then life and version, then amount.
library LotListLib {
    uint256 private constant LOTS_A_WORD = 4;
    uint256 private constant LOT_BITS = 64;

    /// @notice More lots than the ring holds; write lapsed ones off first.
    error LotListTooLong(uint256 lots, uint256 most);

    /// @notice All lots of an account, as they stand, the hot one last.
    function read(uint256[1 << 49] storage words, uint256 member, Account account)
        internal
        view
        returns (uint256[] memory lots)
    {
        uint256 count = account.count();
        bool hasHot = account.hotAmount() != 0;
        lots = new uint256[](hasHot ? count + 1 : count);
        uint256 word;
        // Counts and positions are below 2^12.
        unchecked {
            uint256 position = account.head();
            uint256 last = account.capacity() - 1;
            for (uint256 i; i < count; ++i) {
                uint256 lane = position % LOTS_A_WORD;
                if (i == 0 || lane == 0) word = words[LotRingLib.wordAt(member, position / LOTS_A_WORD)];
                lots[i] = (word >> (lane * LOT_BITS)) & LotLib.MASK;
                position = (position + 1) & last;
            }
            if (hasHot) lots[count] = account.hotLot();
        }
    }

    /// @notice Both lists, one after the other.
    function concat(uint256[] memory a, uint256[] memory b) internal pure returns (uint256[] memory both) {
        both = new uint256[](a.length + b.length);
        for (uint256 i; i < a.length; ++i) {
            both[i] = a[i];
        }
        for (uint256 i; i < b.length; ++i) {
            both[a.length + i] = b[i];
        }
    }

    function sum(uint256[] memory lots) internal pure returns (uint256 miles) {
        for (uint256 i; i < lots.length; ++i) {
            miles += LotLib.amount(lots[i]);
        }
    }

    /// @notice Writes a list as all the lots of a member: the last to lapse is hot, the others fill the ring from its start.
    /// @dev Lots of one bucket join, empty ones are left out. The ring widens where it would be more than three quarters full.
    /// @return The account with these lots; all but lots and ring stands as before.
    function write(uint256[1 << 49] storage words, uint256 member, Account account, uint256[] memory lots)
        internal
        returns (Account)
    {
        lots = _joined(lots);
        uint256 count;
        uint256 pending;
        uint256 word;
        bool isOrdered = true;
        for (uint256 i; i < lots.length; ++i) {
            if (LotLib.amount(lots[i]) == 0) continue;
            // A lot goes to the ring once another one follows it.
            if (pending != 0) {
                uint256 lane = count % LOTS_A_WORD;
                word |= pending << (lane * LOT_BITS);
                if (++count % LOTS_A_WORD == 0) {
                    words[LotRingLib.wordAt(member, count / LOTS_A_WORD - 1)] = word;
                    word = 0;
                }
                // The hot lot takes its own place in the order, so what counts is the ring.
                if (i + 1 < lots.length && !LotLib.follows(lots[i], pending)) isOrdered = false;
            }
            pending = lots[i];
        }
        if (count * 4 > account.capacity() * 3) account = account.withFlag(AccountLib.FLAG_WIDE, true);
        if (count > account.capacity()) revert LotListTooLong(count, account.capacity());
        if (word != 0) words[LotRingLib.wordAt(member, count / LOTS_A_WORD)] = word;
        return account.withHotLot(pending).withRing(0, count).withFlag(AccountLib.FLAG_UNSORTED, !isOrdered);
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
        assembly ("memory-safe") {
            mstore(lots, add(last, 1))
        }
        return lots;
    }
}
