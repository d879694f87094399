// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IPromotionBook} from "../interfaces/IPromotionBook.sol";
import {BudgetWord, Condition} from "../types/Promotion.sol";

/// @notice One promotion of a loaded offer set: twelve words of memory, one after the other. The first eight are what a
/// purchase needs of it, unpacked.
/// @param openMask Outlets of the section's partner that are in, on the day the list was opened for.
/// @param bounds `BoundsLib` lanes.
/// @param bonusBps What the multiple adds to base, basis points; 0 for a fixed reward.
/// @param fixedMiles The fixed reward; 0 for a multiple.
/// @param budgetLeft Miles it may still grant.
/// @param idField The promotion's id at its bits of a `Grants` field.
/// @param special Its `Condition` where hours pass midnight or a member's miles are limited, else 0.
/// @param endsGroup 1 for the last offer of its group.
/// @param used Miles and awards granted since it was loaded, as `BudgetWordLib` adds them.
/// @param stored Its budget as it stands in storage.
/// @param mask Outlets of the section's partner that are in.
/// @param condition Its terms.
struct Offer {
    uint256 openMask;
    uint256 bounds;
    uint256 bonusBps;
    uint256 fixedMiles;
    uint256 budgetLeft;
    uint256 idField;
    uint256 special;
    uint256 endsGroup;
    uint256 used;
    BudgetWord stored;
    uint256 mask;
    Condition condition;
}

using OfferSetLib for Offer global;
using OfferSetLib for OfferList global;

/// @notice A loaded offer set; offers of one group stand side by side.
/// @param first Memory pointer of the first `Offer`; the others follow.
/// @param end Pointer past the last.
/// @param blob The set's words, for the masks of the next partner.
/// @param probe `BoundsLib` lanes of the purchase that is judged.
/// @param outlet Its outlet.
/// @param base Its base miles.
/// @param openDay Local day the offers are open for; all ones for none yet.
/// @param standing The member's `Standing`.
/// @param scratch What grants made of the member's scratch, as `ScratchLib` has it; 0 where they left it.
struct OfferList {
    uint256 first;
    uint256 end;
    bytes blob;
    uint256 probe;
    uint256 outlet;
    uint256 base;
    uint256 openDay;
    uint256 standing;
    uint256 scratch;
}

/// @title Offer set: promotions' terms as one immutable blob
/// @dev Blob words: number of promotions; one `Condition` each, groups side by side; then outlet masks, two words each:
/// promotion's place in the set 8 | partner 24, and the mask.
library OfferSetLib {
    uint256 internal constant MOST_PROMOTIONS = 16;
    uint256 internal constant MOST_GROUPS = 4;
    uint256 internal constant OFFER_SIZE = 384;
    /// @dev Code has 24,576 bytes at most (EIP-170), the first of which stops it.
    uint256 private constant MOST_BYTES = 24_575;
    // Where fields stand in an offer.
    uint256 private constant OPEN_MASK = 0;
    uint256 private constant MASK = 320;
    uint256 private constant CONDITION = 352;

    /// @notice Writes a set as code, immutable by nature.
    function write(Condition[] memory conditions, IPromotionBook.OutletMask[][] memory outlets)
        internal
        returns (address blob)
    {
        uint256 masks;
        for (uint256 i; i < outlets.length; ++i) {
            masks += outlets[i].length;
        }
        uint256 most = (MOST_BYTES - (1 + conditions.length) * 32) / 64;
        if (masks > most) revert IPromotionBook.OfferSetTooManyMasks(masks, most);
        uint256[] memory words = new uint256[](1 + conditions.length + 2 * masks);
        words[0] = conditions.length;
        uint256 next = 1;
        for (uint256 i; i < conditions.length; ++i) {
            words[next++] = Condition.unwrap(conditions[i]);
        }
        for (uint256 i; i < outlets.length; ++i) {
            for (uint256 j; j < outlets[i].length; ++j) {
                words[next++] = (i << 24) | uint256(outlets[i][j].partner);
                words[next++] = outlets[i][j].mask;
            }
        }
        return SSTORE2.write(abi.encodePacked(words));
    }

    /// @notice Loads a set; `prepare`, `maskFor` and `openOn` make it ready.
    function load(address blob) internal view returns (OfferList memory list) {
        list.blob = SSTORE2.read(blob);
        uint256 offers = _word(list.blob, 0);
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
            mstore(0x40, add(free, mul(offers, OFFER_SIZE)))
        }
        list.first = free;
        list.end = list.first + offers * OFFER_SIZE;
        for (uint256 i; i < offers; ++i) {
            Offer memory offer = list.offerAt(i);
            offer.condition = Condition.wrap(_word(list.blob, i + 1));
        }
    }

    /// @notice Offers in the list.
    function count(OfferList memory list) internal pure returns (uint256) {
        return (list.end - list.first) / OFFER_SIZE;
    }

    /// @notice Whether masks differ from partner to partner.
    function hasOutletMasks(OfferList memory list) internal pure returns (bool) {
        return list.blob.length > (1 + list.count()) * 32;
    }

    /// @notice The offer at a place of the set, below `count`.
    function offerAt(OfferList memory list, uint256 place) internal pure returns (Offer memory offer) {
        uint256 pointer = list.first + place * OFFER_SIZE;
        assembly ("memory-safe") {
            offer := pointer
        }
    }

    /// @notice Unpacks a promotion's terms and takes its budget as it stands in storage.
    function prepare(Offer memory offer, BudgetWord budget) internal pure {
        Condition condition = offer.condition;
        offer.bounds = condition.bounds(budget.stopAt());
        uint256 multiple = condition.multipleBps();
        offer.bonusBps = multiple == 0 ? 0 : multiple - 10_000;
        offer.fixedMiles = condition.fixedMiles();
        offer.budgetLeft = budget.left();
        offer.idField = condition.promotion() << 48;
        if (condition.wrapsMidnight() || condition.perMember() != 0) offer.special = Condition.unwrap(condition);
        offer.endsGroup = condition.endsGroup() ? 1 : 0;
        offer.used = 0;
        offer.stored = budget;
    }

    /// @notice Sets the masks for one partner: all outlets, none where the promotion is listed, or what the set says.
    /// @dev Once a section, so by pointer: a memory struct that a function returns is allocated anew each time.
    function maskFor(OfferList memory list, uint256 partner) internal pure {
        list.openDay = type(uint256).max;
        for (uint256 offer = list.first; offer != list.end; offer += OFFER_SIZE) {
            bool listed = Condition.wrap(_field(offer, CONDITION)).isListed();
            _setField(offer, MASK, listed ? 0 : type(uint256).max);
        }
        uint256 words = list.blob.length / 32;
        for (uint256 w = 1 + list.count(); w < words; w += 2) {
            uint256 key = _word(list.blob, w);
            if (key & 0xffffff == partner) {
                _setField(list.first + (key >> 24) * OFFER_SIZE, MASK, _word(list.blob, w + 1));
            }
        }
    }

    /// @notice Opens the offers whose window and weekdays hold a local day, and closes the others.
    function openOn(OfferList memory list, uint256 localDay) internal pure {
        list.openDay = localDay;
        for (uint256 offer = list.first; offer != list.end; offer += OFFER_SIZE) {
            bool isOpen = Condition.wrap(_field(offer, CONDITION)).isOpenOn(localDay);
            _setField(offer, OPEN_MASK, isOpen ? _field(offer, MASK) : 0);
        }
    }

    function _field(uint256 offer, uint256 field) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(offer, field))
        }
    }

    function _setField(uint256 offer, uint256 field, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(add(offer, field), word)
        }
    }

    function _word(bytes memory data, uint256 index) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), shl(5, index)))
        }
    }
}
