// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {IPartnerRegistry} from "./interfaces/IPartnerRegistry.sol";
import {IPromotionBook} from "./interfaces/IPromotionBook.sol";
import {JudgeLib} from "./libraries/JudgeLib.sol";
import {Offer, OfferList, OfferSetLib} from "./libraries/OfferSetLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {WordsLib} from "./libraries/WordsLib.sol";
import {SettlerGuarded} from "./SettlerGuarded.sol";
import {Account} from "./types/Account.sol";
import {AwardLib, ScratchLib} from "./types/Award.sol";
import {SectionTerms} from "./types/Section.sol";
import {BudgetWord, BudgetWordLib, Condition, ConditionLib} from "./types/Promotion.sol";

/// @title Promotion book
/// @notice Described in IPromotionBook.
contract PromotionBook is IPromotionBook, SettlerGuarded {
    using TermsLib for Terms;

    /// @dev Bits of a member's page that fields may use; the upper 16 are kept for a season (docs/decisions/0003).
    uint256 private constant PAGE_BITS = 240;

    /// @param blob Where the terms are written.
    /// @param place `Condition`'s page 24 | field 8, 0 without a per-member limit; page 0 with a season is the scratch.
    struct Published {
        address blob;
        uint32 place;
        bytes32 termsHash;
    }

    IPartnerRegistry private immutable REGISTRY;
    IMilesLedger private immutable LEDGER;
    uint32 private immutable NOTICE_PERIOD;

    // The settler's slot.
    uint16 private _promotionCount;
    uint24 private _offerSetCount;
    /// @dev The page that takes the next field, and its bits in use.
    uint24 private _page = 1;
    uint8 private _pageBits;
    /// @dev Season of the promotion that had the scratch last, 0 for none yet.
    uint8 private _season;
    /// @dev When the last purchase that can count for it is too old to settle.
    uint48 private _scratchFreeAt;

    mapping(uint256 promotion => Published) private _published;
    mapping(uint256 promotion => BudgetWord) private _budgets;
    mapping(uint256 offerSet => address blob) private _offerSets;
    /// @dev Key: page 24 | member 40. Word: season 16 | fields 240.
    mapping(uint256 pageAndMember => uint256 fields) private _progress;

    /// @param noticePeriod_ Seconds between publishing and the earliest start.
    /// @param ledger Where the scratch of accounts is read for `progressOf`.
    constructor(address authority, IPartnerRegistry registry, IMilesLedger ledger, uint32 noticePeriod_)
        AccessManaged(authority)
    {
        (REGISTRY, LEDGER, NOTICE_PERIOD) = (registry, ledger, noticePeriod_);
    }

    /// @inheritdoc IPromotionBook
    function publish(Terms calldata terms, uint48 budget, bytes32 termsHash)
        external
        restricted
        returns (uint16 promotion)
    {
        Terms memory published = terms;
        published.check();
        if (budget == 0) revert PromotionTermsInvalid("budget");
        promotion = ++_promotionCount;
        _checkNotice(promotion, published);
        _published[promotion] = Published({
            blob: SSTORE2.write(abi.encode(terms)),
            place: terms.perMember == 0 ? 0 : _newPlace(published),
            termsHash: termsHash
        });
        _budgets[promotion] = BudgetWordLib.pack(budget);
        emit PromotionPublished(promotion, termsHash, terms, budget);
    }

    /// @inheritdoc IPromotionBook
    function compose(uint16[] calldata promotions) external restricted returns (uint24 offerSet) {
        uint256 count = promotions.length;
        if (count == 0 || count > OfferSetLib.MOST_PROMOTIONS) {
            revert OfferSetTooLarge(count, OfferSetLib.MOST_PROMOTIONS);
        }
        Terms[] memory terms = new Terms[](count);
        uint16 last;
        for (uint256 i; i < count; ++i) {
            if (promotions[i] <= last) revert OfferSetNotAscending(promotions[i], last);
            last = promotions[i];
            terms[i] = termsOf(last);
        }
        // Offers of one group go side by side, groups in order of their lowest id.
        Condition[] memory conditions = new Condition[](count);
        OutletMask[][] memory outlets = new OutletMask[][](count);
        uint256 placed;
        uint256 groups;
        for (uint256 i; i < count; ++i) {
            if (_isLater(terms, i)) continue;
            if (++groups > OfferSetLib.MOST_GROUPS) revert OfferSetTooManyGroups(groups, OfferSetLib.MOST_GROUPS);
            uint256 left = _groupSize(terms, i);
            for (uint256 j = i; left != 0; ++j) {
                if (j != i && !_sameGroup(terms[i], terms[j])) continue;
                --left;
                conditions[placed] = terms[j].pack(promotions[j], _published[promotions[j]].place, left == 0);
                outlets[placed++] = terms[j].outlets;
            }
        }
        offerSet = ++_offerSetCount;
        _offerSets[offerSet] = OfferSetLib.write(conditions, outlets);
        emit OfferSetComposed(offerSet, promotions);
    }

    /// @inheritdoc IPromotionBook
    function assign(uint24 partner, uint24 offerSet) external restricted {
        uint16[] memory present = promotionsOf(offerSet);
        uint24 formerSet = REGISTRY.partnerOf(partner).offerSet;
        uint16[] memory former = formerSet == 0 ? new uint16[](0) : promotionsOf(formerSet);
        for (uint256 i; i < former.length; ++i) {
            if (!_contains(present, former[i]) && !_isOver(former[i])) {
                revert OfferSetDropsPromotion(partner, former[i]);
            }
        }
        for (uint256 i; i < present.length; ++i) {
            if (!_contains(former, present[i])) _checkNotice(present[i], termsOf(present[i]));
        }
        REGISTRY.setOfferSet(partner, offerSet);
    }

    /// @inheritdoc IPromotionBook
    function stop(uint16 promotion, uint48 stopAt) external restricted {
        BudgetWord word = _budgetWord(promotion);
        if (stopAt < block.timestamp) revert PromotionStopInPast(stopAt, uint48(block.timestamp));
        if (stopAt >= word.stopAt()) revert PromotionStopLater(stopAt, uint48(word.stopAt()));
        _budgets[promotion] = word.withStopAt(stopAt);
        emit PromotionStopped(promotion, stopAt);
    }

    /// @inheritdoc IPromotionBook
    function raiseBudget(uint16 promotion, uint48 budget) external restricted {
        BudgetWord word = _budgetWord(promotion);
        if (budget <= word.budget()) revert PromotionBudgetNotRaised(budget, uint48(word.budget()));
        _budgets[promotion] = word.withBudget(budget);
        emit BudgetRaised(promotion, budget);
    }

    /// @inheritdoc IPromotionBook
    function judge(bytes calldata sections, bytes calldata earnings, bytes calldata standings, bytes calldata)
        external
        onlySettler
        returns (bytes memory awards)
    {
        // Every purchase writes its two words.
        awards = WordsLib.allocateToReturn(earnings.length >> 4);
        uint256 earningAt = WordsLib.dataOf(earnings);
        uint256 standingAt = WordsLib.dataOf(standings);
        uint256 awardAt = WordsLib.dataIn(awards);
        OfferList memory offers;
        uint256 loaded;
        uint256 sectionCount = sections.length >> 5;
        // Counts are those of the report, which the registry checked.
        unchecked {
            for (uint256 s; s < sectionCount; ++s) {
                SectionTerms terms = SectionTerms.wrap(WordsLib.read(sections, s));
                bool other = terms.offerSet() != loaded;
                if (other) {
                    _storeBudgets(offers);
                    loaded = terms.offerSet();
                    offers = _load(loaded);
                }
                if (other || offers.hasOutletMasks()) offers.maskFor(terms.partner());
                uint256 count = terms.count();
                JudgeLib.judge(_progress, offers, terms.available(), earningAt, standingAt, awardAt, count);
                earningAt += count * 32;
                standingAt += count * 32;
                awardAt += count * AwardLib.SIZE_WITH_GRANTS;
            }
        }
        _storeBudgets(offers);
        WordsLib.giveBack(awards);
    }

    /// @inheritdoc IPromotionBook
    function budgetOf(uint16 promotion) external view returns (Budget memory) {
        BudgetWord word = _budgetWord(promotion);
        return Budget({
            granted: uint48(word.granted()),
            budget: uint48(word.budget()),
            stopAt: uint48(word.stopAt()),
            awards: uint32(word.awards())
        });
    }

    /// @inheritdoc IPromotionBook
    function termsHashOf(uint16 promotion) external view returns (bytes32) {
        return _known(promotion).termsHash;
    }

    /// @inheritdoc IPromotionBook
    function termsOf(uint16 promotion) public view returns (Terms memory) {
        return abi.decode(SSTORE2.read(_known(promotion).blob), (Terms));
    }

    /// @inheritdoc IPromotionBook
    function promotionsOf(uint24 offerSet) public view returns (uint16[] memory promotions) {
        address blob = _offerSets[offerSet];
        if (blob == address(0)) revert OfferSetUnknown(offerSet);
        OfferList memory offers = OfferSetLib.load(blob);
        promotions = new uint16[](offers.count());
        for (uint256 i; i < promotions.length; ++i) {
            promotions[i] = uint16(offers.offerAt(i).condition.promotion());
        }
    }

    /// @inheritdoc IPromotionBook
    function progressOf(uint16 promotion, uint40 member) external view returns (uint256 granted) {
        uint256 place = _known(promotion).place;
        if (place == 0) return 0;
        (uint256 page, uint256 field) = (place & 0xffffff, place >> 24);
        if (page == 0) return ScratchLib.granted(Account.wrap(LEDGER.accountWord(member)).scratch(), field);
        return (_progress[JudgeLib.progressKey(page, member)] >> field) & ConditionLib.FIELD_MASK;
    }

    /// @inheritdoc IPromotionBook
    function promotionCount() external view returns (uint16) {
        return _promotionCount;
    }

    /// @inheritdoc IPromotionBook
    function offerSetCount() external view returns (uint24) {
        return _offerSetCount;
    }

    /// @inheritdoc IPromotionBook
    function noticePeriod() external view returns (uint32) {
        return NOTICE_PERIOD;
    }

    /// @dev The scratch, if no purchase that counts for the promotion that has it can meet one of this; else a field of a page.
    function _newPlace(Terms memory terms) private returns (uint32 place) {
        (uint256 oldestDays, uint256 aheadMinutes) = REGISTRY.acceptance();
        if (_season == ScratchLib.LAST_SEASON || terms.opensAt() < _scratchFreeAt + aheadMinutes * 1 minutes) {
            return _newField();
        }
        _scratchFreeAt = uint48(terms.closesAt() + oldestDays * 1 days);
        return uint32(++_season) << 24;
    }

    /// @dev Promotions published one after the other share pages while fields fit, so that one purchase touches few.
    function _newField() private returns (uint32 place) {
        if (_pageBits + ConditionLib.FIELD_BITS > PAGE_BITS) {
            ++_page;
            _pageBits = 0;
        }
        place = uint32(_page) | (uint32(_pageBits) << 24);
        _pageBits += uint8(ConditionLib.FIELD_BITS);
    }

    function _sameGroup(Terms memory one, Terms memory other) private pure returns (bool) {
        return one.group != 0 && one.group == other.group;
    }

    /// @dev Whether an earlier promotion is of the same group.
    function _isLater(Terms[] memory terms, uint256 index) private pure returns (bool) {
        for (uint256 i; i < index; ++i) {
            if (_sameGroup(terms[i], terms[index])) return true;
        }
        return false;
    }

    /// @dev Promotions of the group that begins at an index, which is the first of its group.
    function _groupSize(Terms[] memory terms, uint256 first) private pure returns (uint256 size) {
        size = 1;
        for (uint256 i = first + 1; i < terms.length; ++i) {
            if (_sameGroup(terms[first], terms[i])) ++size;
        }
    }

    function _checkNotice(uint16 promotion, Terms memory terms) private view {
        uint256 earliest = block.timestamp + NOTICE_PERIOD;
        if (terms.opensAt() < earliest) {
            revert PromotionNoticeTooShort(promotion, uint48(terms.opensAt()), uint48(earliest));
        }
    }

    /// @dev No purchase can count for it any more, the latest one accepted included.
    function _isOver(uint16 promotion) private view returns (bool) {
        (uint256 oldestDays,) = REGISTRY.acceptance();
        uint256 end = termsOf(promotion).closesAt();
        uint256 stopAt = _budgets[promotion].stopAt();
        if (stopAt < end) end = stopAt;
        return end + oldestDays * 1 days < block.timestamp;
    }

    function _contains(uint16[] memory promotions, uint16 promotion) private pure returns (bool) {
        for (uint256 i; i < promotions.length; ++i) {
            if (promotions[i] == promotion) return true;
        }
        return false;
    }

    /// @dev No offers for set 0.
    function _load(uint256 offerSet) private view returns (OfferList memory offers) {
        if (offerSet == 0) return offers;
        offers = OfferSetLib.load(_offerSets[offerSet]);
        for (uint256 i; i < offers.count(); ++i) {
            Offer memory offer = offers.offerAt(i);
            offer.prepare(_budgets[offer.condition.promotion()]);
        }
    }

    function _storeBudgets(OfferList memory offers) private {
        for (uint256 i; i < offers.count(); ++i) {
            Offer memory offer = offers.offerAt(i);
            if (offer.used != 0) _budgets[offer.condition.promotion()] = offer.stored.plus(offer.used);
        }
    }

    function _budgetWord(uint16 promotion) private view returns (BudgetWord) {
        _known(promotion);
        return _budgets[promotion];
    }

    function _known(uint16 promotion) private view returns (Published storage published) {
        published = _published[promotion];
        if (published.blob == address(0)) revert PromotionUnknown(promotion);
    }
}
