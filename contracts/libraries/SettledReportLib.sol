// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Award, AwardLib, Credit, CreditLib} from "../types/Award.sol";
import {Entry, EntryLib} from "../types/Entry.sol";
import {Standing, StandingLib} from "../types/Earning.sol";
import {AccrualWordLib} from "../types/MemberReceipt.sol";
import {Charge, ChargeLib, Section, SectionLib, SectionTerms} from "../types/Section.sol";
import {Amendments} from "./AmendmentLib.sol";
import {Cursors, RarePurchaseLib} from "./RarePurchaseLib.sol";
import {ReceiptTreeLib} from "./ReceiptTreeLib.sol";
import {ReportLib} from "./ReportLib.sol";
import {WordsLib} from "./WordsLib.sol";

/// @notice What a judged report comes to.
/// @param credits `Credit` words of the purchases that earned something.
/// @param charges One `Charge` word a section.
/// @param reversals `Credit` words of what amendments take back.
/// @param heads Two words an amendment that took effect, as `ReceiptBook.amend` takes them.
/// @param results Data of `ReportSettled`.
/// @param root Root of the receipt tree.
struct SettledReport {
    bytes credits;
    bytes reversals;
    bytes charges;
    bytes heads;
    bytes results;
    bytes32 root;
}

/// @title Settled report: turns awards into credits, charges, receipts and the event
/// @dev One pass in the order of the report. Leaves take the place of standings and credits that of awards, as each is
/// read before it is written over.
library SettledReportLib {
    /// @dev docs/report-format.md, receipt leaf.
    uint256 private constant RECEIPT_VERSION = AccrualWordLib.SALE << 248;
    /// @dev One more purchase number, as a sum.
    uint256 private constant ONE_NUMBER = 1 << 184;
    /// @dev What a section's results begin with: earn miles 2, per minor 4, offer set 3.
    uint256 private constant SECTION_RESULT_SIZE = 9;
    uint256 private constant KIND_BITS = 3 << 138;

    /// @param report Sealed report bytes, checked by the registry.
    /// @param sections One `SectionTerms` word a section.
    /// @param standings One `Standing` word a purchase; written over.
    /// @param awards One `Award` and one `Grants` word a purchase; written over.
    /// @param amendments What its attachments came to.
    /// @param creditsPayDebt Whether credits pay a member's debt first.
    function settle(
        bytes calldata report,
        bytes memory sections,
        bytes memory standings,
        bytes memory awards,
        Amendments memory amendments,
        bool creditsPayDebt
    ) internal returns (SettledReport memory settled) {
        (uint256 sectionCount, uint256 purchaseCount) = ReportLib.counts(report);
        settled.charges = WordsLib.allocate(sectionCount);
        settled.credits = awards;

        // Counters stay far below 2^256: a report has at most 65,535 purchases of at most 2^29 miles.
        unchecked {
            Cursors memory cursors;
            cursors.entry = WordsLib.dataOf(report) + ReportLib.HEADER_SIZE;
            cursors.section = WordsLib.dataIn(sections);
            cursors.charge = WordsLib.dataIn(settled.charges);
            (cursors.standing, cursors.first) = (WordsLib.dataIn(standings), WordsLib.dataIn(standings));
            (cursors.award, cursors.credit) = (WordsLib.dataIn(awards), WordsLib.dataIn(awards));
            cursors.words = WordsLib.dataIn(WordsLib.allocate(5));
            cursors.amendments = amendments;
            settled.reversals = WordsLib.allocate(amendments.count);
            settled.heads = WordsLib.allocate(2 * amendments.count);
            (cursors.reversal, cursors.head) = (WordsLib.dataIn(settled.reversals), WordsLib.dataIn(settled.heads));
            if (creditsPayDebt) cursors.debts = ReportLib.debtsKey(report);
            // Last, because it grows as it is written: 8 bytes a purchase and 8 a grant.
            settled.results = WordsLib.allocate(0);
            cursors.result = WordsLib.dataIn(settled.results);
            // Called from two places, or the compiler makes it part of this function and keeps its cursors in memory.
            _settleSection(cursors);
            for (cursors.left = sectionCount - 1; cursors.left != 0; --cursors.left) {
                _settleSection(cursors);
            }
            _end(settled.credits, cursors.credit);
            _end(settled.reversals, cursors.reversal);
            _end(settled.heads, cursors.head);
            _end(settled.results, cursors.result);
            _freeFrom(cursors.result);
            settled.root = ReceiptTreeLib.rootAt(WordsLib.dataIn(standings), purchaseCount);
        }
    }

    /// @dev The tight loop of a report: its cursors live on the stack while a section lasts.
    function _settleSection(Cursors memory cursors) private {
        Section section = ReportLib.sectionIn(cursors.entry);
        cursors.basis = SectionTerms.wrap(WordsLib.loadAt(cursors.section)).basisHead();
        cursors.section += 32;
        cursors.returned = 0;
        uint256 accrualHead =
            RECEIPT_VERSION | (section.partner() << 224) | (section.firstNumber() << 184) | (section.baseTime() << 144);
        uint256 entryAt = cursors.entry + SectionLib.SIZE;
        uint256 standingAt = cursors.standing;
        uint256 awardAt = cursors.award;
        uint256 creditAt = cursors.credit;
        uint256 words = cursors.words;
        uint256 resultAt = cursors.result + SECTION_RESULT_SIZE;
        uint256 miles;
        WordsLib.storeAt(cursors.result, cursors.basis);
        WordsLib.storeAt(words + 96, cursors.basis);
        // Cursors move by known sizes within what was allocated; numbers stay within their 40 bits by the registry's check.
        unchecked {
            for (uint256 end = entryAt + section.count() * EntryLib.SIZE; entryAt < end; entryAt += EntryLib.SIZE) {
                Entry entry = ReportLib.entryIn(entryAt);
                Standing standing = Standing.wrap(WordsLib.loadAt(standingAt));
                Award award = Award.wrap(WordsLib.loadAt(awardAt));
                if (_isRare(entry, standing, award)) {
                    (cursors.entry, cursors.standing, cursors.award) = (entryAt, standingAt, awardAt);
                    (cursors.credit, cursors.result, cursors.accrual) = (creditAt, resultAt, accrualHead);
                    RarePurchaseLib.settle(cursors);
                    (creditAt, resultAt) = (cursors.credit, cursors.result);
                    miles += cursors.miles;
                } else {
                    WordsLib.storeAt(words, Entry.unwrap(entry));
                    WordsLib.storeAt(words + 32, accrualHead | award.accrualTail(standing));
                    WordsLib.storeAt(words + 64, WordsLib.loadAt(awardAt + 32));
                    WordsLib.storeAt(standingAt, uint256(ReceiptTreeLib.leafIn(words, ReceiptTreeLib.SALE_SIZE)));
                    // Whole words: what goes past the end is written over by the next purchase or lies beyond the length.
                    WordsLib.storeAt(resultAt, award.resultHead(standing));
                    WordsLib.storeAt(resultAt + 8, WordsLib.loadAt(awardAt + 32));
                    resultAt += 8 + (award.grantCount() << 3);
                    uint256 earned = award.base() + award.bonus();
                    if (earned != 0) {
                        miles += award.charge();
                        WordsLib.storeAt(
                            creditAt,
                            Credit.unwrap(CreditLib.pack(entry.member(), earned, standing.bucket(), award.scratch()))
                        );
                        creditAt += 32;
                    }
                }
                accrualHead += ONE_NUMBER;
                standingAt += 32;
                awardAt += AwardLib.SIZE_WITH_GRANTS;
            }
            Charge charge = ChargeLib.pack(section.partner(), section.count(), miles, cursors.returned);
            WordsLib.storeAt(cursors.charge, Charge.unwrap(charge));
            cursors.charge += 32;
        }
        (cursors.entry, cursors.standing, cursors.award) = (entryAt, standingAt, awardAt);
        (cursors.credit, cursors.result) = (creditAt, resultAt);
    }

    /// @dev Whether a purchase is no plain sale, counted for a window or visits, or its member owes miles.
    function _isRare(Entry entry, Standing standing, Award award) private pure returns (bool) {
        return (Entry.unwrap(entry) & KIND_BITS) | (Award.unwrap(award) & AwardLib.RARE_BITS)
            | (Standing.unwrap(standing) & StandingLib.DEBT_BITS) != 0;
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
