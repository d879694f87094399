// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IPartnerRegistry} from "./interfaces/IPartnerRegistry.sol";
import {IPromotionBook} from "./interfaces/IPromotionBook.sol";
import {Offer, OfferList, OfferSetLib} from "./libraries/OfferSetLib.sol";
import {SettlerGuarded} from "./SettlerGuarded.sol";
import {Extras, Limits} from "./types/Extras.sol";
import {Kept} from "./types/Progress.sol";
import {BudgetWord, Condition} from "./types/Promotion.sol";

/// @title Promotion records: the storage of the promotion book and what its two halves do with it
/// @dev PromotionBook keeps it and PromotionActs works on it, by delegatecall: one contract would be larger than the chain
/// allows (docs/decisions/0018). Neither declares storage of its own.
abstract contract PromotionRecords is SettlerGuarded {
    /// @param blob `Condition`, `Extras` and `Limits`, the last two 0 for a plain promotion, and the terms as they were given.
    /// @param place `Condition`'s page 24 | field 8, 0 without progress; page 0 with a season is the scratch.
    struct Published {
        address blob;
        uint32 place;
        bytes32 termsHash;
    }

    /// @dev Where the terms begin in a promotion's blob.
    uint256 private constant TERMS_AT = 96;

    IPartnerRegistry internal immutable REGISTRY;
    uint32 internal immutable NOTICE_PERIOD;

    // The settler's slot.
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
    mapping(uint256 offerSet => address blob) internal _offerSets;
    Kept internal _kept;
    mapping(uint256 promotion => IPromotionBook.Contribution[]) internal _contributions;

    constructor(IPartnerRegistry registry, uint32 noticePeriod_) {
        (REGISTRY, NOTICE_PERIOD) = (registry, noticePeriod_);
    }

    /// @dev The three words before the terms, which save decoding those where a few fields are asked for.
    function _packedOf(uint256 promotion) internal view returns (Condition, Extras, Limits) {
        return abi.decode(SSTORE2.read(_known(promotion).blob, 0, TERMS_AT), (Condition, Extras, Limits));
    }

    /// @dev ABI-encoded.
    function _encodedTermsOf(uint256 promotion) internal view returns (bytes memory) {
        return SSTORE2.read(_known(promotion).blob, TERMS_AT);
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
        address blob = _offerSets[offerSet];
        if (blob == address(0)) revert IPromotionBook.OfferSetUnknown(uint24(offerSet));
        return OfferSetLib.load(blob);
    }

    /// @dev No offers for set 0.
    function _load(uint256 offerSet) internal view returns (OfferList memory offers) {
        if (offerSet == 0) return offers;
        offers = OfferSetLib.load(_offerSets[offerSet]);
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

    function _budgetWord(uint256 promotion) internal view returns (BudgetWord) {
        _known(promotion);
        return _budgets[promotion];
    }

    function _known(uint256 promotion) internal view returns (Published storage published) {
        published = _published[promotion];
        if (published.blob == address(0)) revert IPromotionBook.PromotionUnknown(uint16(promotion));
    }
}
