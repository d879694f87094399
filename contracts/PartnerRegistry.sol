// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IPartnerRegistry, Payment} from "./interfaces/IPartnerRegistry.sol";
import {CalendarLib} from "./libraries/CalendarLib.sol";
import {ReportLib} from "./libraries/ReportLib.sol";
import {WordsLib} from "./libraries/WordsLib.sol";
import {SettlerGuarded} from "./SettlerGuarded.sol";
import {Earning, EarningLib} from "./types/Earning.sol";
import {Entry, EntryLib} from "./types/Entry.sol";
import {Outcome} from "./types/Outcome.sol";
import {Charge, Section, SectionLib, SectionTerms, SectionTermsLib} from "./types/Section.sol";

/// @title Partner registry
/// @notice Described in IPartnerRegistry.
contract PartnerRegistry is IPartnerRegistry, SettlerGuarded {
    /// @dev Outlets share words of 16; an outlet is two offsets of 8 bits, each in quarter hours and raised by this much so
    /// that no outlet is 0.
    int256 private constant OFFSET_RAISE = 64;
    int8 private constant MOST_OFFSET = 56;
    uint256 private constant MOST_OUTLETS = 256;

    // The settler's slot.
    uint16 private immutable OLDEST_DAYS;
    uint16 private immutable AHEAD_MINUTES;
    uint24 private _partnerCount;

    address private _promotionBook;
    mapping(uint256 partner => Partner) private _partners;
    /// @dev Key: partner 24 | word 4.
    mapping(uint256 partnerAndWord => uint256 outlets) private _outlets;

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
    function setOfferSet(uint24 partner, uint24 offerSet) external {
        if (msg.sender != _promotionBook) revert PartnerCallerNotPromotionBook(msg.sender);
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
            if (stored.payment != Payment.OPEN) available -= uint48(charged.miles());
            (stored.lastNumber, stored.available) = (lastNumber, available);
        }
    }

    /// @inheritdoc IPartnerRegistry
    function open(bytes calldata report) external view returns (bytes memory sections, bytes memory earnings) {
        (uint256 sectionCount, uint256 purchaseCount) = ReportLib.counts(report);
        if (purchaseCount == 0) revert PartnerReportEmpty();
        uint256 length =
            ReportLib.HEADER_SIZE + sectionCount * SectionLib.SIZE + purchaseCount * EntryLib.SIZE;
        if (report.length != length) revert PartnerReportLengthWrong(report.length, length);
        sections = WordsLib.allocate(sectionCount);
        earnings = WordsLib.allocate(purchaseCount);

        uint256 position = ReportLib.HEADER_SIZE;
        uint256 index;
        uint256 lastPartner;
        for (uint256 s; s < sectionCount; ++s) {
            Section section = ReportLib.sectionAt(report, position);
            position += SectionLib.SIZE;
            uint256 count = section.count();
            if (count == 0) revert PartnerSectionEmpty(uint24(section.partner()));
            if (index + count > purchaseCount) revert PartnerPurchaseCountWrong(index + count, purchaseCount);
            if (section.partner() <= lastPartner) {
                revert PartnerSectionsNotAscending(uint24(section.partner()), uint24(lastPartner));
            }
            lastPartner = section.partner();
            WordsLib.store(sections, s, _openSection(report, section, position, earnings, index));
            index += count;
            position += count * EntryLib.SIZE;
        }
        if (index != purchaseCount) revert PartnerPurchaseCountWrong(index, purchaseCount);
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
        if (outlet >= MOST_OUTLETS) return (offsets, false);
        uint256 pair = (_outlets[_outletKey(partner, outlet)] >> ((outlet & 15) << 4)) & 0xffff;
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

    /// @dev What one section's purchases are judged by; kept together so that the loop carries one pointer.
    struct SectionContext {
        uint256 partner;
        uint256 baseTime;
        uint256 earnMiles;
        uint256 perMinor;
        uint256 oldest;
        uint256 latest;
        uint256 outletWordIndex;
        uint256 outletWord;
        bool suspended;
    }

    /// @dev Writes the section's earnings from `index` on and returns its `SectionTerms`.
    function _openSection(
        bytes calldata report,
        Section section,
        uint256 position,
        bytes memory earnings,
        uint256 index
    ) private view returns (uint256 terms) {
        SectionContext memory context;
        {
            uint24 partner = uint24(section.partner());
            Partner memory stored = _known(partner);
            uint40 expected = stored.lastNumber + 1;
            if (section.firstNumber() != expected) {
                revert PartnerNumberNotNext(partner, uint40(section.firstNumber()), expected);
            }
            uint256 available =
                stored.payment == Payment.OPEN ? SectionTermsLib.NO_LIMIT : uint256(stored.available);
            terms = SectionTerms.unwrap(SectionTermsLib.pack(partner, stored.offerSet, available, section.count()));
            context.partner = partner;
            context.earnMiles = stored.earnMiles;
            context.perMinor = stored.perMinor;
            context.suspended = stored.suspended;
        }
        context.baseTime = section.baseTime();
        uint256 span = uint256(OLDEST_DAYS) * 1 days;
        context.oldest = block.timestamp > span ? block.timestamp - span : 0;
        context.latest = block.timestamp + uint256(AHEAD_MINUTES) * 1 minutes;
        context.outletWordIndex = type(uint256).max;
        // Bounded by the count, which was checked against the report's length.
        unchecked {
            for (uint256 end = index + section.count(); index < end; ++index) {
                WordsLib.store(earnings, index, _earning(context, ReportLib.entryAt(report, position)));
                position += EntryLib.SIZE;
            }
        }
    }

    /// @dev One entry under its partner's terms. Outcomes in the order of docs/report-format.md.
    function _earning(SectionContext memory context, Entry entry) private view returns (uint256 earning) {
        // Every product and sum stays below 2^80: eligible < 2^40, miles < 2^16, times < 2^41.
        unchecked {
            uint256 occurredAt = context.baseTime + entry.secondsAfterBase();
            earning = EarningLib.packFacts(entry.member(), occurredAt, entry.eligible(), entry.outlet());
            if (entry.kind() != EntryLib.KIND_SALE) return earning | Outcome.UNPROVEN;
            if (context.suspended) return earning | Outcome.SUSPENDED_PARTNER;
            uint256 pair = _outletPair(context, entry.outlet());
            if (pair == 0) return earning | Outcome.UNKNOWN_OUTLET;
            if (occurredAt < context.oldest) return earning | Outcome.TOO_OLD;
            if (occurredAt > context.latest) return earning | Outcome.IN_FUTURE;
            uint256 raised = (pair >> (8 - (entry.offsetChoice() << 3))) & 0xff;
            // A block's time is past 1990, and so is a purchase that is not too old.
            uint256 local =
                occurredAt + raised * 15 minutes - uint256(OFFSET_RAISE) * 15 minutes - CalendarLib.FIRST_SECOND;
            uint256 base = entry.eligible() * context.earnMiles / context.perMinor;
            earning |= EarningLib.packTerms(base, local / 1 days, (local % 1 days) / 1 minutes);
        }
    }

    /// @dev The outlet's two raised offsets, 0 for none; words are kept in the context, as neighbours are likely.
    function _outletPair(SectionContext memory context, uint256 outlet) private view returns (uint256) {
        uint256 word = outlet >> 4;
        if (word != context.outletWordIndex) {
            context.outletWordIndex = word;
            context.outletWord = word < 16 ? _outlets[(context.partner << 4) | word] : 0;
        }
        return (context.outletWord >> ((outlet & 15) << 4)) & 0xffff;
    }

    function _known(uint24 partner) private view returns (Partner storage stored) {
        stored = _partners[partner];
        if (stored.earnMiles == 0) revert PartnerUnknown(partner);
    }

    function _checkEarnRate(uint16 earnMiles, uint32 perMinor) private pure {
        if (earnMiles == 0 || perMinor == 0) revert PartnerEarnRateInvalid(earnMiles, perMinor);
    }

    function _raised(int8 offset) private pure returns (uint256) {
        if (offset < -MOST_OFFSET || offset > MOST_OFFSET) revert PartnerOutletOffsetInvalid(offset);
        return uint256(int256(offset) + OFFSET_RAISE);
    }

    function _outletKey(uint256 partner, uint256 outlet) private pure returns (uint256) {
        return (partner << 4) | (outlet >> 4);
    }
}
