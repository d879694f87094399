// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice How a partner pays for miles.
/// @dev OPEN: no limit. PREPAID: miles bought ahead. POSTPAID: miles up to a limit, invoiced.
enum Payment {
    OPEN,
    PREPAID,
    POSTPAID
}

/// @title Partner registry: earn rates, outlets, funding and purchase numbers
/// @notice A partner is one word; a purchase number settles at most once, whoever sends it.
interface IPartnerRegistry {
    /// @param earnMiles Miles for each `perMinor`, 1 to 65,535.
    /// @param perMinor Minor currency units, 1 to 4,294,967,295. Base = floor(eligible * earnMiles / perMinor).
    /// @param payment How the partner pays.
    /// @param available Miles it may still issue; ignored when OPEN.
    /// @param offerSet Its promotions, 0 for none.
    /// @param lastNumber Number of its last settled purchase.
    /// @param outletCount Outlets are numbered from 0.
    /// @param suspended Purchases of a suspended partner settle with `SUSPENDED_PARTNER`.
    /// @param alertBelow `PartnerLow` tells when a report leaves less than this many miles; 0 for never.
    struct Partner {
        uint16 earnMiles;
        uint32 perMinor;
        Payment payment;
        uint48 available;
        uint24 offerSet;
        uint40 lastNumber;
        uint16 outletCount;
        bool suspended;
        uint48 alertBelow;
    }

    event PartnerRegistered(uint24 indexed partner, uint16 earnMiles, uint32 perMinor, Payment payment);
    event EarnRateSet(uint24 indexed partner, uint16 earnMiles, uint32 perMinor);
    event PartnerFunded(uint24 indexed partner, uint48 miles, uint48 available);
    event PartnerSuspended(uint24 indexed partner, bool suspended);
    /// @param offsets One word an outlet from `first` on: its two UTC offsets in quarter hours.
    event OutletsAdded(uint24 indexed partner, uint16 first, int8[2][] offsets);
    event OfferSetAssigned(uint24 indexed partner, uint24 offerSet);
    event PartnerAlertSet(uint24 indexed partner, uint48 alertBelow);
    /// @notice A report took what the partner may still issue below its `alertBelow`.
    event PartnerLow(uint24 indexed partner, uint48 available);
    /// @notice Miles that the partner put into a promotion's pot.
    event PartnerContributed(uint24 indexed partner, uint48 miles, uint48 available);
    /// @notice Miles of a pot that came back to the partner.
    event PartnerGivenBack(uint24 indexed partner, uint48 miles, uint48 available);
    event PromotionBookSet(address indexed promotionBook);

    error PartnerUnknown(uint24 partner);
    error PartnerEarnRateInvalid(uint16 earnMiles, uint32 perMinor);
    error PartnerFundingInvalid(uint24 partner, uint48 miles);
    error PartnerOutletOffsetInvalid(int8 offset);
    error PartnerOutletsTooMany(uint256 given, uint256 most);
    error PartnerCallerNotPromotionBook(address caller);
    /// @notice A section's first number is not the partner's last settled one plus 1.
    error PartnerNumberNotNext(uint24 partner, uint40 given, uint40 expected);
    /// @notice Sections are not in strictly rising order of partner.
    error PartnerSectionsNotAscending(uint24 given, uint24 last);
    /// @notice A section without purchases.
    error PartnerSectionEmpty(uint24 partner);
    /// @notice The report's bytes end early or go on after the purchases its header counts.
    error PartnerReportLengthWrong(uint256 given, uint256 expected);
    /// @notice The sections hold more or fewer purchases than the header counts.
    error PartnerPurchaseCountWrong(uint256 given, uint256 expected);
    error PartnerReportEmpty();

    /// @notice Adds a partner. Restricted.
    /// @return partner Ids rise from 1.
    function register(uint16 earnMiles, uint32 perMinor, Payment payment, uint48 available)
        external
        returns (uint24 partner);

    /// @notice Adds outlets, each with its two UTC offsets in quarter hours (-56 to 56, equal ones where clocks never
    /// change). At most 256 a partner. Restricted.
    function addOutlets(uint24 partner, int8[2][] calldata offsets) external;

    /// @notice Changes the earn rate from the next report on. Restricted, with the delay of the role.
    function setEarnRate(uint24 partner, uint16 earnMiles, uint32 perMinor) external;

    /// @notice Adds miles to what the partner may issue. Restricted. Reverts for OPEN partners.
    function fund(uint24 partner, uint48 miles) external;

    /// @notice Says below how many miles `PartnerLow` tells, 0 for never. Restricted.
    function setAlert(uint24 partner, uint48 alertBelow) external;

    /// @notice Takes miles that a partner puts into a promotion's pot. Only the promotion book.
    /// @dev Reverts where it may issue fewer (PartnerFundingInvalid); an OPEN partner may always.
    function contributeFrom(uint24 partner, uint48 miles) external;

    /// @notice Gives a partner miles of a pot back. Only the promotion book.
    function giveBack(uint24 partner, uint48 miles) external;

    /// @notice Suspends a partner or lets it go on. Restricted.
    function setSuspended(uint24 partner, bool suspended) external;

    /// @notice Names the promotions of a partner. Only the promotion book, which keeps the rules of notice.
    function setOfferSet(uint24 partner, uint24 offerSet) external;

    /// @notice Names the promotion book. Restricted, with the delay of the role.
    function setPromotionBook(address promotionBook) external;

    /// @notice Reads a report with the terms of its partners.
    /// @dev Anyone may call. Reverts, in this order, if:
    /// - the header counts no purchases (PartnerReportEmpty);
    /// - the bytes are not as long as the header says (PartnerReportLengthWrong); those of a report with attachments may be
    ///   longer;
    /// and, section by section, if:
    /// - the section is empty (PartnerSectionEmpty) or goes beyond the header's count (PartnerPurchaseCountWrong);
    /// - partners do not strictly rise (PartnerSectionsNotAscending);
    /// - its partner is unknown (PartnerUnknown);
    /// - its first number is not the next (PartnerNumberNotNext);
    /// and at last if the header counts purchases that no section holds (PartnerPurchaseCountWrong).
    /// @param report Sealed report bytes, docs/report-format.md.
    /// @return sections One `SectionTerms` word a section.
    /// @return earnings One `Earning` word a purchase, in order.
    function open(bytes calldata report) external view returns (bytes memory sections, bytes memory earnings);

    /// @notice What the terms of a partner make of one entry by itself, as `open` would of a sale.
    /// @param occurredAt When it was, unix seconds; the entry's seconds are added.
    /// @param entry An `Entry` of kind SALE.
    /// @param basis The upper 72 bits of a receipt's basis, by whose earn rate and whenever it was; 0 for the rate and the checks of
    /// today.
    /// @return earning One `Earning` word.
    function earningOf(uint24 partner, uint40 occurredAt, uint256 entry, uint72 basis)
        external
        view
        returns (uint256 earning);

    /// @notice Takes the miles of a settled report from its partners and moves their purchase numbers. Only the settler.
    /// @dev Upholds INV-2, INV-6: `open` in the same call gave what is available.
    /// @param charges One `Charge` word a section.
    function charge(bytes calldata charges) external;

    function partnerOf(uint24 partner) external view returns (Partner memory);
    function partnerCount() external view returns (uint24);
    /// @return offsets The outlet's two UTC offsets in quarter hours.
    /// @return known Whether there is such an outlet.
    function outletOf(uint24 partner, uint16 outlet) external view returns (int8[2] memory offsets, bool known);
    /// @return oldestDays Purchases older than this many days are TOO_OLD.
    /// @return aheadMinutes Purchases further ahead of the block's time are IN_FUTURE.
    function acceptance() external view returns (uint16 oldestDays, uint16 aheadMinutes);
    function promotionBook() external view returns (address);
}
