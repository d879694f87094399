// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Former, FormerLib} from "../../contracts/types/Former.sol";
import {Test} from "./support/Test.sol";

/// @title The word of a former life: every field is where its drawing says, and numbers of lives have their ages
contract FormerTest is Test {
    uint256 private constant MOST_JOINED = 6;

    function test_fields__any_word__stand_where_they_are_drawn(uint256 word) external pure {
        Former former = Former.wrap(word);
        vm.assertEq(former.pool(), bits(word, 0, 40), "pool");
        vm.assertEq(former.deadline(), bits(word, 40, 16), "deadline");
        vm.assertEq(former.began(), bits(word, 56, 16), "began");
        vm.assertEq(former.life(), bits(word, 72, 4), "life");
        vm.assertEq(former.joined(), bits(word, 76, 4), "joined");
        vm.assertEq(former.formerJoined(), bits(word, 80, 4), "former joined");
    }

    function test_with__any_value__writes_its_field_alone(uint256 word, uint256 value) external pure {
        Former former = Former.wrap(word);
        uint256 day = bits(value, 0, 16);
        _same(former.withPool(bits(value, 0, 40)), withBits(word, 0, 40, bits(value, 0, 40)), "pool");
        _same(former.withDeadline(day), withBits(word, 40, 16, day), "deadline");
        _same(former.withBegan(day), withBits(word, 56, 16, day), "began");
    }

    function test_pack__any_values__unpack(uint40 pool, uint16 deadline, uint16 began, uint8 life, uint8 joined, uint8 older)
        external
        pure
    {
        Former former = FormerLib.pack(pool, deadline, began, life, joined, older);
        vm.assertEq(former.pool(), pool, "pool");
        vm.assertEq(former.deadline(), deadline, "deadline");
        vm.assertEq(former.began(), began, "began");
        vm.assertEq(former.life(), life & 0xf, "life wraps after sixteen");
        vm.assertEq(former.joined(), joined < MOST_JOINED ? joined : MOST_JOINED, "joined");
        vm.assertEq(former.formerJoined(), older < MOST_JOINED ? older : MOST_JOINED, "former joined");
        vm.assertEq(Former.unwrap(former), bits(Former.unwrap(former), 0, 84), "84 bits");
    }

    /// @dev Going back from the current number: the current life's, then the former's, then older ones.
    function test_age_of__every_number__counts_back_from_the_current(uint8 life, uint8 joined, uint8 older, bool hasFormer)
        external
        pure
    {
        (uint256 ofCurrent, uint256 ofFormer) = (bound(joined, 0, MOST_JOINED), bound(older, 0, MOST_JOINED));
        Former former = FormerLib.pack(0, hasFormer ? 1 : 0, 0, life, ofCurrent, ofFormer);
        for (uint256 back; back < 16; ++back) {
            uint256 age = back <= ofCurrent ? 0 : hasFormer && back <= ofCurrent + 1 + ofFormer ? 1 : 2;
            vm.assertEq(former.ageOf((uint256(life) + 16 - back) % 16), age, "age");
        }
    }

    function _same(Former found, uint256 expected, string memory what) private pure {
        vm.assertEq(Former.unwrap(found), expected, what);
    }
}
