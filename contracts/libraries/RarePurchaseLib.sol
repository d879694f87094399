// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Award, Credit, CreditLib} from "../types/Award.sol";
import {Entry} from "../types/Entry.sol";
import {Standing} from "../types/Earning.sol";
import {AccrualWordLib, BasisLib} from "../types/MemberReceipt.sol";
import {Outcome} from "../types/Outcome.sol";
import {Amendment, AmendmentLib, Amendments} from "./AmendmentLib.sol";
import {ReceiptTreeLib} from "./ReceiptTreeLib.sol";
import {ReportLib} from "./ReportLib.sol";
import {WordsLib} from "./WordsLib.sol";

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

/// @title Rare purchase: what `SettledReportLib` leaves out of its loop
/// @dev Amendments, purchases that counted for a window or visits, and those of members who owe miles.
library RarePurchaseLib {
    /// @dev Flags of a purchase's result, where its head has them.
    uint256 private constant COUNTED_FOLLOWS = 8 << 192;
    uint256 private constant OFFSET_FOLLOWS = 16 << 192;
    uint256 private constant AMENDMENT_FOLLOWS = 32 << 192;

    /// @notice Settles the purchase under the cursors, of any kind, with all that its result may say.
    function settle(Cursors memory cursors) internal {
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
}
