// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Account, AccountLib, LotLib} from "../../contracts/types/Account.sol";
import {Test} from "./support/Test.sol";

/// @title The account word: every field is where its drawing says, and who writes one leaves the others
contract AccountTest is Test {
    function test_fields__any_word__stand_where_they_are_drawn(uint256 word) external pure {
        Account account = Account.wrap(word);
        vm.assertEq(account.hotAmount(), bits(word, 0, 40), "hot amount");
        vm.assertEq(account.hotBucket(), bits(word, 40, 24), "hot bucket");
        vm.assertEq(account.hotLot(), bits(word, 0, 64), "hot lot");
        vm.assertEq(account.pool(), bits(word, 64, 40), "pool");
        vm.assertEq(account.deadline(), bits(word, 104, 16), "deadline");
        vm.assertEq(account.flags(), bits(word, 120, 8), "flags");
        vm.assertEq(account.tier(), bits(word, 128, 4), "tier");
        vm.assertEq(account.segments(), bits(word, 132, 32), "segments");
        vm.assertEq(account.head(), bits(word, 164, 12), "head");
        vm.assertEq(account.count(), bits(word, 176, 12), "count");
        vm.assertEq(account.debt(), bits(word, 188, 32), "debt");
        vm.assertEq(account.scratch(), bits(word, 220, 32), "scratch");
        vm.assertEq(account.clockVersion(), bits(word, 252, 4), "clock version");
        vm.assertEq(account.capacity(), bits(word, 124, 1) == 1 ? 2048 : 64, "capacity");
        uint256 profile = (bits(word, 128, 36) << 128) | (bits(word, 188, 64) << 188);
        vm.assertEq(account.profileAndScratch(), profile, "profile, debt and scratch");
    }

    function test_with__any_value__writes_its_field_alone(uint256 word, uint256 value) external pure {
        Account account = Account.wrap(word);
        _same(account.withHotLot(bits(value, 0, 64)), withBits(word, 0, 64, bits(value, 0, 64)), "hot lot");
        _same(account.withCount(bits(value, 0, 12)), withBits(word, 176, 12, bits(value, 0, 12)), "count");
        _same(account.withPool(bits(value, 0, 40)), withBits(word, 64, 40, bits(value, 0, 40)), "pool");
        uint256 clock = withBits(withBits(word, 104, 16, bits(value, 0, 16)), 252, 4, bits(value, 16, 4));
        _same(account.withClock(bits(value, 0, 16), bits(value, 16, 4)), clock, "clock");
        _same(account.withDebt(bits(value, 0, 32)), withBits(word, 188, 32, bits(value, 0, 32)), "debt");
        _same(account.withScratch(bits(value, 0, 32)), withBits(word, 220, 32, bits(value, 0, 32)), "scratch");
        uint256 ring = withBits(withBits(word, 164, 12, bits(value, 0, 12)), 176, 12, bits(value, 12, 12));
        _same(account.withRing(bits(value, 0, 12), bits(value, 12, 12)), ring, "ring");
        uint256 written = withBits(withBits(word, 128, 4, bits(value, 0, 4)), 132, 32, bits(value, 4, 32));
        _same(account.withProfile(bits(value, 0, 4), bits(value, 4, 32)), written, "profile");
    }

    function test_with_flag__any_flag__is_had_and_changes_no_other_bit(uint256 word, uint8 number, bool on)
        external
        pure
    {
        uint256 flag = 1 << (number % 8);
        Account account = Account.wrap(word).withFlag(flag, on);
        vm.assertTrue(account.has(flag) == on, "has it");
        _same(account, withBits(word, 120 + number % 8, 1, on ? 1 : 0), "flag");
    }

    /// @dev Half of the buckets asked for are the hot one or the next version's of that day, and half of the amounts
    /// are close to what is left.
    function test_fits_hot__any_word__is_true_exactly_where_bucket_and_room_are(
        uint256 word,
        uint256 bucket,
        uint256 miles,
        bool sameBucket,
        bool closeToFull
    ) external pure {
        Account account = Account.wrap(word);
        bucket = bits(sameBucket ? account.hotBucket() + bucket % 3 / 2 : bucket, 0, 24);
        uint256 room = AccountLib.MAX_LOT_MILES - account.hotAmount();
        miles = closeToFull ? bits(room + miles % 3, 0, 40) : bits(miles, 0, 40);
        bool fits = bucket == account.hotBucket() && miles <= room;
        vm.assertTrue(account.fitsHot(bucket, miles) == fits, "fits");
        if (fits) _same(account.plusHot(miles), withBits(word, 0, 40, account.hotAmount() + miles), "plus hot");
    }

    function test_plus_pool__any_word__adds_to_its_field_alone(uint256 word, uint256 miles) external pure {
        Account account = Account.wrap(word);
        miles = bits(miles, 0, 40);
        if (miles > AccountLib.MAX_LOT_MILES - account.pool()) miles = AccountLib.MAX_LOT_MILES - account.pool();
        _same(account.plusPool(miles), withBits(word, 64, 40, account.pool() + miles), "plus pool");
    }

    function test_joined__any_lots__is_their_sum_where_bucket_and_room_are(
        uint256 lot,
        uint256 other,
        bool sameBucket,
        bool closeToFull
    ) external pure {
        (lot, other) = (bits(lot, 0, 64), bits(other, 0, 64));
        if (sameBucket) other = LotLib.pack(LotLib.amount(other), LotLib.bucket(lot));
        uint256 room = AccountLib.MAX_LOT_MILES - LotLib.amount(lot);
        if (closeToFull) other = LotLib.pack(bits(room + other % 3, 0, 40), LotLib.bucket(other));
        bool joins = LotLib.bucket(lot) == LotLib.bucket(other) && LotLib.amount(other) <= room;
        vm.assertEq(LotLib.joined(lot, other), joins ? lot + LotLib.amount(other) : 0, "joined");
    }

    function test_follows__any_lots__is_true_within_a_version_and_life_and_not_to_lapse_sooner(
        uint256 lot,
        uint256 before,
        bool sameVersion
    ) external pure {
        (lot, before) = (bits(lot, 0, 64), bits(before, 0, 64));
        if (sameVersion) before = withBits(before, 40, 8, bits(lot, 40, 8));
        bool follows = bits(lot, 40, 8) == bits(before, 40, 8) && bits(lot, 48, 16) >= bits(before, 48, 16);
        vm.assertTrue(LotLib.follows(lot, before) == follows, "follows");
    }

    function test_with_life__any_lot__writes_its_field_alone(uint256 lot, uint256 life) external pure {
        lot = bits(lot, 0, 64);
        vm.assertEq(LotLib.withLife(lot, life), withBits(lot, 44, 4, bits(life, 0, 4)), "life");
    }

    function test_lot__packed__unpacks(uint40 miles, uint8 version, uint16 lastDay) external pure {
        uint256 bucket = (uint256(lastDay) << 8) | version;
        uint256 lot = LotLib.pack(miles, bucket);
        vm.assertEq(LotLib.amount(lot), miles, "amount");
        vm.assertEq(LotLib.version(lot), version & 0xf, "version");
        vm.assertEq(LotLib.life(lot), version >> 4, "life");
        vm.assertTrue(LotLib.isPool(bucket) == (version & 0xf == 0), "pool");
        vm.assertEq(LotLib.lastDay(lot), lastDay, "last day");
        vm.assertEq(LotLib.bucket(lot), bucket, "bucket");
        vm.assertEq(LotLib.packBucket(version, lastDay), bucket, "packed bucket");
        vm.assertEq(lot, bits(lot, 0, 64), "64 bits");
    }

    function _same(Account found, uint256 expected, string memory what) private pure {
        vm.assertEq(Account.unwrap(found), expected, what);
    }
}
