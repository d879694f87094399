// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IPromotionBook} from "./interfaces/IPromotionBook.sol";
import {Offer, OfferList, OfferSetLib} from "./libraries/OfferSetLib.sol";
import {WordsLib} from "./libraries/WordsLib.sol";
import {Extras, Limits} from "./types/Extras.sol";
import {Kept} from "./types/Progress.sol";
import {BudgetWord, Condition} from "./types/Promotion.sol";

/// @title Promotion records: the storage of the promotion book and what its parts do with it
/// @dev PromotionBook keeps it, PromotionJudge and PromotionActs work on it, by delegatecall: one contract would be larger than
/// the chain allows (docs/decisions/0018). It comes first in each of them, before what guards the book, so that all have one layout;
/// none declares storage of its own.
abstract contract PromotionRecords {
    /// @param blob `Condition`; group 32 | number of words from `Extras` on 8 | of words of outlet masks 8; these words; and the
    /// terms as they were given, ABI-encoded.
    /// @param place `Condition`'s page 24 | field 8, 0 without progress; page 0 with a season is the scratch.
    struct Published {
        address blob;
        uint32 place;
        bytes32 termsHash;
    }

    /// @param blob `OfferSetLib`'s words.
    /// @param isRich Whether one of its promotions is.
    struct OfferSet {
        address blob;
        bool isRich;
    }

    /// @notice What a promotion's blob says before its terms.
    /// @param extras 0 for a plain promotion, as are its limits.
    struct Packed {
        Condition condition;
        uint256 group;
        uint256 extraCount;
        uint256 maskCount;
        Extras extras;
        Limits limits;
    }

    /// @dev Where the words of a promotion's blob begin that `Packed` counts.
    uint256 internal constant WORDS_AT = 64;

    // Slot 0.
    uint16 internal _promotionCount;
    uint24 internal _offerSetCount;
    /// @dev The page that takes the next field, and its bits in use.
    uint24 internal _page = 1;
    uint8 internal _pageBits;
    /// @dev Season of the promotion that had the scratch last, 0 for none yet.
    uint8 internal _season;
    /// @dev When the last purchase that can count for it is too old to settle.
    uint48 internal _scratchFreeAt;

    mapping(uint256 promotion => Published) internal _published;
    mapping(uint256 promotion => BudgetWord) internal _budgets;
    mapping(uint256 offerSet => OfferSet) internal _offerSets;
    Kept internal _kept;
    mapping(uint256 promotion => IPromotionBook.Contribution[]) internal _contributions;

    /// @dev The words of a promotion's blob before its terms: four and more.
    function _packedOf(uint256 promotion) internal view returns (Packed memory packed) {
        address blob = _known(promotion).blob;
        bytes memory words = SSTORE2.read(blob, 0, 128);
        packed.condition = Condition.wrap(WordsLib.load(words, 0));
        uint256 head = WordsLib.load(words, 1);
        (packed.group, packed.extraCount, packed.maskCount) = (head & 0xffffffff, (head >> 32) & 0xff, head >> 40);
        if (packed.extraCount == 0) return packed;
        packed.extras = Extras.wrap(WordsLib.load(words, 2));
        packed.limits = Limits.wrap(WordsLib.load(words, 3));
    }

    function _promotionsOf(uint256 offerSet) internal view returns (uint16[] memory promotions) {
        OfferList memory offers = _loadTerms(offerSet);
        promotions = new uint16[](offers.count());
        for (uint256 i; i < promotions.length; ++i) {
            promotions[i] = uint16(offers.all[i].condition.promotion());
        }
    }

    /// @dev A set without budgets.
    function _loadTerms(uint256 offerSet) internal view returns (OfferList memory) {
        address blob = _offerSets[offerSet].blob;
        if (blob == address(0)) revert IPromotionBook.OfferSetUnknown(uint24(offerSet));
        return OfferSetLib.load(blob);
    }

    /// @dev No offers for set 0.
    function _load(uint256 offerSet) internal view returns (OfferList memory offers) {
        if (offerSet == 0) return offers;
        offers = OfferSetLib.load(_offerSets[offerSet].blob);
        for (uint256 i; i < offers.count(); ++i) {
            Offer memory offer = offers.all[i];
            offer.prepare(_budgets[offer.condition.promotion()]);
        }
    }

    function _storeBudgets(OfferList memory offers) internal {
        for (uint256 i; i < offers.count(); ++i) {
            Offer memory offer = offers.all[i];
            if (offer.used != 0) _budgets[offer.condition.promotion()] = offer.stored.plus(offer.used);
        }
    }

    /// @dev As `_storeBudgets`, where miles may have come back too.
    function _replaceBudgets(OfferList memory offers) internal {
        for (uint256 i; i < offers.count(); ++i) {
            Offer memory offer = offers.all[i];
            uint256 promotion = offer.condition.promotion();
            BudgetWord word = offer.stored.plus(offer.used);
            if (BudgetWord.unwrap(word) != BudgetWord.unwrap(_budgets[promotion])) _budgets[promotion] = word;
        }
    }

    function _budgetWord(uint256 promotion) internal view returns (BudgetWord) {
        _known(promotion);
        return _budgets[promotion];
    }

    function _known(uint256 promotion) internal view returns (Published storage published) {
        published = _published[promotion];
        if (published.blob == address(0)) revert IPromotionBook.PromotionUnknown(uint16(promotion));
    }
}
