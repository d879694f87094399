// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Award, AwardLib} from "../types/Award.sol";
import {Credit, CreditLib} from "../types/Award.sol";
import {Entry, EntryLib} from "../types/Entry.sol";
import {Standing} from "../types/Earning.sol";
import {Charge, ChargeLib, Section, SectionLib} from "../types/Section.sol";
import {ReceiptTreeLib} from "./ReceiptTreeLib.sol";
import {ReportLib} from "./ReportLib.sol";
import {WordsLib} from "./WordsLib.sol";

/// @notice What a judged report comes to.
/// @param credits `Credit` words of the purchases that earned something.
/// @param charges One `Charge` word a section.
/// @param results Data of `ReportSettled`.
/// @param root Root of the receipt tree.
struct SettledReport {
    bytes credits;
    bytes charges;
    bytes results;
    bytes32 root;
}

/// @title Settled report: turns awards into credits, charges, receipts and the event
/// @dev One pass in the order of the report. Memory comes from `WordsLib.allocate`: nothing is read before it is written.
library SettledReportLib {
    /// @dev docs/report-format.md, receipt leaf.
    uint256 private constant RECEIPT_VERSION = 1 << 248;

    /// @param report Sealed report bytes, checked by the registry.
    /// @param standings One `Standing` word a purchase.
    /// @param awards One `Award` and one `Grants` word a purchase.
    function settle(bytes calldata report, bytes memory standings, bytes memory awards)
        internal
        pure
        returns (SettledReport memory settled)
    {
        (uint256 sectionCount, uint256 purchaseCount) = ReportLib.counts(report);
        settled.charges = WordsLib.allocate(sectionCount);
        settled.credits = WordsLib.allocate(purchaseCount);
        bytes memory leaves = WordsLib.allocate(purchaseCount);
        // Last, because it grows as it is written: 8 bytes a purchase and 8 a grant.
        Results memory results = _openResults();

        // Counters stay far below 2^256: a report has at most 65,535 purchases of at most 2^29 miles.
        unchecked {
            uint256 position = ReportLib.HEADER_SIZE;
            uint256 index;
            uint256 credited;
            for (uint256 s; s < sectionCount; ++s) {
                Section section = ReportLib.sectionAt(report, position);
                position += SectionLib.SIZE;
                uint256 accrualHead = RECEIPT_VERSION | (section.partner() << 224) | (section.baseTime() << 144);
                uint256 number = section.firstNumber();
                uint256 miles;
                for (uint256 end = index + section.count(); index < end; ++index) {
                    Entry entry = ReportLib.entryAt(report, position);
                    position += EntryLib.SIZE;
                    Award award = Award.wrap(WordsLib.load(awards, index << 1));
                    uint256 grants = WordsLib.load(awards, (index << 1) + 1);
                    Standing standing = Standing.wrap(WordsLib.load(standings, index));
                    WordsLib.store(leaves, index, uint256(_leaf(accrualHead | (number << 184), entry, standing, award, grants)));
                    _append(results, standing, award, grants);
                    ++number;
                    uint256 earned = award.base() + award.bonus();
                    if (earned != 0) {
                        miles += earned;
                        Credit credit = CreditLib.pack(entry.member(), earned, standing.bucket(), award.scratch());
                        WordsLib.store(settled.credits, credited++, Credit.unwrap(credit));
                    }
                }
                WordsLib.store(settled.charges, s, Charge.unwrap(ChargeLib.pack(section.partner(), section.count(), miles)));
            }
            _shorten(settled.credits, credited << 5);
            settled.results = _close(results);
            settled.root = ReceiptTreeLib.rootAt(_dataOf(leaves), purchaseCount);
        }
    }

    /// @param start Where the bytes' length stands.
    /// @param cursor Where the next byte goes.
    struct Results {
        uint256 start;
        uint256 cursor;
    }

    function _leaf(uint256 accrualHead, Entry entry, Standing standing, Award award, uint256 grants)
        private
        pure
        returns (bytes32)
    {
        uint256 accrual =
            accrualHead | (award.base() << 112) | (standing.lastDay() << 96) | (award.outcome() << 88);
        return ReceiptTreeLib.leafOf(Entry.unwrap(entry), accrual, grants);
    }

    function _openResults() private pure returns (Results memory results) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(results, start)
            mstore(add(results, 0x20), add(start, 0x20))
        }
    }

    /// @dev Writes whole words past the end of what counts; the next append or `_close` goes over the surplus.
    function _append(Results memory results, Standing standing, Award award, uint256 grants) private pure {
        unchecked {
            uint256 count = award.grantCount();
            uint256 line = (award.outcome() << 56) | (award.base() << 24) | (standing.lastDay() << 8) | count;
            uint256 cursor = results.cursor;
            assembly ("memory-safe") {
                mstore(cursor, shl(192, line))
                mstore(add(cursor, 8), grants)
            }
            results.cursor = cursor + 8 + (count << 3);
        }
    }

    function _close(Results memory results) private pure returns (bytes memory data) {
        uint256 start = results.start;
        uint256 cursor = results.cursor;
        assembly ("memory-safe") {
            data := start
            mstore(data, sub(cursor, add(start, 0x20)))
            // The free pointer goes to the next whole word past the last surplus write.
            mstore(0x40, and(add(cursor, 0x5f), not(0x1f)))
        }
    }

    function _shorten(bytes memory words, uint256 length) private pure {
        assembly ("memory-safe") {
            mstore(words, length)
        }
    }

    function _dataOf(bytes memory words) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := add(words, 0x20)
        }
    }
}
