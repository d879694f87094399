// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LibSort} from "solady/utils/LibSort.sol";
import {Account, AccountLib, LotLib} from "../types/Account.sol";
import {Expiry} from "../types/Rule.sol";
import {ExpiryLib} from "./ExpiryLib.sol";
import {Clock, LifeLib} from "./LifeLib.sol";
import {LotListLib} from "./LotListLib.sol";
import {LotRingLib} from "./LotRingLib.sol";

/// @title Spend: takes a member's live miles in the programme's order
/// @dev docs/programme-rules.md, spending: by last valid day, then own day, then version; the pool after lots of its day.
/// A key is last valid day 16 | own day 16 | version 4 | life 4, and for the pool all ones after its day; where lots go first its bit 40 is set.
library SpendLib {
    uint256 internal constant POOL_BUCKET = 0xffffff;
    uint256 private constant LOTS_FIRST = 1 << 40;
    uint256 internal constant NOT_LIVE = type(uint256).max;

    /// @param miles Most miles to take.
    /// @param byDay Only of what lapses on this day or before.
    struct Wanted {
        uint256 miles;
        uint256 byDay;
    }

    /// @notice Takes miles; `wanted.miles` is what was not to be had.
    /// @return account_ The account without them. Lots of it that lapsed for good and stood in the way are gone too.
    /// @return taken Packed lots with what was taken of each, in order; the pool's part has version and last day 0.
    /// @return lapsed Miles of lots that are gone because they lapsed.
    function take(
        uint256[1 << 49] storage words,
        uint256 member,
        Account account,
        Expiry memory expiry,
        Clock memory clock,
        Wanted memory wanted
    ) internal returns (Account account_, uint256[] memory taken, uint256 lapsed) {
        return account.has(AccountLib.FLAG_UNSORTED)
            ? _takeSorted(words, member, account, expiry, clock, wanted)
            : _takeInOrder(words, member, account, expiry, clock, wanted);
    }

    /// @notice Leaves lots out that lapsed for good: from the front of an ordered ring, else wherever they stand.
    /// @param most Lots of an ordered ring; one that is not in order is read and written whole.
    function dropFinal(
        uint256[1 << 49] storage words,
        uint256 member,
        Account account,
        Expiry memory expiry,
        Clock memory clock,
        uint256 most
    ) internal returns (Account, uint256 lapsed) {
        if (account.has(AccountLib.FLAG_UNSORTED)) {
            return rewrite(words, member, account, expiry, clock, true);
        }
        uint256 head = account.head();
        uint256 count = account.count();
        for (; count != 0 && most != 0; --most) {
            uint256 lot = LotRingLib.lotAt(words, member, head);
            // One that a refund emptied keeps its place until it is the first.
            if (LotLib.amount(lot) != 0 && !LifeLib.isFinal(clock, expiry, lot)) break;
            lapsed += LotLib.amount(lot);
            (head, count) = _next(account, head, count);
        }
        account = account.withRing(head, count);
        uint256 hot = account.hotLot();
        if (most == 0 || hot == 0 || !LifeLib.isFinal(clock, expiry, hot)) return (account, lapsed);
        return (account.withHotLot(0), lapsed + LotLib.amount(hot));
    }

    /// @notice Reads all lots and writes them in order, without those that lapsed for good.
    /// @param isFrugal Writes nothing where none has.
    function rewrite(
        uint256[1 << 49] storage words,
        uint256 member,
        Account account,
        Expiry memory expiry,
        Clock memory clock,
        bool isFrugal
    ) internal returns (Account, uint256 lapsed) {
        uint256[] memory lots = LotListLib.read(words, member, account);
        for (uint256 i; i < lots.length; ++i) {
            if (!LifeLib.isFinal(clock, expiry, lots[i])) continue;
            lapsed += LotLib.amount(lots[i]);
            lots[i] = 0;
        }
        if (isFrugal && lapsed == 0) return (account, 0);
        return (LotListLib.write(words, member, account, lots), lapsed);
    }

    /// @notice Miles that are live and lapse on a day or before.
    function liveBy(
        uint256[1 << 49] storage words,
        uint256 member,
        Account account,
        Expiry memory expiry,
        Clock memory clock,
        uint256 byDay
    ) internal view returns (uint256 miles) {
        if (clock.deadline >= expiry.today && clock.deadline <= byDay) miles = account.pool();
        uint256[] memory lots = LotListLib.read(words, member, account);
        uint256 today = expiry.today;
        uint256 count = lots.length;
        // Places are below 2^12; the sum of amounts of 40 bits stays far below 2^256.
        unchecked {
            for (uint256 i; i < count; ++i) {
                uint256 day = LifeLib.lastDayOf(clock, expiry, lots[i]);
                if (day >= today && day <= byDay) miles += LotLib.amount(lots[i]);
            }
        }
    }

    /// @notice Last valid day and place in the order; all ones for what is not live.
    function keyOf(Expiry memory expiry, Clock memory clock, uint256 lot) internal pure returns (uint256) {
        uint256 day = LifeLib.lastDayOf(clock, expiry, lot);
        if (day < expiry.today || LotLib.amount(lot) == 0) return NOT_LIVE;
        return (day << 24) | (LotLib.lastDay(lot) << 8) | (LotLib.version(lot) << 4) | LotLib.life(lot);
    }

    function _poolKeyOf(Expiry memory expiry, Clock memory clock, Account account, Wanted memory wanted)
        private
        pure
        returns (uint256)
    {
        if (clock.deadline < expiry.today || account.pool() == 0) return NOT_LIVE;
        uint256 key = (clock.deadline << 24) | POOL_BUCKET;
        // What is extended is what lapses soonest, whatever is spent first.
        return expiry.terms.isLotsFirst() && wanted.byDay == ExpiryLib.NEVER ? key | LOTS_FIRST : key;
    }

    /// @dev The ring is in order: its head, the hot lot and the pool compete, and words behind are not read.
    function _takeInOrder(
        uint256[1 << 49] storage words,
        uint256 member,
        Account account,
        Expiry memory expiry,
        Clock memory clock,
        Wanted memory wanted
    ) private returns (Account, uint256[] memory taken, uint256 lapsed) {
        taken = new uint256[](account.count() + 2);
        uint256 used;
        uint256 hotKey = keyOf(expiry, clock, account.hotLot());
        uint256 poolKey = _poolKeyOf(expiry, clock, account, wanted);
        uint256 head = account.head();
        uint256 count = account.count();
        while (wanted.miles != 0) {
            uint256 lot = count == 0 ? 0 : LotRingLib.lotAt(words, member, head);
            uint256 key = keyOf(expiry, clock, lot);
            if (count != 0 && key == NOT_LIVE && (LotLib.amount(lot) == 0 || LifeLib.isFinal(clock, expiry, lot))) {
                lapsed += LotLib.amount(lot);
                (head, count) = _next(account, head, count);
                continue;
            }
            uint256 soonest = key < hotKey ? key : hotKey;
            if (poolKey < soonest) soonest = poolKey;
            if (soonest == NOT_LIVE || _dayOf(soonest) > wanted.byDay) break;
            if (soonest == key) {
                uint256 part = partOf(lot, wanted);
                taken[used++] = part;
                if (LotLib.amount(part) == LotLib.amount(lot)) {
                    (head, count) = _next(account, head, count);
                } else {
                    LotRingLib.setLotAt(words, member, head, lot - LotLib.amount(part));
                }
            } else if (soonest == hotKey) {
                uint256 part = partOf(account.hotLot(), wanted);
                taken[used++] = part;
                account = _withoutHot(account, part);
                hotKey = keyOf(expiry, clock, account.hotLot());
            } else {
                (account, taken[used++]) = _takePool(account, clock, wanted);
                poolKey = NOT_LIVE;
            }
        }
        return (account.withRing(head, count), _cut(taken, used), lapsed);
    }

    /// @dev Lots of several versions or out of order: all are read once, sorted and written back.
    function _takeSorted(
        uint256[1 << 49] storage words,
        uint256 member,
        Account account,
        Expiry memory expiry,
        Clock memory clock,
        Wanted memory wanted
    ) private returns (Account, uint256[] memory taken, uint256 lapsed) {
        uint256[] memory lots = LotListLib.read(words, member, account);
        uint256[] memory order = new uint256[](lots.length + 1);
        for (uint256 i; i < lots.length; ++i) {
            uint256 key = keyOf(expiry, clock, lots[i]);
            // A key has 41 bits, a place 12: places decide only between lots of one bucket.
            order[i] = key == NOT_LIVE ? NOT_LIVE : (key << 12) | i;
            if (key == NOT_LIVE && LifeLib.isFinal(clock, expiry, lots[i])) {
                lapsed += LotLib.amount(lots[i]);
                lots[i] = 0;
            }
        }
        uint256 poolKey = _poolKeyOf(expiry, clock, account, wanted);
        order[lots.length] = poolKey == NOT_LIVE ? NOT_LIVE : (poolKey << 12) | lots.length;
        LibSort.sort(order);
        taken = new uint256[](order.length);
        uint256 used;
        for (uint256 i; i < order.length && wanted.miles != 0 && order[i] != NOT_LIVE; ++i) {
            uint256 place = order[i] & 0xfff;
            if (_dayOf(order[i] >> 12) > wanted.byDay) continue;
            if (place == lots.length) {
                (account, taken[used++]) = _takePool(account, clock, wanted);
            } else {
                uint256 part = partOf(lots[place], wanted);
                taken[used++] = part;
                lots[place] -= LotLib.amount(part);
            }
        }
        return (LotListLib.write(words, member, account, lots), _cut(taken, used), lapsed);
    }

    /// @notice What is wanted of a lot, as a lot of its bucket.
    function partOf(uint256 lot, Wanted memory wanted) internal pure returns (uint256) {
        uint256 miles = LotLib.amount(lot) < wanted.miles ? LotLib.amount(lot) : wanted.miles;
        wanted.miles -= miles;
        return LotLib.pack(miles, LotLib.bucket(lot));
    }

    function _takePool(Account account, Clock memory clock, Wanted memory wanted)
        private
        pure
        returns (Account, uint256 part)
    {
        part = LotLib.withLife(partOf(account.pool(), wanted), clock.former.life());
        return (account.withPool(account.pool() - LotLib.amount(part)), part);
    }

    /// @dev A hot lot without miles has no bucket either.
    function _withoutHot(Account account, uint256 part) private pure returns (Account) {
        uint256 left = account.hotLot() - LotLib.amount(part);
        return account.withHotLot(LotLib.amount(left) == 0 ? 0 : left);
    }

    function _next(Account account, uint256 head, uint256 count) private pure returns (uint256, uint256) {
        unchecked {
            return ((head + 1) & (account.capacity() - 1), count - 1);
        }
    }

    function _dayOf(uint256 key) private pure returns (uint256) {
        return (key >> 24) & 0xffff;
    }

    function _cut(uint256[] memory list, uint256 length) private pure returns (uint256[] memory) {
        assembly ("memory-safe") {
            mstore(list, length)
        }
        return list;
    }
}
