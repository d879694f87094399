// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMilesLedger} from "../../contracts/interfaces/IMilesLedger.sol";
import {Payment} from "../../contracts/interfaces/IPartnerRegistry.sol";
import {Settles} from "./support/Settles.sol";
import {Vm} from "./support/Test.sol";

/// @title Whatever is attached to a report: it settles with outcomes, or is refused by name
/// @dev True receipts are of reports with one sale, whose leaf is the root. Nothing lapses and nothing is redeemed, so all
/// miles are in balances or came back.
contract AmendingTest is Settles {
    uint256 private constant HEAD = 171;
    uint40 private constant MEMBERS = 6;
    uint256 private constant SALES = 4;

    uint24 private _partner;
    uint64 private _settled;
    bytes[] private _receiptsOfSales;

    function setUp() external {
        deploy(0);
        _ledger.enrol(MEMBERS);
        _partner = addPartner(Payment.PREPAID, 1_000_000);
    }

    function test_settle__any_bytes_attached__settle_or_are_refused_by_name(uint256 seed, bytes calldata tail) external {
        uint256 count = draw(seed, 1, 4);
        bytes memory attachments;
        for (uint256 i; i < count; ++i) {
            attachments = abi.encodePacked(attachments, _anyAttachment(seed));
        }
        settles(_report(seed, count, 1, abi.encodePacked(attachments, draw(seed, 0, 3) == 0 ? tail : bytes(""))));
        _checkMiles();
    }

    /// forge-config: default.fuzz.runs = 96
    /// forge-config: deep.fuzz.runs = 4800
    function test_settle__true_receipts_spoiled_or_not__settle_or_are_refused_by_name(uint256 seed) external {
        for (uint256 i; i < SALES; ++i) {
            _receiptsOfSales.push(_sell(seed));
        }
        for (uint256 i; i < 3; ++i) {
            uint256 count = draw(seed, 1, 5);
            bytes memory attachments;
            for (uint256 j; j < count; ++j) {
                attachments = abi.encodePacked(attachments, _spoiled(seed, _receiptsOfSales[draw(seed, 0, SALES - 1)]));
            }
            bytes memory report = _report(seed, count, _settled + 1, attachments);
            if (settles(report)) ++_settled;
            _checkMiles();
            vm.warp(block.timestamp + draw(seed, 0, 40 days));
        }
    }

    // ---------------------------------------------------------------- what holds

    /// @dev INV-1 and INV-6: all miles credited are in balances, or came back; the partner paid for what is left.
    function _checkMiles() private view {
        IMilesLedger.Totals memory totals = _ledger.totals();
        uint256 live;
        for (uint40 member = 1; member <= MEMBERS; ++member) {
            live += _ledger.balanceAt(member, uint48(block.timestamp));
            vm.assertEq(bits(_ledger.accountWord(member), 188, 32), 0, "nothing was spent, so nothing is owed");
        }
        vm.assertEq(totals.credited, live + totals.reversed, "credited");
        vm.assertEq(_registry.partnerOf(_partner).available + live, 1_000_000, "the partner's miles");
    }

    // ---------------------------------------------------------------- what is sent

    /// @dev Entries of any kind but SALE, of any member, amount, time and facts.
    function _report(uint256 seed, uint256 count, uint64 sequence, bytes memory attachments)
        private
        returns (bytes memory report)
    {
        report = packSection(_partner, nextNumber(_partner), block.timestamp, count);
        for (uint256 i; i < count; ++i) {
            uint256 entry = bits(drawWord(seed), 0, 152);
            entry = withBits(entry, 138, 2, draw(seed, 1, 3));
            entry = withBits(entry, 216, 40, draw(seed, 0, MEMBERS + 1));
            entry = withBits(entry, 176, 40, draw(seed, 0, 7) == 0 ? drawWord(seed) >> 216 : draw(seed, 0, 120_000));
            report = abi.encodePacked(report, entry);
        }
        return abi.encodePacked(uint8(2), uint16(0), sequence, uint16(1), uint16(count), report, attachments);
    }

    function _anyAttachment(uint256 seed) private returns (bytes memory attachment) {
        uint256 how = draw(seed, 0, 4);
        if (how == 0) return hex"ff";
        uint256 siblings = how == 1 ? draw(seed, 0, 255) : draw(seed, 0, 6);
        attachment = abi.encodePacked(uint8(siblings), uint16(0), uint64(draw(seed, 0, 2)));
        for (uint256 words = draw(seed, 0, 9) == 0 ? draw(seed, 0, 8) : 5 + siblings; words != 0; --words) {
            attachment = abi.encodePacked(attachment, drawWord(seed));
        }
    }

    /// @dev Half of them as they are.
    function _spoiled(uint256 seed, bytes memory receipt) private returns (bytes memory) {
        if (draw(seed, 0, 1) == 0) return receipt;
        uint256 place = draw(seed, 0, receipt.length - 1);
        receipt[place] ^= bytes1(uint8(1 << draw(seed, 0, 7)));
        return receipt;
    }

    /// @dev One sale in a report of its own, and what a refund of it attaches.
    function _sell(uint256 seed) private returns (bytes memory) {
        uint256 member = draw(seed, 0, MEMBERS + 1);
        uint256 entry = (member << 216) | (draw(seed, 0, 100_000) << 176) | bits(drawWord(seed), 0, 128);
        uint40 number = nextNumber(_partner);
        bytes memory report = packHeader(0, ++_settled, 1, 1);
        report = abi.encodePacked(report, packSection(_partner, number, block.timestamp, 1), entry);
        vm.recordLogs();
        vm.assertTrue(settles(report), "a sale");
        bytes memory results = _results(vm.getRecordedLogs());
        vm.assertEq(results.length, 17, "one plain sale");
        uint256 accrual = (2 << 248) | (uint256(_partner) << 224) | (uint256(number) << 184) | (block.timestamp << 144);
        accrual |= bits(_word(results, 9), 216, 32) << 112;
        accrual |= bits(_word(results, 9), 200, 16) << 96;
        accrual |= (_word(results, 9) >> 248) << 88;
        uint256 basis = (_word(results, 0) >> 184) << 184;
        bytes32 leaf = keccak256(abi.encode(keccak256(abi.encode(entry, accrual, uint256(0), basis))));
        vm.assertEq(leaf, _receipts.rootOf(0, _settled), "the leaf is the root");
        return abi.encodePacked(uint8(0), uint16(0), _settled, entry, accrual, uint256(0), basis, uint256(0));
    }

    function _results(Vm.Log[] memory logs) private view returns (bytes memory results) {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter == address(_settlement)) (, results) = abi.decode(logs[i].data, (bytes32, bytes));
        }
    }

    function _word(bytes memory data, uint256 position) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), position))
        }
    }
}
