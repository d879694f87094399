// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LibBit} from "solady/utils/LibBit.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IPromotionBook} from "../interfaces/IPromotionBook.sol";
import {Earning} from "../types/Earning.sol";
import {Extras, Limits} from "../types/Extras.sol";
import {BudgetWord, Condition} from "../types/Promotion.sol";

/// @notice One promotion of a loaded offer set: fourteen words of memory, one after the other. The first eight are what a
/// purchase needs of a plain one, unpacked.
/// @param openMask Outlets of the section's partner that are in, on the day the list was opened for.
/// @param bounds `BoundsLib` lanes.
/// @param bonusBps What the multiple adds to base, basis points; 0 for a fixed reward.
/// @param fixedMiles The fixed reward; 0 for a multiple.
/// @param budgetLeft Miles it may still grant.
/// @param idField The promotion's id at its bits of a `Grants` field.
/// @param special Its `Condition` where hours pass midnight or a member's miles are limited, else 0.
/// @param endsGroup 1 for the last offer of its group.
/// @param used Miles, awards and members since it was loaded, as `BudgetWordLib` adds them.
/// @param stored Its budget as it stands in storage.
/// @param mask Outlets of the section's partner that are in.
/// @param condition Its terms.
/// @param extrasAt Memory pointer of a rich one's `Extras`, after which come its `Limits`, rows and days; 0 for a plain one.
/// @param countersBefore Outlets it has at partners before the section's, of those that it counts.
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
    uint256 extrasAt;
    uint256 countersBefore;
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
/// @param all Its offers, pointer by pointer.
/// @param partner The section's partner.
/// @param earning The purchase that is judged.
/// @param counted Places of offers that count it, a bit each.
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
    Offer[] all;
    uint256 partner;
    Earning earning;
    uint256 counted;
}

/// @title Offer set: promotions' terms as one immutable blob
/// @dev Blob words: number of promotions 8 | where masks begin 16; one `Condition` each, groups side
/// by side; of each rich one `Extras`, `Limits`, rows four a word (at least 40 | miles 24), left out days 16 a word; then
/// outlet masks, two words each: partner 24 | promotion's place in the set 8 | outlets at its partners before 8, and the mask.
library OfferSetLib {
    uint256 internal constant MOST_PROMOTIONS = 16;
    uint256 internal constant MOST_GROUPS = 4;
    uint256 internal constant OFFER_SIZE = 448;
    /// @dev Code has 24,576 bytes at most (EIP-170), the first of which stops it.
    uint256 private constant MOST_BYTES = 24_575;
    // Where fields stand in an offer.
    uint256 private constant OPEN_MASK = 0;
    uint256 private constant MASK = 320;
    uint256 private constant CONDITION = 352;
    uint256 private constant EXTRAS_AT = 384;
    uint256 private constant COUNTERS_BEFORE = 416;

    /// @notice Writes a set as code, immutable by nature.
    /// @param extraWords Words of each promotion from its `Extras` on; none for a plain one.
    /// @param maskWords Outlet masks of each, two words a partner: its id, and the mask.
    function write(Condition[] memory conditions, uint256[][] memory extraWords, uint256[][] memory maskWords)
        internal
        returns (address blob)
    {
        uint256 masksAt = 1 + conditions.length;
        uint256 masks;
        for (uint256 i; i < conditions.length; ++i) {
            masksAt += extraWords[i].length;
            masks += maskWords[i].length / 2;
        }
        uint256 most = (MOST_BYTES - masksAt * 32) / 64;
        if (masks > most) revert IPromotionBook.OfferSetTooManyMasks(masks, most);
        uint256[] memory words = new uint256[](masksAt + 2 * masks);
        words[0] = conditions.length | (masksAt << 8);
        uint256 next = 1 + conditions.length;
        for (uint256 i; i < conditions.length; ++i) {
            words[1 + i] = Condition.unwrap(conditions[i]);
            for (uint256 j; j < extraWords[i].length; ++j) {
                words[next++] = extraWords[i][j];
            }
        }
        for (uint256 i; i < maskWords.length; ++i) {
            uint256 before;
            for (uint256 j; j < maskWords[i].length; j += 2) {
                words[next++] = maskWords[i][j] | (i << 24) | ((before & 0xff) << 32);
                words[next++] = maskWords[i][j + 1];
                before += LibBit.popCount(maskWords[i][j + 1]);
            }
        }
        return SSTORE2.write(abi.encodePacked(words));
    }

    /// @notice Loads a set; `prepare`, `maskFor` and `openOn` make it ready.
    function load(address blob) internal view returns (OfferList memory list) {
        list.blob = SSTORE2.read(blob);
        uint256 head = _word(list.blob, 0);
        list.all = _allocate(head & 0xff);
        list.first = _pointerOf(list, 0);
        list.end = list.first + (head & 0xff) * OFFER_SIZE;
        uint256 next = 1 + list.count();
        for (uint256 i; i < list.count(); ++i) {
            Offer memory offer = list.all[i];
            (offer.extrasAt, offer.countersBefore) = (0, 0);
            offer.condition = Condition.wrap(_word(list.blob, i + 1));
            if (!offer.condition.isRich()) continue;
            offer.extrasAt = _pointerOfWord(list.blob, next);
            Extras words = offer.extras();
            next += 2 + (words.rowCount() + 3) / 4 + (words.exceptDayCount() + 15) / 16;
        }
    }

    /// @notice Offers in the list.
    function count(OfferList memory list) internal pure returns (uint256) {
        return list.all.length;
    }

    /// @notice Whether masks differ from partner to partner.
    function hasOutletMasks(OfferList memory list) internal pure returns (bool) {
        return list.blob.length > _masksAt(list) * 32;
    }

    /// @notice What a rich offer says beyond its condition.
    function extras(Offer memory offer) internal pure returns (Extras) {
        return Extras.wrap(_field(offer.extrasAt, 0));
    }

    function limits(Offer memory offer) internal pure returns (Limits) {
        return Limits.wrap(_field(offer.extrasAt, 32));
    }

    /// @notice Whether a pot pays, and not the section's partner.
    function isFunded(Offer memory offer) internal pure returns (bool) {
        return offer.extrasAt != 0 && offer.extras().isFunded();
    }

    /// @notice Whether it keeps what it granted each member.
    function keepsGranted(Offer memory offer) internal pure returns (bool) {
        return offer.condition.perMember() != 0 || (offer.extrasAt != 0 && offer.extras().isWindow());
    }

    /// @notice Miles of the last row of a rich offer's table that a value reaches; 0 below the first.
    function due(Offer memory offer, uint256 value) internal pure returns (uint256 miles) {
        uint256 rows = offer.extras().rowCount();
        // At most eight rows.
        unchecked {
            for (uint256 i; i < rows; ++i) {
                uint256 row = _field(offer.extrasAt, 64 + 32 * (i / 4)) >> (64 * (i % 4));
                if (value < row & 0xffffffffff) break;
                miles = (row >> 40) & 0xffffff;
            }
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
        bool isSpecial = condition.wrapsMidnight() || condition.perMember() != 0;
        offer.special = isSpecial ? Condition.unwrap(condition) : 0;
        offer.endsGroup = condition.endsGroup() ? 1 : 0;
        offer.used = 0;
        offer.stored = budget;
    }

    /// @notice Sets the masks for one partner: all outlets, none where the promotion is listed, or what the set says.
    /// @dev Once a section, so by pointer: a memory struct that a function returns is allocated anew each time.
    function maskFor(OfferList memory list, uint256 partner) internal pure {
        list.partner = partner;
        list.openDay = type(uint256).max;
        for (uint256 offer = list.first; offer != list.end; offer += OFFER_SIZE) {
            bool listed = Condition.wrap(_field(offer, CONDITION)).isListed();
            _setField(offer, MASK, listed ? 0 : type(uint256).max);
        }
        uint256 words = list.blob.length / 32;
        for (uint256 w = _masksAt(list); w < words; w += 2) {
            uint256 key = _word(list.blob, w);
            if (key & 0xffffff == partner) {
                uint256 offer = list.first + ((key >> 24) & 0xff) * OFFER_SIZE;
                _setField(offer, MASK, _word(list.blob, w + 1));
                _setField(offer, COUNTERS_BEFORE, key >> 32);
            }
        }
    }

    /// @notice Opens the offers whose window and weekdays hold a local day, and closes the others.
    function openOn(OfferList memory list, uint256 localDay) internal pure {
        list.openDay = localDay;
        for (uint256 offer = list.first; offer != list.end; offer += OFFER_SIZE) {
            bool isOpen = Condition.wrap(_field(offer, CONDITION)).isOpenOn(localDay);
            uint256 extrasAt = _field(offer, EXTRAS_AT);
            if (extrasAt != 0 && isOpen) isOpen = !_isLeftOut(extrasAt, localDay);
            _setField(offer, OPEN_MASK, isOpen ? _field(offer, MASK) : 0);
        }
    }

    /// @dev Whether a local day is one that a rich promotion leaves out.
    function _isLeftOut(uint256 extrasAt, uint256 localDay) private pure returns (bool) {
        Extras extras_ = Extras.wrap(_field(extrasAt, 0));
        uint256 daysAt = extrasAt + 64 + 32 * ((extras_.rowCount() + 3) / 4);
        for (uint256 i; i < extras_.exceptDayCount(); ++i) {
            if ((_field(daysAt, 32 * (i / 16)) >> (16 * (i % 16))) & 0xffff == localDay) return true;
        }
        return false;
    }

    /// @dev Room for offers, one after the other, zeroed by what `load` and `prepare` write, and their pointers.
    function _allocate(uint256 offers) private pure returns (Offer[] memory all) {
        assembly ("memory-safe") {
            all := mload(0x40)
            mstore(all, offers)
            let next := add(add(all, 0x20), shl(5, offers))
            for { let i := 0 } lt(i, offers) { i := add(i, 1) } {
                mstore(add(add(all, 0x20), shl(5, i)), next)
                next := add(next, OFFER_SIZE)
            }
            mstore(0x40, next)
        }
    }

    /// @dev Of an offer of the list, also of one past the last.
    function _pointerOf(OfferList memory list, uint256 place) private pure returns (uint256 pointer) {
        Offer[] memory all = list.all;
        assembly ("memory-safe") {
            pointer := add(add(all, 0x20), add(shl(5, mload(all)), mul(place, OFFER_SIZE)))
        }
    }

    function _pointerOfWord(bytes memory data, uint256 index) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := add(add(data, 0x20), shl(5, index))
        }
    }

    /// @dev The word of the blob with which masks begin.
    function _masksAt(OfferList memory list) private pure returns (uint256) {
        return (_word(list.blob, 0) >> 8) & 0xffff;
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
