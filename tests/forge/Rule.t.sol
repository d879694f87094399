// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Act, Rule, RuleLib, Terms, TermsLib} from "../../contracts/types/Rule.sol";
import {Test} from "./support/Test.sol";

/// @title Words of the rules: every field is where its drawing says
contract RuleTest is Test {
    function test_rule__any_word__fields_stand_where_they_are_drawn(uint256 word, uint256 kind, uint256 tier)
        external
        pure
    {
        Rule rule = Rule.wrap(word);
        vm.assertEq(rule.fromDay(), bits(word, 0, 16), "from day");
        vm.assertEq(rule.lotMonths(), bits(word, 16, 10), "lot months");
        vm.assertEq(rule.lotAlign(), bits(word, 26, 2), "lot align");
        vm.assertEq(rule.accountMonths(), bits(word, 28, 10), "account months");
        vm.assertEq(rule.accountAlign(), bits(word, 38, 2), "account align");
        (kind, tier) = (bound(kind, 0, 5), bound(tier, 0, 15));
        vm.assertTrue(rule.counts(1 << kind) == (bits(word, 40 + kind, 1) == 1), "activity");
        vm.assertTrue(!rule.counts(0), "no activity");
        vm.assertEq(bits(RuleLib.EXISTS, 47, 1), 1, "exists");
        vm.assertTrue(rule.binds(tier) == (bits(word, 48 + tier, 1) == 1), "tier");
        vm.assertTrue(rule.hasLotRule() == (rule.lotMonths() != 0), "lot rule");
        vm.assertTrue(rule.hasAccountRule() == (rule.accountMonths() != 0), "account rule");
    }

    function test_terms__packed__unpack(
        bool posting,
        bool lotsFirst,
        bool closing,
        uint8 late,
        uint16 earliest,
        uint16 notice,
        int16 offset,
        uint8 spent
    ) external pure {
        spent %= 3;
        Terms terms = TermsLib.pack(posting, lotsFirst, closing, late, earliest, notice, offset, spent);
        vm.assertEq(terms.spentMiles(), spent, "spent miles");
        vm.assertTrue(terms.isPosting() == posting, "posting");
        vm.assertTrue(terms.isLotsFirst() == lotsFirst, "lots first");
        vm.assertTrue(terms.closesAccounts() == closing, "closes accounts");
        vm.assertEq(terms.lateDays(), late, "late days");
        vm.assertEq(terms.firstLapse(), earliest, "first lapse");
        vm.assertEq(terms.noticeDays(), notice, "notice days");
        vm.assertTrue(terms.utcOffset() == offset, "offset");
        vm.assertEq(Terms.unwrap(terms), bits(Terms.unwrap(terms), 0, 62) | 1, "a lane, and never empty");
    }

    function test_act__any_word__fields_stand_where_they_are_drawn(uint256 word) external pure {
        Act act = Act.wrap(word);
        vm.assertEq(act.kind(), bits(word, 0, 8), "kind");
        vm.assertEq(act.versions(), bits(word, 8, 8), "versions");
        vm.assertEq(act.fromDay(), bits(word, 16, 16), "from day");
        vm.assertEq(act.day(), bits(word, 32, 16), "day");
        vm.assertTrue(act.months() == int16(uint16(bits(word, 32, 16))), "months");
    }
}
