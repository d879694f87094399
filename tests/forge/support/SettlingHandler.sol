// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilesLedger} from "../../../contracts/interfaces/IMilesLedger.sol";
import {IMilesLens} from "../../../contracts/interfaces/IMilesLens.sol";
import {Payment} from "../../../contracts/interfaces/IPartnerRegistry.sol";
import {IPromotionBook} from "../../../contracts/interfaces/IPromotionBook.sol";
import {Programme} from "./Programme.sol";

/// @title What operators and reporters do in any order, counted as they do it
/// @dev The first partner is open, the second prepaid with a promotion. Every act succeeds: a revert fails the run.
contract SettlingHandler is Programme {
    uint48 private constant BUDGET = 3_000;
    uint256 private constant PER_MEMBER = 900;
    uint256 private constant MOST_MEMBERS = 6;

    IMilesLens private immutable LENS;
    uint256 private _settled;
    uint256 private _purchases;
    uint256 private _funded;

    constructor() {
        // Days aligned to the month: a ring of 64 lots.
        deploy(1);
        LENS = IMilesLens(vm.deployCode("MilesLens.sol:MilesLens", ""));
        addPartner(Payment.OPEN, 0);
        addPartner(Payment.PREPAID, 0);
        IPromotionBook.Terms memory terms = someTerms();
        (terms.lastDay, terms.perMember) = (type(uint16).max - 1, uint24(PER_MEMBER));
        _book.publish(terms, BUDGET, "");
        uint16[] memory promotions = new uint16[](1);
        promotions[0] = 1;
        _book.assign(2, _book.compose(promotions));
    }

    // ---------------------------------------------------------------- acts

    function enrol() external {
        if (_enrolled() < MOST_MEMBERS) _ledger.enrol(1);
    }

    function fund(uint256 miles) external {
        uint48 bought = uint48(bound(miles, 1, 2_000));
        _registry.fund(2, bought);
        _funded += bought;
    }

    function suspend(bool suspended) external {
        _registry.setSuspended(1, suspended);
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 100 days));
    }

    function settle(uint256 seed) external {
        (uint256 first, uint256 second) = (draw(seed, 1, 5), draw(seed, 1, 5));
        bytes memory report = packHeader(0, uint64(_settled + 1), 2, first + second);
        report = abi.encodePacked(report, _section(seed, 1, first), _section(seed, 2, second));
        _settlement.settle(report, sign(report));
        ++_settled;
        _purchases += first + second;
    }

    // ---------------------------------------------------------------- what holds

    /// @notice INV-1: what was credited is in somebody's lots, and what lives is part of it.
    function checkMiles() external view {
        uint256 sum;
        for (uint40 member = 1; member <= _enrolled(); ++member) {
            IMilesLens.Lot[] memory lots = LENS.lotsOf(_ledger, member);
            uint256 ofMember;
            for (uint256 i; i < lots.length; ++i) {
                ofMember += lots[i].amount;
            }
            vm.assertTrue(_ledger.balanceAt(member, uint48(block.timestamp)) <= ofMember, "live");
            sum += ofMember;
        }
        vm.assertEq(_ledger.totals().credited, sum, "credited");
    }

    /// @notice INV-2, INV-3: numbers and sequence count what was settled.
    function checkNumbers() external view {
        uint256 numbers = uint256(nextNumber(1)) + nextNumber(2) - 2;
        vm.assertEq(numbers, _purchases, "purchase numbers");
        vm.assertEq(_receipts.nextSequence(0), _settled + 1, "sequence");
    }

    /// @notice INV-6: nobody exceeds what is funded.
    function checkFunding() external view {
        IPromotionBook.Budget memory budget = _book.budgetOf(1);
        uint256 spent = _funded - _registry.partnerOf(2).available;
        vm.assertTrue(budget.granted <= BUDGET && budget.granted <= spent, "granted");
        uint256 ofMembers;
        for (uint40 member = 1; member <= _enrolled(); ++member) {
            uint256 granted = _book.progressOf(1, member).granted;
            vm.assertTrue(granted <= PER_MEMBER, "per member");
            ofMembers += granted;
        }
        vm.assertEq(ofMembers, budget.granted, "granted to members");
    }

    /// @dev Purchases of the last 80 days; their lots are of four months.
    function _section(uint256 seed, uint24 partner, uint256 count) private returns (bytes memory section) {
        section = packSection(partner, nextNumber(partner), block.timestamp - draw(seed, 0, 80 days), count);
        for (uint256 i; i < count; ++i) {
            uint256 memberAndEligible = (draw(seed, 0, MOST_MEMBERS) << 216) | (draw(seed, 0, 100_000) << 176);
            section = abi.encodePacked(section, memberAndEligible | (draw(seed, 0, 1) << 140));
        }
    }

    function _enrolled() private view returns (uint256) {
        IMilesLedger.Totals memory totals = _ledger.totals();
        return totals.enrolled;
    }
}
