// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Award, AwardLib, Credit, CreditLib} from "../types/Award.sol";
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
    /// @dev One more purchase number, as a sum.
    uint256 private constant ONE_NUMBER = 1 << 184;

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
        uint256 leaves = WordsLib.dataIn(WordsLib.allocate(purchaseCount));

        // Counters stay far below 2^256: a report has at most 65,535 purchases of at most 2^29 miles.
        unchecked {
            Cursors memory cursors = Cursors({
                entry: ReportLib.HEADER_SIZE,
                standing: WordsLib.dataIn(standings),
                award: WordsLib.dataIn(awards),
                leaf: leaves,
                credit: WordsLib.dataIn(settled.credits),
                result: 0
            });
            // Last, after the cursors too, because it grows as it is written: 8 bytes a purchase and 8 a grant.
            settled.results = WordsLib.allocate(0);
            cursors.result = WordsLib.dataIn(settled.results);
            for (uint256 s; s < sectionCount; ++s) {
                Section section = ReportLib.sectionAt(report, cursors.entry);
                cursors.entry += SectionLib.SIZE;
                uint256 miles = _settleSection(report, section, cursors);
                Charge charge = ChargeLib.pack(section.partner(), section.count(), miles);
                WordsLib.store(settled.charges, s, Charge.unwrap(charge));
            }
            _end(settled.credits, cursors.credit);
            _end(settled.results, cursors.result);
            _freeFrom(cursors.result);
            settled.root = ReceiptTreeLib.rootAt(leaves, purchaseCount);
        }
    }

    /// @dev Where the next purchase is read and written: positions in the report, else in memory.
    struct Cursors {
        uint256 entry;
        uint256 standing;
        uint256 award;
        uint256 leaf;
        uint256 credit;
        uint256 result;
    }

    /// @dev The tight loop of a report: its cursors live on the stack while a section lasts.
    function _settleSection(bytes calldata report, Section section, Cursors memory cursors)
        private
        pure
        returns (uint256 miles)
    {
        uint256 accrualHead =
            RECEIPT_VERSION | (section.partner() << 224) | (section.firstNumber() << 184) | (section.baseTime() << 144);
        uint256 entryAt = cursors.entry;
        uint256 standingAt = cursors.standing;
        uint256 awardAt = cursors.award;
        uint256 leafAt = cursors.leaf;
        uint256 creditAt = cursors.credit;
        uint256 resultAt = cursors.result;
        // Cursors move by known sizes within what was allocated; numbers stay within their 40 bits by the registry's check.
        unchecked {
            for (uint256 end = entryAt + section.count() * EntryLib.SIZE; entryAt < end; entryAt += EntryLib.SIZE) {
                Entry entry = ReportLib.entryAt(report, entryAt);
                Standing standing = Standing.wrap(WordsLib.loadAt(standingAt));
                Award award = Award.wrap(WordsLib.loadAt(awardAt));
                uint256 grants = WordsLib.loadAt(awardAt + 32);
                uint256 accrual = accrualHead | award.accrualTail(standing);
                WordsLib.storeAt(leafAt, uint256(ReceiptTreeLib.leafOf(Entry.unwrap(entry), accrual, grants)));
                // Whole words: what goes past the end is written over by the next purchase or lies beyond the length.
                WordsLib.storeAt(resultAt, award.resultHead(standing));
                WordsLib.storeAt(resultAt + 8, grants);
                resultAt += 8 + (award.grantCount() << 3);
                uint256 earned = award.base() + award.bonus();
                if (earned != 0) {
                    miles += earned;
                    WordsLib.storeAt(
                        creditAt,
                        Credit.unwrap(CreditLib.pack(entry.member(), earned, standing.bucket(), award.scratch()))
                    );
                    creditAt += 32;
                }
                accrualHead += ONE_NUMBER;
                standingAt += 32;
                awardAt += AwardLib.SIZE_WITH_GRANTS;
                leafAt += 32;
            }
        }
        (cursors.entry, cursors.standing, cursors.award) = (entryAt, standingAt, awardAt);
        (cursors.leaf, cursors.credit, cursors.result) = (leafAt, creditAt, resultAt);
    }

    /// @dev Sets the length of bytes that were written up to a cursor.
    function _end(bytes memory data, uint256 cursor) private pure {
        assembly ("memory-safe") {
            mstore(data, sub(cursor, add(data, 0x20)))
        }
    }

    /// @dev Takes the memory up to the last surplus word of the results.
    function _freeFrom(uint256 cursor) private pure {
        assembly ("memory-safe") {
            mstore(0x40, and(add(cursor, 0x5f), not(0x1f)))
        }
    }
}
