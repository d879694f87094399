// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Award, AwardLib, Credit, CreditLib} from "../types/Award.sol";
import {Entry, EntryLib} from "../types/Entry.sol";
import {Standing, StandingLib} from "../types/Earning.sol";
import {AccrualWordLib, BasisLib} from "../types/MemberReceipt.sol";
import {Outcome} from "../types/Outcome.sol";
import {Charge, ChargeLib, Section, SectionLib, SectionTerms} from "../types/Section.sol";
import {Amendment, AmendmentLib, Amendments} from "./AmendmentLib.sol";
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

/// @notice Where the next purchase is read and written, and what its section comes to so far.
/// @param left Sections that are left.
/// @param section Where the next section's `SectionTerms` are read.
/// @param charge Where its `Charge` is written.
/// @param basis What the basis words of its sales share.
/// @param entry Position of the next entry in calldata.
/// @param standing Where its standing is read in memory, and its leaf written over it.
/// @param award Where its award is read.
/// @param credit Where the next credit is written, over awards that were read.
/// @param result Where its result is written.
/// @param words Four words that its leaf is made of, and room for a fifth.
/// @param accrual What the accrual words of the section share, with the purchase's number.
/// @param miles What a rare purchase costs its partner.
/// @param returned What it gives the partner back so far.
/// @param debts Key of this report's debts in transient storage; 0 where credits pay none.
/// @param amendments What the report's attachments came to; `next` is the next one.
/// @param first Where the first standing was.
/// @param reversal Where the next reversal is written, `head` the next head.
/// @param rare Room for the rare purchase in hand, as nothing can be allocated while results grow; `none` is no amendment.
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
    uint256 returned;
    uint256 debts;
    Amendments amendments;
    uint256 next;
    uint256 first;
    uint256 reversal;
    uint256 head;
    Rare rare;
    Amendment none;
}

/// @notice What a rare purchase comes to beside its award.
/// @param amendment Of an amendment that takes effect; else empty.
/// @param isEffective It takes effect; `isChange`: and is no claim; `isIdle`: and its sale earned nothing.
/// @param isVoid It was judged and changes nothing.
/// @param earned Miles that are credited.
/// @param returned Net miles that an amendment takes back.
/// @param added Net miles that it adds.
struct Rare {
    Amendment amendment;
    bool isEffective;
    bool isChange;
    bool isIdle;
    bool isVoid;
    uint256 earned;
    uint256 returned;
    uint256 added;
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
    uint256 private constant AMENDMENT_FOLLOWS = 32 << 192;

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
                    _settleRare(cursors);
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

    /// @dev One purchase of any kind, with all that its result may say.
    function _settleRare(Cursors memory cursors) private {
        Entry entry = ReportLib.entryIn(cursors.entry);
        Standing standing = Standing.wrap(WordsLib.loadAt(cursors.standing));
        Award award = Award.wrap(WordsLib.loadAt(cursors.award));
        uint256 grants = WordsLib.loadAt(cursors.award + 32);
        Rare memory rare = cursors.rare;
        _look(cursors, rare, award);
        // What nobody judged has the outcome that its proof gave it.
        if (rare.isIdle) (award, standing) = (Award.wrap(rare.amendment.outcome << 40), Standing.wrap(0));
        // And what changes nothing names no lot.
        else if (rare.isVoid) (award, standing, grants) = (Award.wrap(award.outcome() << 40), Standing.wrap(0), 0);
        _charge(cursors, award, rare);
        uint256 words = cursors.words;
        unchecked {
            uint256 offset = _debtPaid(cursors.debts, entry.member(), standing.debt(), rare.earned);
            uint256 accrual = cursors.accrual | award.accrualTail(standing) | (offset << 56);
            if (rare.isEffective) accrual += AccrualWordLib.AMENDMENT_MORE;
            WordsLib.storeAt(words, Entry.unwrap(entry));
            WordsLib.storeAt(words + 32, accrual);
            WordsLib.storeAt(words + 64, grants);
            uint256 basis = rare.isChange ? rare.amendment.basis : cursors.basis;
            WordsLib.storeAt(words + 96, BasisLib.pack(basis, award.counted(), rare.returned, rare.added));
            WordsLib.storeAt(words + 128, rare.amendment.amended);
            uint256 size = rare.isEffective ? ReceiptTreeLib.AMENDMENT_SIZE : ReceiptTreeLib.SALE_SIZE;
            uint256 leaf = uint256(ReceiptTreeLib.leafIn(words, size));
            WordsLib.storeAt(cursors.standing, leaf);
            WordsLib.storeAt(words + 96, cursors.basis);

            _write(cursors, award, standing, grants, offset, rare);
            _pay(cursors, entry.member(), standing, award, offset, rare);
            if (rare.isEffective) {
                WordsLib.storeAt(cursors.head, rare.amendment.sale);
                WordsLib.storeAt(cursors.head + 32, leaf);
                cursors.head += 64;
            }
        }
    }

    /// @dev Finds the amendment of the purchase in hand, if it has one, and what the award makes of it.
    function _look(Cursors memory cursors, Rare memory rare, Award award) private pure {
        unchecked {
            (rare.amendment, rare.isEffective, rare.isChange) = (cursors.none, false, false);
            (rare.isIdle, rare.isVoid) = (false, false);
            (rare.earned, rare.returned, rare.added) = (award.base() + award.bonus(), 0, 0);
            Amendments memory found = cursors.amendments;
            if (cursors.next == found.count) return;
            Amendment memory amendment = found.list[cursors.next];
            if (cursors.first + (amendment.place << 5) != cursors.standing) return;
            ++cursors.next;
            rare.isIdle = amendment.outcome != AmendmentLib.JUDGED;
            uint256 outcome = rare.isIdle ? Outcome.REVERSED : award.outcome();
            // A claim that is refused, or an AMEND up whose lot is void, changes nothing.
            rare.isEffective =
                outcome == Outcome.CREDITED || outcome == Outcome.CUT_BY_PREPAID || outcome == Outcome.REVERSED;
            rare.isChange = amendment.basis != 0 && rare.isEffective;
            rare.isVoid = !rare.isEffective;
            if (amendment.basis != 0) {
                rare.earned = rare.isEffective ? award.added() : 0;
                rare.returned = rare.isEffective ? award.returned() : 0;
            }
            if (!rare.isEffective) return;
            rare.added = rare.earned;
            rare.amendment = amendment;
        }
    }

    /// @dev What the purchase costs its partner or gives it back.
    function _charge(Cursors memory cursors, Award award, Rare memory rare) private pure {
        unchecked {
            cursors.miles = award.isChargeGivenBack() || rare.isVoid ? 0 : award.charge();
            if (award.isChargeGivenBack() && !rare.isVoid) cursors.returned += award.charge();
        }
    }

    /// @dev The purchase's result.
    function _write(
        Cursors memory cursors,
        Award award,
        Standing standing,
        uint256 grants,
        uint256 offset,
        Rare memory rare
    ) private pure {
        unchecked {
            uint256 head = award.resultHead(standing);
            if (award.counted() != 0) head |= COUNTED_FOLLOWS;
            if (offset != 0) head |= OFFSET_FOLLOWS;
            if (rare.isEffective) head |= AMENDMENT_FOLLOWS;
            WordsLib.storeAt(cursors.result, head);
            WordsLib.storeAt(cursors.result + 8, grants);
            cursors.result += 8 + (award.grantCount() << 3);
            if (award.counted() != 0) _result(cursors, award.counted(), 2);
            if (offset != 0) _result(cursors, offset, 4);
            if (!rare.isEffective) return;
            _result(cursors, (rare.returned << 32) | rare.added, 8);
            _result(cursors, rare.amendment.amended, 32);
        }
    }

    /// @dev The purchase's credit or reversal. A change that only writes the scratch is a credit of nothing, so that the ledger has what
    /// its purchases left in their order.
    function _pay(
        Cursors memory cursors,
        uint256 member,
        Standing standing,
        Award award,
        uint256 offset,
        Rare memory rare
    ) private pure {
        unchecked {
            if (rare.earned != 0 || (rare.isChange && award.scratch() != 0)) {
                uint256 bucket = rare.earned == 0 ? 0 : standing.bucket();
                Credit credit = CreditLib.pack(member, rare.earned, bucket, award.scratch());
                WordsLib.storeAt(cursors.credit, Credit.unwrap(credit.withDebtOffset(offset)));
                cursors.credit += 32;
            }
            if (rare.returned != 0) {
                Credit reversal = CreditLib.pack(member, rare.returned, standing.bucket(), 0);
                WordsLib.storeAt(cursors.reversal, Credit.unwrap(reversal));
                cursors.reversal += 32;
            }
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
