// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Award, AwardLib, Credit, CreditLib} from "../types/Award.sol";
import {Entry, EntryLib} from "../types/Entry.sol";
import {Standing, StandingLib} from "../types/Earning.sol";
import {AccrualWordLib, BasisLib} from "../types/MemberReceipt.sol";
import {Charge, ChargeLib, Section, SectionLib, SectionTerms} from "../types/Section.sol";
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

/// @notice Where the next purchase is read and written, and what its section comes to so far.
/// @param left Sections that are left.
/// @param section Where the next section's `SectionTerms` are read.
/// @param charge Where its `Charge` is written.
/// @param basis What the basis words of its sales share.
/// @param entry Position in the report.
/// @param standing Where its standing is read in memory, and its leaf written over it.
/// @param award Where its award is read.
/// @param credit Where the next credit is written, over awards that were read.
/// @param result Where its result is written.
/// @param words Four words that its leaf is made of, and room for a fifth.
/// @param accrual What the accrual words of the section share, with the purchase's number.
/// @param miles What a rare purchase costs its partner.
/// @param debts Key of this report's debts in transient storage; 0 where credits pay none.
struct Cursors {
    uint256 left;
    uint256 section;
    uint256 charge;
    uint256 basis;
    uint256 entry;
    uint256 standing;
    uint256 award;
    uint256 credit;
    uint256 result;
    uint256 words;
    uint256 accrual;
    uint256 miles;
    uint256 debts;
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
    /// @dev Flags of a purchase's result, where its head has them.
    uint256 private constant COUNTED_FOLLOWS = 8 << 192;
    uint256 private constant OFFSET_FOLLOWS = 16 << 192;

    /// @param report Sealed report bytes, checked by the registry.
    /// @param sections One `SectionTerms` word a section.
    /// @param standings One `Standing` word a purchase; written over.
    /// @param awards One `Award` and one `Grants` word a purchase; written over.
    /// @param creditsPayDebt Whether credits pay a member's debt first.
    function settle(
        bytes calldata report,
        bytes memory sections,
        bytes memory standings,
        bytes memory awards,
        bool creditsPayDebt
    ) internal returns (SettledReport memory settled) {
        (uint256 sectionCount, uint256 purchaseCount) = ReportLib.counts(report);
        settled.charges = WordsLib.allocate(sectionCount);
        settled.credits = awards;

        // Counters stay far below 2^256: a report has at most 65,535 purchases of at most 2^29 miles.
        unchecked {
            Cursors memory cursors;
            cursors.entry = ReportLib.HEADER_SIZE;
            cursors.section = WordsLib.dataIn(sections);
            cursors.charge = WordsLib.dataIn(settled.charges);
            cursors.standing = WordsLib.dataIn(standings);
            (cursors.award, cursors.credit) = (WordsLib.dataIn(awards), WordsLib.dataIn(awards));
            cursors.words = WordsLib.dataIn(WordsLib.allocate(5));
            if (creditsPayDebt) cursors.debts = ReportLib.debtsKey(report);
            // Last, because it grows as it is written: 8 bytes a purchase and 8 a grant.
            settled.results = WordsLib.allocate(0);
            cursors.result = WordsLib.dataIn(settled.results);
            for (cursors.left = sectionCount; cursors.left != 0; --cursors.left) {
                _settleSection(report, cursors);
            }
            _end(settled.credits, cursors.credit);
            _end(settled.results, cursors.result);
            _freeFrom(cursors.result);
            settled.root = ReceiptTreeLib.rootAt(WordsLib.dataIn(standings), purchaseCount);
        }
    }

    /// @dev The tight loop of a report: its cursors live on the stack while a section lasts.
    function _settleSection(bytes calldata report, Cursors memory cursors) private {
        Section section = ReportLib.sectionAt(report, cursors.entry);
        cursors.basis = SectionTerms.wrap(WordsLib.loadAt(cursors.section)).basisHead();
        cursors.section += 32;
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
                Entry entry = ReportLib.entryAt(report, entryAt);
                Standing standing = Standing.wrap(WordsLib.loadAt(standingAt));
                Award award = Award.wrap(WordsLib.loadAt(awardAt));
                if (_isRare(entry, standing, award)) {
                    (cursors.entry, cursors.standing, cursors.award) = (entryAt, standingAt, awardAt);
                    (cursors.credit, cursors.result, cursors.accrual) = (creditAt, resultAt, accrualHead);
                    _settleRare(report, cursors);
                    (creditAt, resultAt) = (cursors.credit, cursors.result);
                    miles += cursors.miles;
                } else {
                    uint256 grants = WordsLib.loadAt(awardAt + 32);
                    WordsLib.storeAt(words, Entry.unwrap(entry));
                    WordsLib.storeAt(words + 32, accrualHead | award.accrualTail(standing));
                    WordsLib.storeAt(words + 64, grants);
                    WordsLib.storeAt(standingAt, uint256(ReceiptTreeLib.leafIn(words, ReceiptTreeLib.SALE_SIZE)));
                    // Whole words: what goes past the end is written over by the next purchase or lies beyond the length.
                    WordsLib.storeAt(resultAt, award.resultHead(standing));
                    WordsLib.storeAt(resultAt + 8, grants);
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
            Charge charge = ChargeLib.pack(section.partner(), section.count(), miles, 0);
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

    /// @dev One purchase of any kind, with all that its result may say.
    function _settleRare(bytes calldata report, Cursors memory cursors) private {
        Entry entry = ReportLib.entryAt(report, cursors.entry);
        Standing standing = Standing.wrap(WordsLib.loadAt(cursors.standing));
        Award award = Award.wrap(WordsLib.loadAt(cursors.award));
        uint256 words = cursors.words;
        unchecked {
            uint256 grants = WordsLib.loadAt(cursors.award + 32);
            uint256 earned = award.base() + award.bonus();
            cursors.miles = award.charge();
            uint256 offset = _debtPaid(cursors.debts, entry.member(), standing.debt(), earned);
            WordsLib.storeAt(words, Entry.unwrap(entry));
            WordsLib.storeAt(words + 32, cursors.accrual | award.accrualTail(standing) | (offset << 56));
            WordsLib.storeAt(words + 64, grants);
            WordsLib.storeAt(words + 96, BasisLib.pack(cursors.basis, award.counted(), 0, 0));
            WordsLib.storeAt(cursors.standing, uint256(ReceiptTreeLib.leafIn(words, ReceiptTreeLib.SALE_SIZE)));
            WordsLib.storeAt(words + 96, cursors.basis);

            uint256 head = award.resultHead(standing);
            if (award.counted() != 0) head |= COUNTED_FOLLOWS;
            if (offset != 0) head |= OFFSET_FOLLOWS;
            WordsLib.storeAt(cursors.result, head);
            WordsLib.storeAt(cursors.result + 8, grants);
            cursors.result += 8 + (award.grantCount() << 3);
            if (award.counted() != 0) _result(cursors, award.counted(), 2);
            if (offset != 0) _result(cursors, offset, 4);
            if (earned == 0) return;
            Credit credit = CreditLib.pack(entry.member(), earned, standing.bucket(), award.scratch());
            WordsLib.storeAt(cursors.credit, Credit.unwrap(credit.withDebtOffset(offset)));
            cursors.credit += 32;
        }
    }

    /// @dev Adds a number of `size` bytes to the results.
    function _result(Cursors memory cursors, uint256 number, uint256 size) private pure {
        unchecked {
            WordsLib.storeAt(cursors.result, number << (256 - (size << 3)));
            cursors.result += size;
        }
    }

    /// @dev Miles of a credit that pay the member's debt: what it owed before the report less what the report's purchases
    /// paid already, which transient storage keeps because the ledger learns of it only after all are judged.
    /// @param debts Key of this report; 0 where credits pay none.
    function _debtPaid(uint256 debts, uint256 member, uint256 debt, uint256 earned) private returns (uint256 offset) {
        if (debts == 0 || debt == 0 || earned == 0) return 0;
        uint256 key = debts | member;
        uint256 paid;
        assembly ("memory-safe") {
            paid := tload(key)
        }
        offset = debt - paid < earned ? debt - paid : earned;
        paid += offset;
        assembly ("memory-safe") {
            tstore(key, paid)
        }
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
