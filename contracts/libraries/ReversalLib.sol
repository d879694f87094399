// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LibSort} from "solady/utils/LibSort.sol";
import {Account, AccountLib, LotLib} from "../types/Account.sol";
import {Expiry} from "../types/Rule.sol";
import {Clock, LifeLib} from "./LifeLib.sol";
import {LotRingLib} from "./LotRingLib.sol";
import {SpendLib} from "./SpendLib.sol";

/// @title Reversal: takes the miles of one purchase back
/// @dev Settling comes here, so its work is bounded: the lot the purchase made is found by its day in a ring that is in order, else among
/// the newest 64 lots; and what dies soonest is sought among the first 64 (docs/decisions/0019). A lot that is emptied keeps
/// its place, so that nothing moves.
library ReversalLib {
    uint256 private constant MOST_LOTS = 64;
    uint256 private constant HOT = MOST_LOTS;
    uint256 private constant POOL = MOST_LOTS + 1;
    /// @dev Version and last day of a packed lot: not its life, which has several numbers.
    uint256 private constant OWN_BITS = 0xffff0f0000000000;

    /// @notice Takes from the lot of a bucket, alive or lapsed; then, while that is alive, from what dies soonest.
    /// @param wanted `miles` becomes what was not to be had.
    /// @param clock Its former pool falls where the purchase was of that life.
    /// @return lapsed Miles of lots that are gone because they lapsed for good and stood in the way.
    function take(
        uint256[1 << 49] storage words,
        uint256 member,
        Account account,
        Expiry memory expiry,
        Clock memory clock,
        SpendLib.Wanted memory wanted,
        uint256 bucket
    ) internal returns (Account, uint256 lapsed) {
        uint256 own = LotLib.pack(0, bucket);
        account = LotLib.isPool(bucket)
            ? _takeOwnPool(account, clock, wanted, own)
            : _takeOwnLot(words, member, account, clock, wanted, own);
        if (wanted.miles == 0 || !LifeLib.isLive(clock, expiry, bucket)) return (account, 0);
        if (!account.has(AccountLib.FLAG_UNSORTED)) {
            (account, lapsed) = SpendLib.dropFinal(words, member, account, expiry, clock, MOST_LOTS);
        }
        return (_takeSoonest(words, member, account, expiry, clock, wanted), lapsed);
    }

    function _takeOwnPool(Account account, Clock memory clock, SpendLib.Wanted memory wanted, uint256 own)
        private
        pure
        returns (Account)
    {
        uint256 age = clock.former.ageOf(LotLib.life(own));
        if (age == 0) return account.withPool(account.pool() - LotLib.amount(SpendLib.partOf(account.pool(), wanted)));
        if (age == 1) {
            uint256 pool = clock.former.pool();
            clock.former = clock.former.withPool(pool - LotLib.amount(SpendLib.partOf(pool, wanted)));
        }
        return account;
    }

    function _takeOwnLot(
        uint256[1 << 49] storage words,
        uint256 member,
        Account account,
        Clock memory clock,
        SpendLib.Wanted memory wanted,
        uint256 own
    ) private returns (Account) {
        if (_isOwn(clock, account.hotLot(), own)) account = _takeHot(account, wanted);
        uint256 count = account.count();
        bool isOrdered = !account.has(AccountLib.FLAG_UNSORTED);
        uint256 place = isOrdered
            ? _firstOf(words, member, account, LotLib.lastDay(own))
            : count > MOST_LOTS ? count - MOST_LOTS : 0;
        for (; place < count && wanted.miles != 0; ++place) {
            uint256 position = _positionOf(account, place);
            uint256 lot = LotRingLib.lotAt(words, member, position);
            if (isOrdered && LotLib.lastDay(lot) != LotLib.lastDay(own)) break;
            if (_isOwn(clock, lot, own)) _takeAt(words, member, position, lot, wanted);
        }
        return account;
    }

    /// @dev First place of an ordered ring whose lot has a last day or a later one, as they were earned; the count for none.
    function _firstOf(uint256[1 << 49] storage words, uint256 member, Account account, uint256 lastDay)
        private
        view
        returns (uint256 low)
    {
        uint256 high = account.count();
        while (low < high) {
            uint256 middle = (low + high) / 2;
            uint256 lot = LotRingLib.lotAt(words, member, _positionOf(account, middle));
            if (LotLib.lastDay(lot) < lastDay) low = middle + 1;
            else high = middle;
        }
    }

    /// @dev Keys as `SpendLib` orders them, but the pool by its day whatever is spent first. A key has 41 bits, a place 12.
    function _takeSoonest(
        uint256[1 << 49] storage words,
        uint256 member,
        Account account,
        Expiry memory expiry,
        Clock memory clock,
        SpendLib.Wanted memory wanted
    ) private returns (Account) {
        uint256 count = account.count() < MOST_LOTS ? account.count() : MOST_LOTS;
        uint256[] memory lots = new uint256[](count);
        uint256[] memory order = new uint256[](count + 2);
        for (uint256 i; i < count; ++i) {
            lots[i] = LotRingLib.lotAt(words, member, _positionOf(account, i));
            order[i] = _placed(SpendLib.keyOf(expiry, clock, lots[i]), i);
        }
        order[count] = _placed(SpendLib.keyOf(expiry, clock, account.hotLot()), HOT);
        bool hasPool = account.pool() != 0 && clock.deadline >= expiry.today;
        order[count + 1] =
            _placed(hasPool ? (clock.deadline << 24) | SpendLib.POOL_BUCKET : SpendLib.NOT_LIVE, POOL);
        LibSort.sort(order);
        for (uint256 i; i < order.length && order[i] != SpendLib.NOT_LIVE && wanted.miles != 0; ++i) {
            uint256 place = order[i] & 0xfff;
            if (place == HOT) account = _takeHot(account, wanted);
            else if (place == POOL) account = account.withPool(account.pool() - LotLib.amount(SpendLib.partOf(account.pool(), wanted)));
            else lots[place] = _takeAt(words, member, _positionOf(account, place), lots[place], wanted);
        }
        uint256 empty;
        while (empty < count && LotLib.amount(lots[empty]) == 0) ++empty;
        return account.withRing(_positionOf(account, empty), account.count() - empty);
    }

    function _placed(uint256 key, uint256 place) private pure returns (uint256) {
        return key == SpendLib.NOT_LIVE ? key : (key << 12) | place;
    }

    /// @return left The lot without what was taken; an emptied one keeps its bucket, and with it its place in the order.
    function _takeAt(
        uint256[1 << 49] storage words,
        uint256 member,
        uint256 position,
        uint256 lot,
        SpendLib.Wanted memory wanted
    ) private returns (uint256 left) {
        left = lot - LotLib.amount(SpendLib.partOf(lot, wanted));
        if (left != lot) LotRingLib.setLotAt(words, member, position, left);
    }

    /// @dev A hot lot without miles has no bucket either.
    function _takeHot(Account account, SpendLib.Wanted memory wanted) private pure returns (Account) {
        uint256 left = account.hotLot() - LotLib.amount(SpendLib.partOf(account.hotLot(), wanted));
        return account.withHotLot(LotLib.amount(left) == 0 ? 0 : left);
    }

    /// @dev Whether a lot is of the version, the own day and the life of a purchase's.
    function _isOwn(Clock memory clock, uint256 lot, uint256 own) private pure returns (bool) {
        if ((lot ^ own) & OWN_BITS != 0) return false;
        return LotLib.life(lot) == LotLib.life(own)
            || clock.former.ageOf(LotLib.life(lot)) == clock.former.ageOf(LotLib.life(own));
    }

    function _positionOf(Account account, uint256 place) private pure returns (uint256) {
        return (account.head() + place) & (account.capacity() - 1);
    }
}
