// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IPromotionBook} from "../interfaces/IPromotionBook.sol";
import {BudgetWord} from "../types/Promotion.sol";
import {Condition, ConditionLib} from "../types/Promotion.sol";

/// @notice One promotion of a loaded offer set.
/// @param condition Its terms.
/// @param mask Outlets of the section's partner that are in.
/// @param budget As it stands after the purchases judged so far.
/// @param stored As it stands in storage.
struct Offer {
    Condition condition;
    uint256 mask;
    BudgetWord budget;
    BudgetWord stored;
}

/// @title Offer set: promotions' terms as one immutable blob
/// @dev Blob words: number of promotions; one `Condition` each, ids rising; then outlet masks, two words each:
/// promotion's place in the set 8 | partner 24, and the mask.
library OfferSetLib {
    uint256 internal constant MOST_PROMOTIONS = 16;
    uint256 internal constant MOST_GROUPS = 4;

    /// @notice Writes a set as code, immutable by nature.
    function write(Condition[] memory conditions, IPromotionBook.OutletMask[][] memory outlets)
        internal
        returns (address blob)
    {
        bytes memory data = abi.encodePacked(uint256(conditions.length));
        for (uint256 i; i < conditions.length; ++i) {
            data = abi.encodePacked(data, Condition.unwrap(conditions[i]));
        }
        for (uint256 i; i < outlets.length; ++i) {
            for (uint256 j; j < outlets[i].length; ++j) {
                data = abi.encodePacked(data, (i << 24) | uint256(outlets[i][j].partner), outlets[i][j].mask);
            }
        }
        return SSTORE2.write(data);
    }

    /// @notice Loads a set; budgets and masks are filled in by the caller.
    function load(address blob) internal view returns (Offer[] memory offers, bytes memory data) {
        data = SSTORE2.read(blob);
        offers = new Offer[](_word(data, 0));
        for (uint256 i; i < offers.length; ++i) {
            offers[i].condition = Condition.wrap(_word(data, i + 1));
        }
    }

    /// @notice Sets the masks for one partner: all outlets, none where the promotion is listed, or what the set says.
    function maskFor(Offer[] memory offers, bytes memory data, uint256 partner) internal pure {
        for (uint256 i; i < offers.length; ++i) {
            offers[i].mask = offers[i].condition.has(ConditionLib.LISTED) ? 0 : type(uint256).max;
        }
        uint256 words = data.length / 32;
        for (uint256 w = 1 + offers.length; w < words; w += 2) {
            uint256 key = _word(data, w);
            if (key & 0xffffff == partner) offers[key >> 24].mask = _word(data, w + 1);
        }
    }

    function _word(bytes memory data, uint256 index) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), shl(5, index)))
        }
    }
}
