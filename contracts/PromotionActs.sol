// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IPartnerRegistry} from "./interfaces/IPartnerRegistry.sol";
import {IPromotionBook} from "./interfaces/IPromotionBook.sol";
import {OfferSetLib} from "./libraries/OfferSetLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {TermsPackLib} from "./libraries/TermsPackLib.sol";
import {WordsLib} from "./libraries/WordsLib.sol";
import {PromotionRecords} from "./PromotionRecords.sol";
import {ScratchLib} from "./types/Award.sol";
import {BudgetWord, BudgetWordLib, Condition} from "./types/Promotion.sol";

/// @title Promotion acts: what a manager does to promotions, run by the promotion book on its own storage
/// @notice Described in IPromotionBook, whose functions of the same names delegate here.
/// @dev Called by itself it has no authority, so that every function that is restricted reverts, and knows no promotion.
contract PromotionActs is PromotionRecords, AccessManaged {
    using TermsLib for IPromotionBook.Terms;
    using TermsPackLib for IPromotionBook.Terms;

    /// @dev Bits of a member's page that fields may use; the upper 16 are kept for a season (docs/decisions/0003).
    uint256 private constant PAGE_BITS = 240;
    /// @dev More would make giving back a pot's rest longer than a block.
    uint256 private constant MOST_CONTRIBUTORS = 64;

    IPartnerRegistry private immutable REGISTRY;
    uint32 private immutable NOTICE_PERIOD;

    constructor(IPartnerRegistry registry, uint32 noticePeriod_) AccessManaged(address(0)) {
        (REGISTRY, NOTICE_PERIOD) = (registry, noticePeriod_);
    }

    // ---------------------------------------------------------------- publishing

    /// @dev IPromotionBook.
    function publish(IPromotionBook.Terms calldata terms, uint48 budget, bytes32 termsHash)
        external
        restricted
        returns (uint16 promotion)
    {
        IPromotionBook.Terms memory published = terms;
        published.check();
        // A pot begins empty, and partners fill it.
        if ((budget == 0) != terms.funded) revert IPromotionBook.PromotionTermsInvalid("budget");
        promotion = ++_promotionCount;
        _checkNotice(promotion, published.firstDay);
        uint32 place = _newPlace(published);
        _published[promotion] =
            Published({blob: _writeTerms(promotion, published, place), place: place, termsHash: termsHash});
        _budgets[promotion] = BudgetWordLib.pack(budget);
        emit IPromotionBook.PromotionPublished(promotion, termsHash, published, budget);
    }

    /// @dev IPromotionBook.
    function compose(uint16[] calldata promotions) external restricted returns (uint24 offerSet) {
        uint256 count = promotions.length;
        if (count == 0 || count > OfferSetLib.MOST_PROMOTIONS) {
            revert IPromotionBook.OfferSetTooLarge(count, OfferSetLib.MOST_PROMOTIONS);
        }
        uint16 last;
        for (uint256 i; i < count; ++i) {
            if (promotions[i] <= last) revert IPromotionBook.OfferSetNotAscending(promotions[i], last);
            last = promotions[i];
        }
        offerSet = ++_offerSetCount;
        _offerSets[offerSet] = _write(promotions);
        emit IPromotionBook.OfferSetComposed(offerSet, promotions);
    }

    /// @dev IPromotionBook.
    function assign(uint24 partner, uint24 offerSet) external restricted {
        uint16[] memory present = _promotionsOf(offerSet);
        uint24 formerSet = REGISTRY.partnerOf(partner).offerSet;
        uint16[] memory former = formerSet == 0 ? new uint16[](0) : _promotionsOf(formerSet);
        for (uint256 i; i < former.length; ++i) {
            if (!_contains(present, former[i]) && !_isOver(former[i])) {
                revert IPromotionBook.OfferSetDropsPromotion(partner, former[i]);
            }
        }
        for (uint256 i; i < present.length; ++i) {
            if (!_contains(former, present[i])) _checkNotice(present[i], _packedOf(present[i]).condition.firstDay());
        }
        REGISTRY.setOfferSet(partner, offerSet);
    }

    /// @dev IPromotionBook.
    function stop(uint16 promotion, uint48 stopAt) external restricted {
        BudgetWord word = _budgetWord(promotion);
        if (stopAt < block.timestamp) revert IPromotionBook.PromotionStopInPast(stopAt, uint48(block.timestamp));
        if (stopAt >= word.stopAt()) revert IPromotionBook.PromotionStopLater(stopAt, uint48(word.stopAt()));
        _budgets[promotion] = word.withStopAt(stopAt);
        emit IPromotionBook.PromotionStopped(promotion, stopAt);
    }

    // ---------------------------------------------------------------- budgets and pots

    /// @dev IPromotionBook.
    function raiseBudget(uint16 promotion, uint48 budget) external restricted {
        BudgetWord word = _budgetWord(promotion);
        if (_packedOf(promotion).extras.isFunded()) revert IPromotionBook.PromotionFunded(promotion);
        if (budget <= word.budget()) revert IPromotionBook.PromotionBudgetNotRaised(budget, uint48(word.budget()));
        _budgets[promotion] = word.withBudget(budget);
        emit IPromotionBook.BudgetRaised(promotion, budget);
    }

    /// @dev IPromotionBook.
    function contribute(uint16 promotion, uint24 partner, uint48 miles) external restricted {
        BudgetWord word = _budgetWord(promotion);
        if (!_packedOf(promotion).extras.isFunded()) revert IPromotionBook.PromotionNotFunded(promotion);
        uint256 budget = word.budget() + miles;
        if (miles == 0 || budget >= BudgetWordLib.NONE) {
            revert IPromotionBook.PromotionContributionInvalid(promotion, miles);
        }
        _budgets[promotion] = word.withBudget(budget);
        _recordContribution(promotion, partner, miles);
        emit IPromotionBook.PromotionContributed(promotion, partner, miles, uint48(budget));
        REGISTRY.contributeFrom(partner, miles);
    }

    /// @dev IPromotionBook.
    function release(uint16 promotion) external {
        BudgetWord word = _budgetWord(promotion);
        if (!_packedOf(promotion).extras.isFunded()) revert IPromotionBook.PromotionNotFunded(promotion);
        if (!_isOver(promotion)) revert IPromotionBook.PromotionNotOver(promotion);
        uint256 rest = word.left();
        if (rest == 0) revert IPromotionBook.PromotionPotEmpty(promotion);
        _budgets[promotion] = word.withBudget(word.granted());
        IPromotionBook.Contribution[] storage contributions = _contributions[promotion];
        uint256 count = contributions.length;
        uint256 sum;
        for (uint256 i; i < count; ++i) {
            sum += contributions[i].miles;
        }
        // From the last one on, so that the first gets what rounding leaves.
        uint256 remaining = rest;
        for (uint256 i = count; i != 0;) {
            --i;
            uint256 share = i == 0 ? remaining : rest * contributions[i].miles / sum;
            remaining -= share;
            _giveBack(promotion, contributions[i].partner, uint48(share));
        }
    }

    // ---------------------------------------------------------------- enrolment

    /// @dev IPromotionBook.
    function setEnrolledAt(uint40[] calldata members, uint40[] calldata times) external restricted {
        if (members.length != times.length) {
            revert IPromotionBook.EnrolmentLengthsDiffer(members.length, times.length);
        }
        for (uint256 i; i < members.length; ++i) {
            _kept.setEnrolledSince(members[i], times[i]);
        }
        emit IPromotionBook.MembersEnrolled(members, times);
    }

    // ---------------------------------------------------------------- inside

    function _recordContribution(uint16 promotion, uint24 partner, uint48 miles) private {
        IPromotionBook.Contribution[] storage contributions = _contributions[promotion];
        uint256 count = contributions.length;
        for (uint256 i; i < count; ++i) {
            if (contributions[i].partner != partner) continue;
            contributions[i].miles += miles;
            return;
        }
        if (count == MOST_CONTRIBUTORS) revert IPromotionBook.PromotionContributorsTooMany(promotion, MOST_CONTRIBUTORS);
        contributions.push(IPromotionBook.Contribution({partner: partner, miles: miles}));
    }

    function _giveBack(uint16 promotion, uint24 partner, uint48 miles) private {
        if (miles == 0) return;
        emit IPromotionBook.PromotionReleased(promotion, partner, miles);
        REGISTRY.giveBack(partner, miles);
    }

    function _writeTerms(uint256 promotion, IPromotionBook.Terms memory terms, uint256 place)
        private
        returns (address)
    {
        uint256[] memory extras = terms.extras(place);
        uint256[] memory masks = terms.masks();
        uint256 head = uint256(terms.group) | (extras.length << 32) | (masks.length << 40);
        Condition condition = terms.condition(promotion, place);
        return SSTORE2.write(abi.encodePacked(condition, head, extras, masks, abi.encode(terms)));
    }

    /// @dev Offers of one group go side by side, groups in order of their lowest id.
    function _write(uint16[] calldata promotions) private returns (OfferSet memory set) {
        uint256 count = promotions.length;
        Packed[] memory packed = new Packed[](count);
        for (uint256 i; i < count; ++i) {
            packed[i] = _packedOf(promotions[i]);
        }
        Condition[] memory conditions = new Condition[](count);
        uint256[][] memory extras = new uint256[][](count);
        uint256[][] memory masks = new uint256[][](count);
        uint256 placed;
        uint256 groups;
        for (uint256 i; i < count; ++i) {
            if (_isLater(packed, i)) continue;
            if (++groups > OfferSetLib.MOST_GROUPS) {
                revert IPromotionBook.OfferSetTooManyGroups(groups, OfferSetLib.MOST_GROUPS);
            }
            uint256 left = _groupSize(packed, i);
            for (uint256 j = i; left != 0; ++j) {
                if (j != i && !_sameGroup(packed[i], packed[j])) continue;
                --left;
                conditions[placed] = left == 0 ? packed[j].condition.ending() : packed[j].condition;
                if (packed[j].extraCount != 0) set.isRich = true;
                extras[placed] = _words(promotions[j], 0, packed[j].extraCount);
                masks[placed++] = _words(promotions[j], packed[j].extraCount, packed[j].maskCount);
            }
        }
        set.blob = OfferSetLib.write(conditions, extras, masks);
    }

    /// @dev Words of a promotion's blob, counted from its extras on.
    function _words(uint256 promotion, uint256 from, uint256 count) private view returns (uint256[] memory words) {
        words = new uint256[](count);
        uint256 begins = WORDS_AT + 32 * from;
        WordsLib.copyTo(WordsLib.dataOfArray(words), SSTORE2.read(_published[promotion].blob, begins, begins + 32 * count));
    }

    /// @dev None where nothing is kept of members; the scratch, if what is kept fits it and no purchase that counts for the
    /// promotion that has it can meet one of this; else fields of a page.
    function _newPlace(IPromotionBook.Terms memory terms) private returns (uint32 place) {
        uint256 bits = terms.progressBits();
        if (bits == 0) return 0;
        if (!terms.fitsScratch()) return _newFields(bits);
        (uint256 oldestDays, uint256 aheadMinutes) = REGISTRY.acceptance();
        if (_season == ScratchLib.LAST_SEASON || TermsLib.opensAt(terms.firstDay) < _scratchFreeAt + aheadMinutes * 1 minutes) {
            return _newFields(bits);
        }
        _scratchFreeAt = uint48(TermsLib.closesAt(terms.lastDay) + oldestDays * 1 days);
        return uint32(++_season) << 24;
    }

    /// @dev Promotions published one after the other share pages while fields fit, so that one purchase touches few.
    function _newFields(uint256 bits) private returns (uint32 place) {
        if (_pageBits + bits > PAGE_BITS) {
            ++_page;
            _pageBits = 0;
        }
        place = uint32(_page) | (uint32(_pageBits) << 24);
        _pageBits += uint8(bits);
    }

    function _sameGroup(Packed memory one, Packed memory other) private pure returns (bool) {
        return one.group != 0 && one.group == other.group;
    }

    /// @dev Whether an earlier promotion is of the same group.
    function _isLater(Packed[] memory terms, uint256 index) private pure returns (bool) {
        for (uint256 i; i < index; ++i) {
            if (_sameGroup(terms[i], terms[index])) return true;
        }
        return false;
    }

    /// @dev Promotions of the group that begins at an index, which is the first of its group.
    function _groupSize(Packed[] memory terms, uint256 first) private pure returns (uint256 size) {
        size = 1;
        for (uint256 i = first + 1; i < terms.length; ++i) {
            if (_sameGroup(terms[first], terms[i])) ++size;
        }
    }

    function _checkNotice(uint16 promotion, uint256 firstDay) private view {
        (uint256 opensAt, uint256 earliest) = (TermsLib.opensAt(firstDay), block.timestamp + NOTICE_PERIOD);
        if (opensAt < earliest) {
            revert IPromotionBook.PromotionNoticeTooShort(promotion, uint48(opensAt), uint48(earliest));
        }
    }

    /// @dev No purchase can count for it any more, the latest one accepted included.
    function _isOver(uint16 promotion) private view returns (bool) {
        (uint256 oldestDays,) = REGISTRY.acceptance();
        uint256 end = TermsLib.closesAt(_packedOf(promotion).condition.lastDay());
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
}
