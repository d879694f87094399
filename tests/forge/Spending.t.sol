// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilesLedger} from "../../contracts/interfaces/IMilesLedger.sol";
import {IMilesLens} from "../../contracts/interfaces/IMilesLens.sol";
import {IProgrammeRules} from "../../contracts/interfaces/IProgrammeRules.sol";
import {ISettlerGuarded} from "../../contracts/interfaces/ISettlerGuarded.sol";
import {Programme} from "./support/Programme.sol";

/// @title Spending from any account: what lapses soonest goes first, and not a mile is lost
/// @dev Three versions, so that lots, a pool and bound lots meet in one account: lots of four months, then a pool by accrual,
/// then both. Purchases of the last 500 days arrive in any order while time passes, so that lives end and join.
contract SpendingTest is Programme {
    uint256 private constant PURCHASES = 24;
    uint40 private constant MEMBER = 1;
    uint40 private constant OTHER = 2;
    uint8 private constant EVERY_ACT = 15;

    IMilesLens private _lens;
    bool private _isLotsFirst;

    function test_redeem__any_lots__takes_the_soonest_and_cancels_whole(uint256 seed) external {
        _prepare(seed);
        IMilesLens.Lot[] memory before = _live(MEMBER);
        uint256 miles = draw(seed, 0, _sum(before));
        uint256[] memory taken = _ledger.redeem(MEMBER, uint40(miles));
        _checkTaken(before, taken, miles);
        vm.assertEq(_balance(MEMBER), _sum(before) - miles, "balance");
        vm.assertEq(_ledger.totals().redeemed, miles, "redeemed");
        _checkTotals();
        _ledger.cancelRedemption(MEMBER, taken);
        _checkSame(_live(MEMBER), before);
        vm.assertEq(_ledger.totals().redeemed, 0, "none redeemed");
        _checkTotals();
    }

    function test_transfer__any_lots__keep_their_own_days(uint256 seed) external {
        _prepare(seed);
        uint256 both = _balance(MEMBER) + _balance(OTHER);
        _ledger.transferMiles(MEMBER, OTHER, uint40(draw(seed, 0, _balance(MEMBER))));
        vm.assertEq(_balance(MEMBER) + _balance(OTHER), both, "both");
        _checkTotals();
        uint256 left = _balance(MEMBER);
        vm.assertEq(_ledger.merge(MEMBER, OTHER), left, "merged");
        vm.assertEq(_balance(OTHER), both, "one");
        _checkTotals();
    }

    function test_write_off__any_lots__changes_no_balance(uint256 seed) external {
        _prepare(seed);
        vm.warp(block.timestamp + draw(seed, 0, 200 days));
        uint256 balance = _balance(MEMBER);
        uint256 before = _ledger.totals().writtenOff;
        uint256 written = _ledger.writeOff(MEMBER, uint16(draw(seed, 0, PURCHASES)));
        vm.assertEq(_ledger.totals().writtenOff, before + written, "written off");
        vm.assertEq(_balance(MEMBER), balance, "balance");
        _checkTotals();
    }

    function test_extend__any_lots__changes_no_balance(uint256 seed) external {
        _prepare(seed);
        uint256 balance = _balance(MEMBER);
        uint16 byDay = uint16(_today() + draw(seed, 0, 200));
        uint256 by = _lens.expiringBy(_ledger, MEMBER, uint48(block.timestamp), byDay);
        vm.assertEq(_ledger.extend(MEMBER, byDay, type(uint40).max), by, "extended");
        vm.assertEq(_balance(MEMBER), balance, "balance");
        vm.assertEq(_lens.expiringBy(_ledger, MEMBER, uint48(block.timestamp), uint16(_today())), 0, "none ends today");
        _checkTotals();
    }

    // ---------------------------------------------------------------- the account

    function _prepare(uint256 seed) private {
        vm.warp(NOW);
        _isLotsFirst = draw(seed, 0, 1) == 1;
        IProgrammeRules.RuleVersion[] memory versions = new IProgrammeRules.RuleVersion[](3);
        versions[0] = IProgrammeRules.RuleVersion(0, 4, 0, 0, 0, 0, 0);
        versions[1] = IProgrammeRules.RuleVersion(uint16(TODAY - 100), 0, 0, 3, 0, 1, type(uint16).max);
        versions[2] = IProgrammeRules.RuleVersion(uint16(TODAY), 12, 1, 3, 0, 1, type(uint16).max);
        deployLedger(_isLotsFirst, versions);
        _lens = IMilesLens(vm.deployCode("MilesLens.sol:MilesLens", ""));
        _ledger.enrol(2);
        ISettlerGuarded(address(_ledger)).setSettler(address(this));
        _ledger.setDesk(address(this), EVERY_ACT);
        for (uint256 i; i < PURCHASES; ++i) {
            if (draw(seed, 0, 3) == 0) vm.warp(block.timestamp + draw(seed, 1, 40 days));
            _purchase(seed, draw(seed, 0, 2) == 0 ? OTHER : MEMBER);
        }
    }

    /// @dev Most are of the last weeks, some older than any lot.
    function _purchase(uint256 seed, uint256 member) private {
        uint256 ago = draw(seed, 0, 1) == 0 ? draw(seed, 0, 30 days) : draw(seed, 0, 250 days);
        uint256 miles = draw(seed, 1, 1000);
        uint256 earning = (member << 216) | ((block.timestamp - ago) << 136) | (miles << 8);
        uint256 standing = uint256(bytes32(_ledger.open(abi.encodePacked(earning))));
        if (standing & 0xff != 0) return;
        _ledger.credit(abi.encodePacked(((standing >> 8) & 0xffffff) | (miles << 24) | (member << 64)));
    }

    function _balance(uint40 member) private view returns (uint256) {
        return _ledger.balanceAt(member, uint48(block.timestamp));
    }

    function _today() private view returns (uint256) {
        return _ledger.dayOf(uint48(block.timestamp));
    }

    /// @dev Live lots in the programme's spending order.
    function _live(uint40 member) private view returns (IMilesLens.Lot[] memory live) {
        IMilesLens.Lot[] memory lots = _lens.lotsOf(_ledger, member);
        live = new IMilesLens.Lot[](lots.length);
        uint256 count;
        uint256 pool = lots.length;
        for (uint256 i; i < lots.length; ++i) {
            if (!lots[i].isLive) continue;
            if (_isLotsFirst && lots[i].version == 0) pool = i;
            else live[count++] = lots[i];
        }
        if (pool != lots.length) live[count++] = lots[pool];
        assembly ("memory-safe") {
            mstore(live, count)
        }
    }

    // ---------------------------------------------------------------- what holds

    /// @dev Each part is of the first lot that is not used up, and they add up.
    function _checkTaken(IMilesLens.Lot[] memory lots, uint256[] memory taken, uint256 miles) private pure {
        uint256 place;
        for (uint256 i; i < taken.length; ++i) {
            uint256 part = bits(taken[i], 0, 40);
            vm.assertTrue(place < lots.length && part != 0 && part <= lots[place].amount, "part of a lot");
            vm.assertEq(bits(taken[i], 40, 4), lots[place].version, "version");
            vm.assertEq(bits(taken[i], 48, 16), lots[place].ownDay, "own day");
            vm.assertEq(taken[i], bits(taken[i], 0, 64), "64 bits");
            miles -= part;
            lots[place].amount -= uint64(part);
            if (lots[place].amount == 0) ++place;
        }
        vm.assertEq(miles, 0, "adds up");
        // As they were, for what follows.
        for (uint256 i; i < taken.length; ++i) {
            for (uint256 j; j < lots.length; ++j) {
                bool isOf = bits(taken[i], 40, 4) == lots[j].version && bits(taken[i], 48, 16) == lots[j].ownDay;
                if (isOf) lots[j].amount += uint64(bits(taken[i], 0, 40));
            }
        }
    }

    function _checkSame(IMilesLens.Lot[] memory found, IMilesLens.Lot[] memory expected) private pure {
        vm.assertEq(found.length, expected.length, "lots");
        vm.assertEq(keccak256(abi.encode(found)), keccak256(abi.encode(expected)), "the same lots");
    }

    /// @dev INV-1: what was credited stands in a lot, or was redeemed, taken back or written off.
    function _checkTotals() private view {
        IMilesLedger.Totals memory totals = _ledger.totals();
        uint256 standing = _sum(_lens.lotsOf(_ledger, MEMBER)) + _sum(_lens.lotsOf(_ledger, OTHER));
        vm.assertEq(totals.credited, standing + totals.redeemed + totals.reversed + totals.writtenOff, "conserved");
        vm.assertTrue(_balance(MEMBER) == _sum(_live(MEMBER)) && _balance(OTHER) == _sum(_live(OTHER)), "balances");
    }

    function _sum(IMilesLens.Lot[] memory lots) private pure returns (uint256 miles) {
        for (uint256 i; i < lots.length; ++i) {
            miles += lots[i].amount;
        }
    }
}
