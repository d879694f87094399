// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Payment} from "../../contracts/interfaces/IPartnerRegistry.sol";
import {IPromotionBook} from "../../contracts/interfaces/IPromotionBook.sol";
import {Settles} from "./support/Settles.sol";
import {Vm} from "./support/Test.sol";

/// @title Any bytes as a report, signed by a quorum: settled, or refused with an error of ours
contract SettleTest is Settles {
    uint256 private constant HEADER = 15;
    uint40 private constant MEMBERS = 20;

    function setUp() external {
        deploy(0);
        _ledger.enrol(MEMBERS);
        _ledger.close(MEMBERS);
        addPartner(Payment.OPEN, 0);
        addPartner(Payment.PREPAID, 100_000);
        _registry.setSuspended(addPartner(Payment.OPEN, 0), true);
        _offer();
    }

    // ---------------------------------------------------------------- what is sent

    function test_settle__random_bytes__are_refused_by_name(bytes calldata report) external {
        vm.assertTrue(!settles(report), "random bytes settle");
        // Past the check of version and sequence.
        if (report.length >= 4) settles(abi.encodePacked(_slice(packHeader(0, 1, 0, 0), 0, 11), report));
    }

    function test_settle__well_formed_with_any_entries__settles(uint256 seed) external {
        for (uint64 sequence = 1; sequence <= 2; ++sequence) {
            bytes memory report = _report(seed, sequence, true);
            uint256 credited = _ledger.totals().credited;
            vm.recordLogs();
            vm.assertTrue(settles(report), "settles");
            uint256 miles = _milesOf(report, vm.getRecordedLogs());
            vm.assertEq(_ledger.totals().credited - credited, miles, "credited as the event says");
            vm.assertEq(_receipts.nextSequence(0), sequence + 1, "sequence");
        }
    }

    function test_settle__mutated_report__settles_or_is_refused_by_name(uint256 seed) external {
        bytes memory report = _report(seed, 1, false);
        for (uint256 left = draw(seed, 1, 3); left != 0; --left) {
            report = _mutated(seed, report);
        }
        bool settled = settles(report);
        uint16 lane = report.length < HEADER ? 0 : uint16(_word(report, 1) >> 240);
        vm.assertEq(_receipts.nextSequence(lane), settled ? 2 : 1, "sequence");
    }

    // ---------------------------------------------------------------- what it gets

    /// @dev Base and grants of every purchase of the only `ReportSettled`.
    function _milesOf(bytes memory report, Vm.Log[] memory logs) private view returns (uint256 miles) {
        bytes memory results;
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter == address(_settlement)) (, results) = abi.decode(logs[i].data, (bytes32, bytes));
        }
        uint256 position = HEADER;
        uint256 cursor;
        for (uint256 sections = _word(report, 11) >> 240; sections != 0; --sections) {
            uint256 count = uint16(_word(report, position) >> 136);
            position += HEADER + count * 32;
            for (cursor += 9; count != 0; --count) {
                uint256 head = _word(results, cursor) >> 192;
                miles += bits(head, 24, 32);
                cursor += 8;
                for (uint256 grants = bits(head, 0, 3); grants != 0; --grants) {
                    miles += bits(_word(results, cursor) >> 192, 0, 22);
                    cursor += 8;
                }
                vm.assertEq(bits(head, 3, 5), 0, "flags of a plain sale");
            }
        }
        vm.assertEq(cursor, results.length, "no result too many");
    }

    // ---------------------------------------------------------------- reports

    /// @dev One to three sections of known partners; entries are any words, or plain purchases of today.
    function _report(uint256 seed, uint64 sequence, bool anyEntries) private returns (bytes memory report) {
        uint256 sections;
        uint256 purchases;
        for (uint24 partner = 1; partner <= 3; ++partner) {
            if (partner != 1 && draw(seed, 0, 2) == 0) continue;
            uint256 count = draw(seed, 1, 8);
            uint256 baseTime = draw(seed, 0, 9) == 0 ? drawWord(seed) : block.timestamp - draw(seed, 0, 100 days);
            report = abi.encodePacked(report, packSection(partner, nextNumber(partner), baseTime, count));
            for (uint256 i; i < count; ++i) {
                report = abi.encodePacked(report, anyEntries && draw(seed, 0, 1) == 0 ? drawWord(seed) : _entry(seed));
            }
            ++sections;
            purchases += count;
        }
        report = abi.encodePacked(packHeader(0, sequence, sections, purchases), report);
    }

    function _entry(uint256 seed) private returns (uint256 entry) {
        entry = withBits(bits(drawWord(seed), 0, 128), 216, 40, draw(seed, 0, MEMBERS + 1));
        uint256 eligible = draw(seed, 0, 7) == 0 ? bits(drawWord(seed), 0, 40) : draw(seed, 0, 1_000_000);
        entry = withBits(entry, 176, 40, eligible);
        entry = withBits(entry, 152, 24, draw(seed, 0, 1 days));
        return withBits(entry, 140, 12, draw(seed, 0, 2));
    }

    /// @dev One mistake: a bit, a byte, a count, bytes missing, doubled or added.
    function _mutated(uint256 seed, bytes memory report) private returns (bytes memory) {
        uint256 how = draw(seed, 0, 5);
        uint256 size = report.length;
        if (size <= HEADER) how = 3;
        uint256 place = size == 0 ? 0 : draw(seed, 0, size - 1);
        if (how == 0) report[place] ^= bytes1(uint8(1 << draw(seed, 0, 7)));
        else if (how == 1) report[place] = bytes1(uint8(drawWord(seed)));
        else if (how == 2) report[place % (2 * HEADER)] = bytes1(uint8(draw(seed, 0, 9)));
        else if (how == 3) report = abi.encodePacked(report, _slice(abi.encode(seed, place), 0, draw(seed, 1, 64)));
        else if (how == 4) report = _slice(report, 0, place);
        else report = abi.encodePacked(_slice(report, 0, place), _slice(report, draw(seed, 0, place), size));
        return report;
    }

    function _slice(bytes memory data, uint256 from, uint256 to) private view returns (bytes memory) {
        return this.slice(data, from, to);
    }

    function slice(bytes calldata data, uint256 from, uint256 to) external pure returns (bytes calldata) {
        return data[from:to];
    }

    function _word(bytes memory data, uint256 position) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), position))
        }
    }

    /// @dev Two promotions at the first two partners: one limited per member, one by a budget that runs out.
    function _offer() private {
        IPromotionBook.Terms memory terms = someTerms();
        terms.perMember = 250;
        _book.publish(terms, type(uint48).max, "");
        terms.perMember = 0;
        terms.reward = IPromotionBook.RewardKind.MULTIPLE;
        (terms.fixedMiles, terms.multipleBps) = (0, 30_000);
        _book.publish(terms, 5_000, "");
        uint16[] memory promotions = new uint16[](2);
        (promotions[0], promotions[1]) = (1, 2);
        uint24 offerSet = _book.compose(promotions);
        _book.assign(1, offerSet);
        _book.assign(2, offerSet);
        vm.warp(NOW + 30 days);
    }
}
