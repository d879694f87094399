// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Award, AwardLib, GrantsLib} from "../types/Award.sol";
import {Cut} from "../types/Cut.sol";
import {Earning, Standing} from "../types/Earning.sol";
import {Outcome} from "../types/Outcome.sol";
import {BudgetWordLib, Condition, ConditionLib} from "../types/Promotion.sol";
import {SectionTermsLib} from "../types/Section.sol";
import {Offer, OfferSetLib} from "./OfferSetLib.sol";
import {WordsLib} from "./WordsLib.sol";

/// @notice What purchases of a section are judged with.
/// @param offers The loaded offer set.
/// @param offerSet Its blob, for the masks of the next partner.
/// @param available Miles the partner may still issue; `SectionTermsLib.NO_LIMIT` for no limit.
/// @param winners Scratch: the best candidate of each group, 0 for none.
struct Bench {
    Offer[] offers;
    bytes offerSet;
    uint256 available;
    uint256[4] winners;
}

/// @title Judge: what one purchase gets from its partner's promotions
/// @dev promotions.md and docs/report-format.md. A candidate is its `Grants` field in the low 64 bits, granted being what its
/// own limits leave, and its place in the set above: the larger of two candidates' `granted` wins its group.
library JudgeLib {
    uint256 private constant PLACE_SHIFT = 64;

    /// @notice Writes the purchase's `Award` and `Grants` words and keeps progress, budgets and what is available.
    function judge(
        mapping(uint256 => uint256) storage progress,
        Bench memory bench,
        uint256 earningWord,
        uint256 standingWord,
        bytes memory awards,
        uint256 index
    ) internal {
        Standing standing = Standing.wrap(standingWord);
        if (standing.outcome() != Outcome.CREDITED) {
            _write(awards, index, AwardLib.pack(standing.outcome(), 0, 0, 0, 0), 0);
            return;
        }
        Earning earning = Earning.wrap(earningWord);
        bool any = _nominate(progress, bench, earning);
        if (any || bench.available != SectionTermsLib.NO_LIMIT) {
            _grant(progress, bench, earning, standing, awards, index);
        } else {
            Award award = AwardLib.pack(Outcome.CREDITED, earning.base(), 0, standing.scratch(), 0);
            _write(awards, index, award, 0);
        }
    }

    /// @notice Key of a member's page of progress: page 24 | member 40.
    function progressKey(uint256 page, uint256 member) internal pure returns (uint256) {
        return (page << 40) | member;
    }

    /// @dev Finds the best candidate of each group.
    function _nominate(mapping(uint256 => uint256) storage progress, Bench memory bench, Earning earning)
        private
        view
        returns (bool any)
    {
        Offer[] memory offers = bench.offers;
        // Counters are below 16 and miles below 2^48.
        unchecked {
            for (uint256 i; i < offers.length; ++i) {
                Offer memory offer = offers[i];
                if (!_applies(offer, earning)) continue;
                uint256 candidate = _candidate(progress, offer, earning);
                if (candidate == 0) continue;
                any = true;
                uint256 group = offer.condition.group();
                uint256 best = bench.winners[group];
                if (best == 0 || _granted(candidate) > _granted(best)) {
                    bench.winners[group] = candidate | (i << PLACE_SHIFT);
                }
            }
        }
    }

    function _applies(Offer memory offer, Earning earning) private pure returns (bool) {
        Condition condition = offer.condition;
        return condition.isOpenAt(earning.localDay(), earning.localMinute())
            && earning.eligible() >= condition.minimum() && (offer.mask >> earning.outlet()) & 1 != 0
            && earning.occurredAt() < offer.budget.stopAt();
    }

    /// @dev The grant's field after the promotion's own limits; 0 where nothing is desired.
    function _candidate(mapping(uint256 => uint256) storage progress, Offer memory offer, Earning earning)
        private
        view
        returns (uint256)
    {
        Condition condition = offer.condition;
        uint256 desired = condition.desired(earning.base(), GrantsLib.MAX_MILES);
        if (desired == 0) return 0;
        uint256 room = desired;
        uint256 cut = Cut.NONE;
        // What was granted never passes a limit.
        unchecked {
            uint256 perMember = condition.perMember();
            if (perMember != 0) {
                uint256 fields = progress[progressKey(condition.page(), earning.member())];
                uint256 left = perMember - ((fields >> condition.field()) & ConditionLib.FIELD_MASK);
                if (left < room) (room, cut) = (left, Cut.PER_MEMBER);
            }
        }
        uint256 budgetLeft = offer.budget.left();
        if (budgetLeft < room) (room, cut) = (budgetLeft, Cut.BUDGET);
        return GrantsLib.packOne(condition.promotion(), cut, desired, room);
    }

    /// @dev Pays base first, then the winners by rising id, out of what the partner may still issue.
    function _grant(
        mapping(uint256 => uint256) storage progress,
        Bench memory bench,
        Earning earning,
        Standing standing,
        bytes memory awards,
        uint256 index
    ) private {
        // Miles stay below 2^48; there are at most 4 winners.
        unchecked {
            uint256 outcome = Outcome.CREDITED;
            uint256 base = earning.base();
            uint256 left = bench.available;
            if (left < base) (base, outcome) = (left, Outcome.CUT_BY_PREPAID);
            left -= base;

            uint256 grants;
            uint256 count;
            uint256 bonus;
            for (uint256 winner = _takeFirst(bench.winners); winner != 0; winner = _takeFirst(bench.winners)) {
                uint256 miles = _granted(winner);
                if (left < miles) {
                    // The cut and what was granted are written anew; desired and promotion stand.
                    (miles, outcome) = (left, Outcome.CUT_BY_PREPAID);
                    winner = (winner & ~uint256(0xf << 44 | GrantsLib.MAX_MILES)) | (Cut.PREPAID << 44) | miles;
                }
                left -= miles;
                bonus += miles;
                if (miles != 0) _use(progress, bench.offers[winner >> PLACE_SHIFT], earning.member(), miles);
                grants |= (winner & type(uint64).max) << (192 - (count << 6));
                ++count;
            }
            if (bench.available != SectionTermsLib.NO_LIMIT) bench.available = left;
            _write(awards, index, AwardLib.pack(outcome, base, bonus, standing.scratch(), count), grants);
        }
    }

    /// @dev Takes the winner of the lowest id, 0 when none is left. A place in the set rises with the id.
    function _takeFirst(uint256[4] memory winners) private pure returns (uint256 first) {
        uint256 group;
        for (uint256 g; g < OfferSetLib.MOST_GROUPS; ++g) {
            uint256 winner = winners[g];
            if (winner != 0 && (first == 0 || winner >> PLACE_SHIFT < first >> PLACE_SHIFT)) (first, group) = (winner, g);
        }
        winners[group] = 0;
    }

    /// @dev Lets limits and budget fall by what was granted.
    function _use(mapping(uint256 => uint256) storage progress, Offer memory offer, uint256 member, uint256 miles)
        private
    {
        offer.budget = offer.budget.plusAward(miles);
        Condition condition = offer.condition;
        // The field has room up to the limit, which granted miles never pass.
        unchecked {
            if (condition.perMember() != 0) {
                progress[progressKey(condition.page(), member)] += miles << condition.field();
            }
        }
    }

    function _granted(uint256 candidate) private pure returns (uint256) {
        return candidate & GrantsLib.MAX_MILES;
    }

    function _write(bytes memory awards, uint256 index, Award award, uint256 grants) private pure {
        WordsLib.store(awards, index << 1, Award.unwrap(award));
        WordsLib.store(awards, (index << 1) + 1, grants);
    }
}
