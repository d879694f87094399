// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IPartnerRegistry, Payment} from "./interfaces/IPartnerRegistry.sol";
import {ReportLib} from "./libraries/ReportLib.sol";
import {WordsLib} from "./libraries/WordsLib.sol";
import {SettlerGuarded} from "./SettlerGuarded.sol";
import {Entry, EntryLib} from "./types/Entry.sol";
import {Charge, Section, SectionLib, SectionTerms, SectionTermsLib} from "./types/Section.sol";

/// @title Partner registry
/// @notice Described in IPartnerRegistry.
contract PartnerRegistry is IPartnerRegistry, SettlerGuarded {
    /// @dev Outlets share words of 16; an outlet is two offsets of 8 bits, each in quarter hours and raised by this much so
    /// that no outlet is 0.
    int256 private constant OFFSET_RAISE = 64;
    int8 private constant MOST_OFFSET = 56;
    /// @dev What to take from an instant plus its raised offset to count local seconds from 1990-01-01.
    uint256 private constant LOCAL_ORIGIN = 631_209_600;
    uint256 private constant MOST_OUTLETS = 256;

    // Assembly takes constants of its own contract only: these are `EarningLib`'s and `Outcome`'s.
    uint256 private constant MAX_BASE = 0xfffffff;
    uint256 private constant HOW_BITS = 0xfff000000000000000000;
    uint256 private constant AS_SEALED = 0xffffffffffffffffffff00000000000000000000000000000000000000000000;
    uint256 private constant SUSPENDED_PARTNER = 4;
    uint256 private constant UNKNOWN_OUTLET = 5;
    uint256 private constant TOO_OLD = 6;
    uint256 private constant IN_FUTURE = 7;
    uint256 private constant UNPROVEN = 14;

    /// @dev What `open` has in hand, in memory so that the loop over entries has the stack for itself.
    /// @param left Sections that are left.
    /// @param purchases That the header counts.
    /// @param partner Of the section before.
    /// @param entryAt Where the next section or entry begins in calldata.
    /// @param termsAt Where the next `SectionTerms` are written, `earningAt` the next `Earning`; `first` was the first.
    struct Reading {
        uint256 left;
        uint256 purchases;
        uint256 partner;
        uint256 entryAt;
        uint256 termsAt;
        uint256 earningAt;
        uint256 first;
    }

    uint16 private immutable OLDEST_DAYS;
    uint16 private immutable AHEAD_MINUTES;
    // In the settler's slot.
    uint24 private _partnerCount;

    address private _promotionBook;
    mapping(uint256 partner => Partner) private _partners;
    /// @dev Key: partner 24 | word 4.
    mapping(uint256 partnerAndWord => uint256 outlets) private _outlets;

    modifier onlyPromotionBook() {
        if (msg.sender != _promotionBook) revert PartnerCallerNotPromotionBook(msg.sender);
        _;
    }

    /// @param oldestDays Purchases older than this many days are TOO_OLD.
    /// @param aheadMinutes Purchases further ahead of the block's time are IN_FUTURE.
    constructor(address authority, uint16 oldestDays, uint16 aheadMinutes) AccessManaged(authority) {
        OLDEST_DAYS = oldestDays;
        AHEAD_MINUTES = aheadMinutes;
    }

    /// @inheritdoc IPartnerRegistry
    function register(uint16 earnMiles, uint32 perMinor, Payment payment, uint48 available)
        external
        restricted
        returns (uint24 partner)
    {
        _checkEarnRate(earnMiles, perMinor);
        partner = ++_partnerCount;
        if (payment == Payment.OPEN) available = 0;
        if (available == SectionTermsLib.NO_LIMIT) revert PartnerFundingInvalid(partner, available);
        Partner storage stored = _partners[partner];
        (stored.earnMiles, stored.perMinor, stored.payment, stored.available) = (earnMiles, perMinor, payment, available);
        emit PartnerRegistered(partner, earnMiles, perMinor, payment);
        if (available != 0) emit PartnerFunded(partner, available, available);
    }

    /// @inheritdoc IPartnerRegistry
    function addOutlets(uint24 partner, int8[2][] calldata offsets) external restricted {
        Partner storage stored = _known(partner);
        uint256 first = stored.outletCount;
        if (first + offsets.length > MOST_OUTLETS) revert PartnerOutletsTooMany(first + offsets.length, MOST_OUTLETS);
        for (uint256 i; i < offsets.length; ++i) {
            uint256 outlet = first + i;
            uint256 pair = (_raised(offsets[i][0]) << 8) | _raised(offsets[i][1]);
            _outlets[_outletKey(partner, outlet)] |= pair << ((outlet & 15) << 4);
        }
        stored.outletCount = uint16(first + offsets.length);
        emit OutletsAdded(partner, uint16(first), offsets);
    }

    /// @inheritdoc IPartnerRegistry
    function setEarnRate(uint24 partner, uint16 earnMiles, uint32 perMinor) external restricted {
        _checkEarnRate(earnMiles, perMinor);
        Partner storage stored = _known(partner);
        (stored.earnMiles, stored.perMinor) = (earnMiles, perMinor);
        emit EarnRateSet(partner, earnMiles, perMinor);
    }

    /// @inheritdoc IPartnerRegistry
    function fund(uint24 partner, uint48 miles) external restricted {
        Partner storage stored = _known(partner);
        uint256 available = uint256(stored.available) + miles;
        if (stored.payment == Payment.OPEN || miles == 0 || available >= SectionTermsLib.NO_LIMIT) {
            revert PartnerFundingInvalid(partner, miles);
        }
        stored.available = uint48(available);
        emit PartnerFunded(partner, miles, uint48(available));
    }

    /// @inheritdoc IPartnerRegistry
    function setSuspended(uint24 partner, bool suspended) external restricted {
        _known(partner).suspended = suspended;
        emit PartnerSuspended(partner, suspended);
    }

    /// @inheritdoc IPartnerRegistry
    function setAlert(uint24 partner, uint48 alertBelow) external restricted {
        _known(partner).alertBelow = alertBelow;
        emit PartnerAlertSet(partner, alertBelow);
    }

    /// @inheritdoc IPartnerRegistry
    function contributeFrom(uint24 partner, uint48 miles) external onlyPromotionBook {
        Partner storage stored = _known(partner);
        uint48 available = stored.available;
        if (stored.payment != Payment.OPEN) {
            if (miles > available) revert PartnerFundingInvalid(partner, miles);
            available -= miles;
            stored.available = available;
        }
        emit PartnerContributed(partner, miles, available);
    }

    /// @inheritdoc IPartnerRegistry
    function giveBack(uint24 partner, uint48 miles) external onlyPromotionBook {
        Partner storage stored = _known(partner);
        uint48 available = stored.available;
        if (stored.payment != Payment.OPEN) {
            available = _plus(available, miles);
            stored.available = available;
        }
        emit PartnerGivenBack(partner, miles, available);
    }

    /// @inheritdoc IPartnerRegistry
    function setOfferSet(uint24 partner, uint24 offerSet) external onlyPromotionBook {
        _known(partner).offerSet = offerSet;
        emit OfferSetAssigned(partner, offerSet);
    }

    /// @inheritdoc IPartnerRegistry
    function setPromotionBook(address promotionBook_) external restricted {
        _promotionBook = promotionBook_;
        emit PromotionBookSet(promotionBook_);
    }

    /// @inheritdoc IPartnerRegistry
    function charge(bytes calldata charges) external onlySettler {
        uint256 count = charges.length >> 5;
        for (uint256 i; i < count; ++i) {
            Charge charged = Charge.wrap(WordsLib.read(charges, i));
            Partner storage stored = _partners[charged.partner()];
            (uint40 lastNumber, uint48 available) = (stored.lastNumber, stored.available);
            lastNumber += uint40(charged.count());
            if (stored.payment != Payment.OPEN) {
                uint48 before = available;
                // First what comes back: it served the later purchases of its own section.
                available = _plus(available, charged.returned()) - uint48(charged.miles());
                uint48 alertBelow = stored.alertBelow;
                if (available < alertBelow && before >= alertBelow) emit PartnerLow(uint24(charged.partner()), available);
            }
            (stored.lastNumber, stored.available) = (lastNumber, available);
        }
    }

    /// @inheritdoc IPartnerRegistry
    function open(bytes calldata report) external view returns (bytes memory sections, bytes memory earnings) {
        (uint256 sectionCount, uint256 purchaseCount) = ReportLib.counts(report);
        if (purchaseCount == 0) revert PartnerReportEmpty();
        uint256 length =
            ReportLib.HEADER_SIZE + sectionCount * SectionLib.SIZE + purchaseCount * EntryLib.SIZE;
        // What follows the entries is for Settlement to read.
        bool isLong = report.length > length && ReportLib.hasAttachments(report);
        if (report.length != length && !isLong) revert PartnerReportLengthWrong(report.length, length);
        sections = WordsLib.allocate(sectionCount);
        earnings = WordsLib.allocate(purchaseCount);

        Reading memory reading;
        reading.entryAt = WordsLib.dataOf(report) + ReportLib.HEADER_SIZE;
        (reading.left, reading.termsAt) = (sectionCount, WordsLib.dataIn(sections));
        (reading.first, reading.earningAt) = (WordsLib.dataIn(earnings), WordsLib.dataIn(earnings));
        reading.purchases = purchaseCount;
        for (; reading.left != 0; --reading.left) {
            _openSection(reading);
        }
        uint256 read = (reading.earningAt - reading.first) / 32;
        if (read != purchaseCount) revert PartnerPurchaseCountWrong(read, purchaseCount);
    }

    /// @inheritdoc IPartnerRegistry
    function earningOf(uint24 partner, uint40 occurredAt, uint256 entry, uint72 basis)
        external
        view
        returns (uint256 earning)
    {
        Partner memory terms = _known(partner);
        Entry sale = Entry.wrap(entry);
        uint256 pair = _pairOf(partner, sale.outlet());
        earning = (entry & AS_SEALED) | (uint256(occurredAt) << 136) | (sale.outlet() << 120) | (sale.how() << 72);
        uint256 refusal = pair == 0 ? UNKNOWN_OUTLET : 0;
        if (basis == 0) refusal = _refusalOf(terms.suspended, pair, occurredAt);
        else (terms.earnMiles, terms.perMinor) = (uint16(basis >> 56), uint32(basis >> 24));
        if (refusal != 0) return earning | refusal;
        uint256 base = sale.eligible() * terms.earnMiles / terms.perMinor;
        uint256 raised = (pair >> (sale.how() >> 9 & 1 == 0 ? 8 : 0)) & 0xff;
        // A receipt's purchase may lie before 1990 only if it earned nothing.
        unchecked {
            uint256 local = uint256(occurredAt) + raised * 900 - LOCAL_ORIGIN;
            earning |= (local % 1 days / 60) << 56 | (local / 1 days & 0xffff) << 40;
        }
        return earning | (base < MAX_BASE ? base : MAX_BASE) << 8;
    }

    /// @inheritdoc IPartnerRegistry
    function partnerOf(uint24 partner) external view returns (Partner memory) {
        return _known(partner);
    }

    /// @inheritdoc IPartnerRegistry
    function partnerCount() external view returns (uint24) {
        return _partnerCount;
    }

    /// @inheritdoc IPartnerRegistry
    function outletOf(uint24 partner, uint16 outlet) external view returns (int8[2] memory offsets, bool known) {
        uint256 pair = _pairOf(partner, outlet);
        if (pair == 0) return (offsets, false);
        offsets = [int8(int256(pair >> 8) - OFFSET_RAISE), int8(int256(pair & 0xff) - OFFSET_RAISE)];
        return (offsets, true);
    }

    /// @inheritdoc IPartnerRegistry
    function acceptance() external view returns (uint16 oldestDays, uint16 aheadMinutes) {
        return (OLDEST_DAYS, AHEAD_MINUTES);
    }

    /// @inheritdoc IPartnerRegistry
    function promotionBook() external view returns (address) {
        return _promotionBook;
    }

    /// @dev Writes the next section's terms and earnings.
    function _openSection(Reading memory reading) private view {
        Section section = ReportLib.sectionIn(reading.entryAt);
        reading.entryAt += SectionLib.SIZE;
        uint24 id = uint24(section.partner());
        uint256 count = section.count();
        if (count == 0) revert PartnerSectionEmpty(id);
        uint256 read = (reading.earningAt - reading.first) / 32 + count;
        if (read > reading.purchases) revert PartnerPurchaseCountWrong(read, reading.purchases);
        if (id <= reading.partner) revert PartnerSectionsNotAscending(id, uint24(reading.partner));
        reading.partner = id;
        Partner memory partner = _known(id);
        uint40 expected = partner.lastNumber + 1;
        if (section.firstNumber() != expected) {
            revert PartnerNumberNotNext(id, uint40(section.firstNumber()), expected);
        }
        uint256 available = partner.payment == Payment.OPEN ? SectionTermsLib.NO_LIMIT : uint256(partner.available);
        SectionTerms terms = SectionTermsLib.pack(id, partner.offerSet, available, count)
            .withRate(partner.earnMiles, partner.perMinor);
        WordsLib.storeAt(reading.termsAt, SectionTerms.unwrap(terms));
        _earn(reading.entryAt, section, partner, reading.earningAt);
        reading.termsAt += 32;
        reading.earningAt += count * 32;
        reading.entryAt += count * EntryLib.SIZE;
    }

    /// @dev Raised offsets of an outlet, 0 for none.
    function _pairOf(uint256 partner, uint256 outlet) private view returns (uint256) {
        if (outlet >= MOST_OUTLETS) return 0;
        return (_outlets[_outletKey(partner, outlet)] >> ((outlet & 15) << 4)) & 0xffff;
    }

    /// @dev What refuses a sale by the terms of today, in the order of docs/report-format.md; 0 for nothing.
    function _refusalOf(bool suspended, uint256 pair, uint256 occurredAt) private view returns (uint256) {
        (uint256 oldest, uint256 latest) = _accepted();
        if (suspended) return SUSPENDED_PARTNER;
        if (pair == 0) return UNKNOWN_OUTLET;
        if (occurredAt < oldest) return TOO_OLD;
        return occurredAt > latest ? IN_FUTURE : 0;
    }

    /// @dev Times of purchases that are accepted now, both included.
    function _accepted() private view returns (uint256 oldest, uint256 latest) {
        uint256 span = uint256(OLDEST_DAYS) * 1 days;
        oldest = block.timestamp > span ? block.timestamp - span : 0;
        latest = block.timestamp + uint256(AHEAD_MINUTES) * 1 minutes;
    }

    /// @dev Writes one `Earning` an entry of a section: facts as sealed, and base and local time or the outcome that
    /// refuses. A tight loop (docs/decisions/0003); `Entry`, `Section` and `Earning` draw the words. Products and sums
    /// stay below 2^80: eligible < 2^40, miles < 2^16, times < 2^41.
    /// @param entryAt Where the section's entries begin in calldata.
    function _earn(uint256 entryAt, Section section, Partner memory partner, uint256 earningAt) private view {
        bool suspended = partner.suspended;
        uint256 earnMiles = partner.earnMiles;
        uint256 perMinor = partner.perMinor;
        (uint256 oldest, uint256 latest) = _accepted();
        // Sends every purchase of a suspended partner to the refusals.
        if (suspended) oldest = type(uint256).max;
        assembly ("memory-safe") {
            let end := add(entryAt, shl(5, and(section, 0xffff)))
            // Outlets stand 16 a word; the word is kept, as neighbours are likely. No word has the first index.
            let outletWordIndex := not(0)
            let outletWord := 0
            for {} lt(entryAt, end) { entryAt := add(entryAt, 0x20) } {
                let entry := calldataload(entryAt)
                let occurredAt := add(and(shr(16, section), 0xffffffffff), and(shr(152, entry), 0xffffff))
                let outlet := and(shr(140, entry), 0xfff)
                if xor(shr(4, outlet), outletWordIndex) {
                    outletWordIndex := shr(4, outlet)
                    outletWord := 0
                    if lt(outlet, MOST_OUTLETS) {
                        mstore(0x00, or(shl(4, shr(96, section)), outletWordIndex))
                        mstore(0x20, _outlets.slot)
                        outletWord := sload(keccak256(0x00, 0x40))
                    }
                }
                let pair := and(shr(shl(4, and(outlet, 15)), outletWord), 0xffff)
                let kind := and(shr(138, entry), 3)
                let word
                switch or(or(kind, iszero(pair)), or(lt(occurredAt, oldest), gt(occurredAt, latest)))
                case 0 {
                    let raised := and(shr(sub(8, shl(3, and(shr(137, entry), 1))), pair), 0xff)
                    // A block's time is past 1990, and so is a purchase that is not too old.
                    let local := sub(add(occurredAt, mul(raised, 900)), LOCAL_ORIGIN)
                    let base := div(mul(and(shr(176, entry), 0xffffffffff), earnMiles), perMinor)
                    if gt(base, MAX_BASE) { base := MAX_BASE }
                    word := or(shl(56, div(mod(local, 86400), 60)), shl(40, and(div(local, 86400), 0xffff)))
                    word := or(word, shl(8, base))
                }
                default {
                    // The first that applies in the order of docs/report-format.md: each line goes over those after it
                    // there.
                    word := IN_FUTURE
                    if lt(occurredAt, oldest) { word := TOO_OLD }
                    if iszero(pair) { word := UNKNOWN_OUTLET }
                    if suspended { word := SUSPENDED_PARTNER }
                    if kind { word := UNPROVEN }
                }
                word := or(word, or(shl(136, occurredAt), shl(120, outlet)))
                word := or(word, and(shr(56, entry), HOW_BITS))
                mstore(earningAt, or(word, and(entry, AS_SEALED)))
                earningAt := add(earningAt, 0x20)
            }
        }
    }

    function _known(uint24 partner) private view returns (Partner storage stored) {
        stored = _partners[partner];
        if (stored.earnMiles == 0) revert PartnerUnknown(partner);
    }

    function _checkEarnRate(uint16 earnMiles, uint32 perMinor) private pure {
        if (earnMiles == 0 || perMinor == 0) revert PartnerEarnRateInvalid(earnMiles, perMinor);
    }

    /// @dev Never up to what says that there is no limit.
    function _plus(uint256 available, uint256 miles) private pure returns (uint48) {
        uint256 sum = available + miles;
        return uint48(sum < SectionTermsLib.NO_LIMIT ? sum : SectionTermsLib.NO_LIMIT - 1);
    }

    function _raised(int8 offset) private pure returns (uint256) {
        if (offset < -MOST_OFFSET || offset > MOST_OFFSET) revert PartnerOutletOffsetInvalid(offset);
        return uint256(int256(offset) + OFFSET_RAISE);
    }

    function _outletKey(uint256 partner, uint256 outlet) private pure returns (uint256) {
        return (partner << 4) | (outlet >> 4);
    }
}
