// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BoundsLib, Condition} from "../../contracts/types/Promotion.sol";
import {AccountTest} from "../forge/Account.t.sol";
import {WordsTest} from "../forge/Words.t.sol";

/// @title What forge tries with random values of the account word, holds for all of them
contract AccountProof is AccountTest {}

/// @title The same of the words of report, settlement and promotions
contract WordsProof is WordsTest {
    /// @dev As forge's test of the same name, which draws its numbers where this takes them.
    function check_bounds__any_purchase__are_all_reached_exactly_when_each_is(
        uint16 from,
        uint16 span,
        uint40 minimum,
        uint48 stopAt,
        uint40 eligible,
        uint40 occurredAt,
        uint16 minute
    ) external pure {
        vm.assume(span != 0 && uint256(from) + span <= 1440 && minute < 1440 && stopAt != 0);
        Condition condition = Condition.wrap((uint256(from) << 48) | (uint256(span) << 64) | (uint256(minimum) << 88));
        bool applies = eligible >= minimum && occurredAt < stopAt && minute >= from && minute < uint256(from) + span;
        uint256 answer = BoundsLib.probe(eligible, occurredAt, minute) - condition.bounds(stopAt);
        vm.assertTrue((answer & BoundsLib.GUARDS == BoundsLib.GUARDS) == applies, "applies");
    }
}
