// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IPartnerRegistry} from "../interfaces/IPartnerRegistry.sol";
import {IReceiptBook} from "../interfaces/IReceiptBook.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {Entry, EntryLib} from "../types/Entry.sol";
import {AccrualWordLib, AmendedLib, BasisLib, MemberReceipt} from "../types/MemberReceipt.sol";
import {Outcome} from "../types/Outcome.sol";
import {Section, SectionLib} from "../types/Section.sol";
import {ReceiptTreeLib} from "./ReceiptTreeLib.sol";
import {ReportLib} from "./ReportLib.sol";
import {WordsLib} from "./WordsLib.sol";

/// @notice A proven amendment, claim or change of a sale that earned nothing.
/// @param place Of its entry in the report, from 0.
/// @param sale Partner 24 | number 40 of the sale it changes.
/// @param basis Earn rate and offer set of its receipt; 0 of a claim, which has the section's.
/// @param amended `Amended` once it takes effect.
/// @param outcome Of a change of a sale that earned nothing, which nobody judges; all ones for one that is judged.
struct Amendment {
    uint256 place;
    uint256 sale;
    uint256 basis;
    uint256 amended;
    uint256 outcome;
}

/// @notice What the attachments of a report come to.
/// @param list Those that may take effect, in the order of the report.
/// @param count Of them.
/// @param words Five words for each earning of outcome REVERSED, as the promotion book takes them.
struct Amendments {
    Amendment[] list;
    uint256 count;
    bytes words;
}

/// @title Amendment: proves what a report's refunds, voids and amendments bring, and says what they change
/// @dev docs/report-format.md. What is malformed reverts by name; what is not true gets an outcome.
library AmendmentLib {
    uint256 internal constant JUDGED = type(uint256).max;

    uint256 private constant NOT_FOUND = 255;
    uint256 private constant MOST_SIBLINGS = 32;
    /// @dev Number of siblings 1 | lane 2 | sequence 8 | five words.
    uint256 private constant HEAD_SIZE = 171;
    uint256 private constant RECEIPT_WORDS = 5;
    /// @dev Channel and party in `how`: what an AMEND brings.
    uint256 private constant CHANNEL_AND_PARTY = 0x1fe;
    /// @dev Where `Earning` has the kind.
    uint256 private constant KIND_SHIFT = 82;
    uint256 private constant ALL_ONES = type(uint256).max;

    /// @notice What is in hand while a report is walked.
    /// @param position Where the next attachment begins.
    /// @param place Of the entry.
    /// @param next Words that were written for the promotion book.
    /// @param seen Sales amended earlier in the report, in a table twice as long as its entries.
    /// @param siblings Of the receipt in hand.
    /// @param siblingsAt Where they begin.
    struct Walk {
        IReceiptBook receipts;
        IPartnerRegistry registry;
        bytes earnings;
        uint256 position;
        uint256 place;
        uint256 next;
        uint256[] seen;
        uint256 siblings;
        uint256 siblingsAt;
        MemberReceipt receipt;
    }

    /// @notice Reads the attachments of a report of version 2 and writes the earnings of its amendments anew.
    /// @param earnings As the registry gave them: UNPROVEN for each entry that is no SALE.
    function prove(bytes calldata report, bytes memory earnings, IReceiptBook receipts, IPartnerRegistry registry)
        internal
        view
        returns (Amendments memory found)
    {
        (uint256 sections, uint256 purchases) = ReportLib.counts(report);
        Walk memory walk;
        (walk.receipts, walk.registry, walk.earnings) = (receipts, registry, earnings);
        walk.position = ReportLib.HEADER_SIZE + sections * SectionLib.SIZE + purchases * EntryLib.SIZE;
        uint256 most = _amending(report, sections);
        found.list = new Amendment[](most);
        found.words = new bytes(most * RECEIPT_WORDS * 32);
        uint256 room = 1;
        while (room < 2 * most) room *= 2;
        walk.seen = new uint256[](room);
        uint256 position = ReportLib.HEADER_SIZE;
        for (uint256 s; s < sections; ++s) {
            Section section = ReportLib.sectionAt(report, position);
            position += SectionLib.SIZE;
            for (uint256 end = position + section.count() * EntryLib.SIZE; position < end; position += EntryLib.SIZE) {
                Entry entry = ReportLib.entryAt(report, position);
                if (entry.kind() != EntryLib.SALE) _amend(report, section, entry, walk, found);
                ++walk.place;
            }
        }
        if (walk.position != report.length) revert ISettlement.SettlementAttachmentMalformed(walk.position);
        _setLength(found.words, walk.next * 32);
    }

    /// @dev Entries that are no SALE.
    function _amending(bytes calldata report, uint256 sections) private pure returns (uint256 count) {
        uint256 position = ReportLib.HEADER_SIZE;
        for (uint256 s; s < sections; ++s) {
            uint256 entries = ReportLib.sectionAt(report, position).count();
            position += SectionLib.SIZE;
            for (uint256 end = position + entries * EntryLib.SIZE; position < end; position += EntryLib.SIZE) {
                if (ReportLib.entryAt(report, position).kind() != EntryLib.SALE) ++count;
            }
        }
    }

    /// @dev One entry with its attachment.
    function _amend(
        bytes calldata report,
        Section section,
        Entry entry,
        Walk memory walk,
        Amendments memory found
    ) private view {
        uint256 outcome = Outcome.ORIGINAL_NOT_FOUND;
        uint256 sale;
        if (_read(report, walk)) (outcome, sale) = _prove(report, section, entry, walk);
        if (outcome == Outcome.REVERSED) outcome = _change(section, entry, sale, walk, found);
        if (outcome == Outcome.REVERSED) return;
        uint256 earning = WordsLib.load(walk.earnings, walk.place);
        WordsLib.store(walk.earnings, walk.place, (earning & ~uint256(0xff)) | outcome);
    }

    /// @dev Takes the next attachment into hand; false where it says that nobody knows the purchase.
    function _read(bytes calldata report, Walk memory walk) private pure returns (bool) {
        uint256 begin = walk.position;
        if (begin >= report.length) revert ISettlement.SettlementAttachmentMalformed(begin);
        uint256 siblings = uint8(report[begin]);
        if (siblings == NOT_FOUND) {
            walk.position = begin + 1;
            return false;
        }
        uint256 end = begin + HEAD_SIZE + siblings * 32;
        if (siblings > MOST_SIBLINGS || end > report.length) revert ISettlement.SettlementAttachmentMalformed(begin);
        MemberReceipt memory receipt = walk.receipt;
        receipt.lane = uint16(bytes2(report[begin + 1:]));
        receipt.sequence = uint64(bytes8(report[begin + 3:]));
        receipt.entry = uint256(bytes32(report[begin + 11:]));
        receipt.accrual = uint256(bytes32(report[begin + 43:]));
        receipt.grants = uint256(bytes32(report[begin + 75:]));
        receipt.basis = uint256(bytes32(report[begin + 107:]));
        receipt.amended = uint256(bytes32(report[begin + 139:]));
        (walk.siblings, walk.siblingsAt, walk.position) = (siblings, begin + HEAD_SIZE, end);
        return true;
    }

    /// @dev Whether the receipt is true, the newest of its sale, and one that this entry may change: REVERSED, or what refuses it.
    /// @return outcome REVERSED where it may.
    /// @return sale Partner 24 | number 40.
    function _prove(bytes calldata report, Section section, Entry entry, Walk memory walk)
        private
        view
        returns (uint256 outcome, uint256 sale)
    {
        MemberReceipt memory receipt = walk.receipt;
        uint256 accrual = receipt.accrual;
        bytes32 leaf =
            ReceiptTreeLib.leafOf(receipt.entry, accrual, receipt.grants, receipt.basis, receipt.amended);
        bool isSale = receipt.amended == 0;
        uint256 partner = AccrualWordLib.partner(accrual);
        uint256 number = isSale ? AccrualWordLib.number(accrual) : AmendedLib.number(receipt.amended);
        sale = (partner << 40) | number;
        if (!_stands(report, leaf, walk)) return (Outcome.UNPROVEN, sale);
        bytes32 head = walk.receipts.headOf(uint24(partner), uint40(number));
        if (head != (isSale ? bytes32(0) : leaf) || _isSeen(walk.seen, sale)) return (Outcome.UNPROVEN, sale);

        Entry former = Entry.wrap(receipt.entry);
        if (partner != section.partner()) return (Outcome.RECEIPT_NOT_TRUE, sale);
        // The four words of an entry that is no SALE are of one that changed nothing.
        if (isSale && former.kind() != EntryLib.SALE) return (Outcome.RECEIPT_NOT_TRUE, sale);
        if (former.member() != entry.member()) {
            bool isNobodys = !isSale || AccrualWordLib.outcome(accrual) == Outcome.UNKNOWN_MEMBER;
            bool isClaim = former.member() == 0 && isNobodys && entry.kind() == EntryLib.AMEND;
            if (!isClaim) return (Outcome.RECEIPT_NOT_TRUE, sale);
        }
        if (former.facts() == entry.facts()) return (Outcome.ALREADY_REFUNDED, sale);
        return (Outcome.REVERSED, sale);
    }

    /// @dev Whether the receipt in hand stands under the root of the report it names.
    function _stands(bytes calldata report, bytes32 leaf, Walk memory walk) private view returns (bool) {
        bytes32 root = walk.receipts.rootOf(walk.receipt.lane, walk.receipt.sequence);
        bytes32[] calldata proof;
        (uint256 begin, uint256 count) = (walk.siblingsAt, walk.siblings);
        // The attachment's bounds were checked.
        assembly ("memory-safe") {
            proof.offset := add(report.offset, begin)
            proof.length := count
        }
        return root != 0 && MerkleProof.verifyCalldata(proof, root, leaf);
    }

    /// @dev What the entry makes of the bill: its earning, and what takes effect once it is judged.
    /// @return outcome REVERSED, or what refuses it.
    function _change(Section section, Entry entry, uint256 sale, Walk memory walk, Amendments memory found)
        private
        view
        returns (uint256 outcome)
    {
        MemberReceipt memory receipt = walk.receipt;
        (uint256 left, uint256 refunded) = _bill(receipt);
        uint256 kind = entry.kind();
        if (kind == EntryLib.AMEND) {
            if (entry.eligible() < refunded) return Outcome.EXCEEDS_BILL;
            left = entry.eligible() - refunded;
        } else {
            if (left == 0 && refunded != 0) return Outcome.ALREADY_REFUNDED;
            uint256 back = kind == EntryLib.VOID ? left : entry.eligible();
            if (back > left) return Outcome.EXCEEDS_BILL;
            (left, refunded) = (left - back, refunded + back);
        }
        (uint256 occurredAt, uint256 outletAndHow) = _saleOf(receipt);
        if (kind == EntryLib.AMEND) {
            outletAndHow = (outletAndHow & ~CHANNEL_AND_PARTY) | (entry.how() & CHANNEL_AND_PARTY);
        }
        Amendment memory amendment = found.list[found.count++];
        amendment.place = walk.place;
        amendment.sale = sale;
        amendment.amended = AmendedLib.pack(sale & 0xffffffffff, left, refunded, occurredAt, outletAndHow);
        amendment.outcome = JUDGED;
        _see(walk.seen, sale);

        uint256 plain = (entry.member() << 216) | (left << 176) | (outletAndHow << EntryLib.HOW_SHIFT);
        bool isClaim = Entry.wrap(receipt.entry).member() != entry.member();
        if (!isClaim) amendment.basis = receipt.basis & BasisLib.HEAD;
        if (!isClaim && !_earned(receipt)) {
            amendment.outcome = kind == EntryLib.AMEND ? Outcome.CREDITED : Outcome.REVERSED;
            return Outcome.UNPROVEN;
        }
        uint256 earning =
            walk.registry.earningOf(uint24(section.partner()), uint40(occurredAt), plain, uint72(amendment.basis >> 184));
        if (!isClaim) {
            earning = (earning & ~uint256(0xff)) | Outcome.REVERSED | (kind << KIND_SHIFT);
            _writeWords(receipt, walk, found);
        }
        WordsLib.store(walk.earnings, walk.place, earning);
        return Outcome.REVERSED;
    }

    /// @dev Eligible that is left of the receipt's bill, and what was refunded of it.
    function _bill(MemberReceipt memory receipt) private pure returns (uint256 left, uint256 refunded) {
        if (receipt.amended == 0) return (Entry.wrap(receipt.entry).eligible(), 0);
        return (AmendedLib.left(receipt.amended), AmendedLib.refunded(receipt.amended));
    }

    /// @dev When the receipt's sale was, and its outlet and how.
    function _saleOf(MemberReceipt memory receipt) private pure returns (uint256 occurredAt, uint256 outletAndHow) {
        if (receipt.amended != 0) {
            return (AmendedLib.occurredAt(receipt.amended), AmendedLib.outletAndHow(receipt.amended));
        }
        Entry former = Entry.wrap(receipt.entry);
        // As the registry counts: a time beyond 40 bits is none that earned.
        occurredAt = (AccrualWordLib.baseTime(receipt.accrual) + former.secondsAfter()) & 0xffffffffff;
        return (occurredAt, (former.outlet() << 12) | former.how());
    }

    /// @dev Whether the receipt's sale was credited: its lot has a day.
    function _earned(MemberReceipt memory receipt) private pure returns (bool) {
        return AccrualWordLib.lastDay(receipt.accrual) != 0;
    }

    function _writeWords(MemberReceipt memory receipt, Walk memory walk, Amendments memory found) private pure {
        uint256 next = walk.next;
        WordsLib.store(found.words, next, receipt.entry);
        WordsLib.store(found.words, next + 1, receipt.accrual);
        WordsLib.store(found.words, next + 2, receipt.grants);
        WordsLib.store(found.words, next + 3, receipt.basis);
        WordsLib.store(found.words, next + 4, receipt.amended);
        walk.next = next + RECEIPT_WORDS;
    }

    /// @dev The table is at most half full and sales are never 0, so that each search ends.
    function _slotOf(uint256[] memory seen, uint256 sale) private pure returns (uint256 slot) {
        uint256 mask = seen.length - 1;
        slot = sale & mask;
        while (seen[slot] != 0 && seen[slot] != sale) slot = (slot + 1) & mask;
    }

    function _isSeen(uint256[] memory seen, uint256 sale) private pure returns (bool) {
        return seen[_slotOf(seen, sale)] == sale;
    }

    function _see(uint256[] memory seen, uint256 sale) private pure {
        seen[_slotOf(seen, sale)] = sale;
    }

    function _setLength(bytes memory words, uint256 length) private pure {
        assembly ("memory-safe") {
            mstore(words, length)
        }
    }
}
