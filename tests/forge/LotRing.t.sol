// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LotRing__Harness} from "../../contracts/mocks/LotRing__Harness.sol";
import {Account, AccountLib, LotLib} from "../../contracts/types/Account.sol";
import {Test} from "./support/Test.sol";

/// @title The lot ring beside a plain list of every credit there ever was
/// @dev Few days and two members whose credits alternate, so that lots meet; rings that begin anywhere, half of them nearly
/// full, so that lots wrap and fill them.
contract LotRingTest is Test {
    uint256 private constant CREDITS = 48;
    uint256 private constant FIRST_DAY = 10_000;
    uint256 private constant DAYS = 6;
    uint256 private constant NARROW = 64;
    uint256 private constant NEARLY_FULL = 58;
    /// @dev Half of a lot: two never share one, and with small ones a lot is never full.
    uint256 private constant LARGE = 1 << 39;
    uint256 private constant FIRST_MEMBER = 41;
    /// @dev Fields that credits leave: all but hot lot, the flag of order, and count.
    uint256 private constant KEPT = ~uint256((0xfff << 176) | (1 << 122) | 0xffffffffffffffff);

    struct Credited {
        uint256 lastDay;
        uint256 miles;
    }

    LotRing__Harness private _ring;
    mapping(uint256 member => Credited[]) private _credits;
    mapping(uint256 member => bool) private _joined;

    function test_add__random_credits__loses_none_and_shortens_none(uint256 seed) external {
        _ring = new LotRing__Harness();
        for (uint256 i; i < 2; ++i) {
            _prepare(seed, FIRST_MEMBER + i);
        }
        for (uint256 i; i < CREDITS; ++i) {
            uint256 member = FIRST_MEMBER + draw(seed, 0, 1);
            uint256 before = _ring.accountWord(uint40(member));
            _credit(seed, member);
            _checkAccount(before, member);
        }
        for (uint256 i; i < 2; ++i) {
            _checkDays(FIRST_MEMBER + i);
        }
    }

    /// @dev Written anew, lots stand in order from the ring's start and come to the same, bucket by bucket.
    function test_rewrite__random_credits__brings_them_into_order(uint256 seed) external {
        _ring = new LotRing__Harness();
        _prepare(seed, FIRST_MEMBER);
        for (uint256 i; i < CREDITS; ++i) {
            _credit(seed, FIRST_MEMBER);
        }
        uint256 before = _ring.accountWord(uint40(FIRST_MEMBER));
        bool isWide = Account.wrap(before).has(AccountLib.FLAG_WIDE);
        _ring.rewrite(FIRST_MEMBER);
        Account account = _accountOf(FIRST_MEMBER);
        vm.assertEq(account.head(), 0, "head");
        vm.assertTrue(account.has(AccountLib.FLAG_WIDE) || (!isWide && account.count() <= 48), "width");
        uint256[] memory lots = _ring.read(FIRST_MEMBER);
        for (uint256 i = 1; i < lots.length; ++i) {
            vm.assertTrue(lots[i - 1] >> 40 <= lots[i] >> 40, "order");
            vm.assertTrue(LotLib.joined(lots[i - 1], lots[i]) == 0, "one lot a bucket");
        }
        _checkDays(FIRST_MEMBER);
        uint256 other = withBits(Account.unwrap(account) ^ before, 164, 12, 0) & ~(AccountLib.FLAG_WIDE << 120);
        vm.assertEq(other & KEPT, 0, "other fields");
    }

    /// @dev An account with any other fields, its ring beginning anywhere among dead lots, half of the time nearly full.
    function _prepare(uint256 seed, uint256 member) private {
        uint256 anywhere = withBits(withBits(drawWord(seed) & KEPT, 64, 40, 0), 252, 4, 0);
        anywhere = withBits(anywhere, 164, 12, draw(seed, 0, Account.wrap(anywhere).capacity() - 1));
        _ring.setAccount(member, anywhere);
        // Dead lots, so that one taken for a live one shows.
        for (uint256 i; i < NARROW; ++i) {
            _ring.credit(member, _bucket(seed), 1);
        }
        _ring.setAccount(member, anywhere);
        if (draw(seed, 0, 1) == 0) return;
        for (uint256 i; i < NEARLY_FULL; ++i) {
            _ring.credit(member, LotLib.packBucket(1, FIRST_DAY - NEARLY_FULL + i), 1);
            _credits[member].push(Credited(FIRST_DAY - NEARLY_FULL + i, 1));
        }
    }

    function _credit(uint256 seed, uint256 member) private {
        uint256 count = _accountOf(member).count();
        bool isFull = count == _accountOf(member).capacity();
        // A large amount where lots must join would be more than a lot holds; the ledger never gets there either.
        uint256 miles = draw(seed, 0, 9) == 0 && !isFull ? LARGE : draw(seed, 1, 1000);
        uint256 bucket = _bucket(seed);
        bool joins = isFull || _hasRoom(member, bucket, miles);
        _ring.credit(member, bucket, miles);
        vm.assertTrue(!joins || _accountOf(member).count() == count, "joins");
        _credits[member].push(Credited(bucket >> 8, miles));
        _joined[member] = _joined[member] || isFull;
    }

    /// @dev Whether the hot lot or one in the newest ring word is of the bucket and has room.
    function _hasRoom(uint256 member, uint256 bucket, uint256 miles) private view returns (bool) {
        Account account = _accountOf(member);
        if (account.fitsHot(bucket, miles)) return true;
        for (uint256 left = account.count(); left != 0; --left) {
            uint256 position = (account.head() + left - 1) % account.capacity();
            uint256 lot = _lotAt(member, position);
            if (LotLib.bucket(lot) == bucket && LotLib.amount(lot) + miles <= AccountLib.MAX_LOT_MILES) return true;
            if (position % 4 == 0) return false;
        }
        return false;
    }

    function _bucket(uint256 seed) private returns (uint256) {
        return LotLib.packBucket(draw(seed, 1, 2), FIRST_DAY + draw(seed, 0, DAYS - 1));
    }

    /// @dev The account's other fields stay, its flag tells the truth, and its lots come to all that was credited.
    function _checkAccount(uint256 before, uint256 member) private view {
        Account account = _accountOf(member);
        vm.assertEq(Account.unwrap(account) & KEPT, before & KEPT, "other fields");
        vm.assertTrue(account.count() <= account.capacity(), "count");
        uint256 sum = account.hotAmount();
        uint256 last;
        bool isUnsorted;
        for (uint256 i; i < account.count(); ++i) {
            uint256 lot = _lotAt(member, (account.head() + i) % account.capacity());
            vm.assertTrue(LotLib.amount(lot) != 0, "no empty lot");
            sum += LotLib.amount(lot);
            if (last != 0 && !LotLib.follows(lot, last)) isUnsorted = true;
            last = lot;
        }
        vm.assertEq(sum, _creditedFrom(member, 0), "sum");
        vm.assertTrue(account.has(AccountLib.FLAG_UNSORTED) == isUnsorted, "flag of order");
    }

    /// @dev On every day what lives is what was credited with a last day from then on; more only where a full ring
    /// joined lots under the later day.
    function _checkDays(uint256 member) private view {
        for (uint256 day = FIRST_DAY; day <= FIRST_DAY + DAYS; ++day) {
            uint256 live = _liveOn(member, day);
            uint256 expected = _creditedFrom(member, day);
            vm.assertTrue(_joined[member] ? live >= expected : live == expected, "live on a day");
        }
        vm.assertEq(_liveOn(member, 0), _creditedFrom(member, 0), "all");
        vm.assertEq(_liveOn(member, FIRST_DAY + DAYS), 0, "live after the last day");
    }

    function _creditedFrom(uint256 member, uint256 day) private view returns (uint256 miles) {
        Credited[] storage credits = _credits[member];
        for (uint256 i; i < credits.length; ++i) {
            if (credits[i].lastDay >= day) miles += credits[i].miles;
        }
    }

    function _liveOn(uint256 member, uint256 day) private view returns (uint256 miles) {
        uint256[] memory lots = _ring.read(member);
        for (uint256 i; i < lots.length; ++i) {
            if (LotLib.lastDay(lots[i]) >= day) miles += LotLib.amount(lots[i]);
        }
    }

    function _accountOf(uint256 member) private view returns (Account) {
        return Account.wrap(_ring.accountWord(uint40(member)));
    }

    function _lotAt(uint256 member, uint256 position) private view returns (uint256) {
        return (_ring.lotWord(uint40(member), uint16(position / 4)) >> (position % 4 * 64)) & LotLib.MASK;
    }
}
