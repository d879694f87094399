// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Award, AwardLib, GrantsLib} from "../types/Award.sol";
import {Earning, Standing} from "../types/Earning.sol";
import {Outcome} from "../types/Outcome.sol";
import {BoundsLib} from "../types/Promotion.sol";
import {OfferList} from "./OfferSetLib.sol";
import {WordsLib} from "./WordsLib.sol";

/// @title Judge: what each purchase of a section gets from its partner's promotions
/// @dev promotions.md and docs/report-format.md. Tight loops, because they run once a purchase and offer (docs/decisions/0003):
/// src/milepost/domain/accrual.py says the same plainly, and tests compare the two on random input.
library JudgeLib {
    // Assembly takes constants of its own contract only; these are `GrantsLib.MAX_MILES`, `Cut` and `OfferSetLib.OFFER_SIZE`.
    uint256 private constant MAX_MILES = (1 << 22) - 1;
    uint256 private constant CUT_PER_MEMBER = 2;
    uint256 private constant CUT_BUDGET = 9;
    uint256 private constant CUT_PREPAID = 12;
    uint256 private constant OFFER_SIZE = 192;
    /// @dev `BudgetWordLib.plusAward`: one more award, as a sum.
    uint256 private constant ONE_AWARD = 1 << 48;

    /// @notice Judges one section's purchases in order: keeps progress and budgets, writes `Award` and `Grants` words.
    /// @param offers The partner's offers; their budgets fall in memory.
    /// @param left Miles the partner may still issue.
    /// @param earningAt Where the section's `Earning` words begin in calldata.
    /// @param standingAt Where its `Standing` words begin in calldata.
    /// @param awardAt Where its awards begin in memory.
    /// @param count Purchases of the section.
    function judge(
        mapping(uint256 => uint256) storage progress,
        OfferList memory offers,
        uint256 left,
        uint256 earningAt,
        uint256 standingAt,
        uint256 awardAt,
        uint256 count
    ) internal {
        bool anyOffer = offers.first != offers.end;
        uint256 openDay = type(uint256).max;
        // Miles stay below 2^48, pointers and counts below 2^32.
        unchecked {
            for (uint256 stop = earningAt + (count << 5); earningAt < stop; earningAt += 32) {
                Standing standing = WordsLib.standingAt(standingAt);
                Award award = AwardLib.refused(standing);
                uint256 grants;
                if (standing.outcome() == Outcome.CREDITED) {
                    Earning earning = WordsLib.earningAt(earningAt);
                    award = AwardLib.ofBase(earning, standing);
                    uint256 base = earning.base();
                    if (left < base) {
                        award = award.cutBase(left);
                        base = left;
                    }
                    left -= base;
                    if (anyOffer) {
                        // Purchases of a section lie close together: windows and weekdays are looked at once a day.
                        if (earning.localDay() != openDay) {
                            openDay = earning.localDay();
                            offers.openOn(openDay);
                        }
                        uint256 bonus;
                        (bonus, grants) = _grant(progress, offers, earning, left);
                        left -= bonus;
                        award = award.withGrants(bonus, grants);
                    }
                }
                WordsLib.storeAt(awardAt, Award.unwrap(award));
                WordsLib.storeAt(awardAt + 32, grants);
                standingAt += 32;
                awardAt += AwardLib.SIZE_WITH_GRANTS;
            }
        }
    }

    /// @notice Key of a member's page of progress: page 24 | member 40.
    function progressKey(uint256 page, uint256 member) internal pure returns (uint256) {
        return (page << 40) | member;
    }

    /// @dev Finds the winner of each group, pays it out of what is left, and lets its budget and limits fall.
    /// A candidate is its `Grants` field, granted being what its own limits leave, and above it the pointer of its offer.
    /// Of a group the largest granted wins, on ties the one that came first. The words are drawn in contracts/types:
    /// `Earning`, `Condition`, `BoundsLib`, `BudgetWord`, `Grants`; the offer in `OfferSetLib`.
    function _grant(mapping(uint256 => uint256) storage progress, OfferList memory offers, Earning earning, uint256 left)
        private
        returns (uint256 bonus, uint256 grants)
    {
        // Kept in memory: what stands on the stack the compiler works out again in every round of the loop.
        offers.probe = BoundsLib.probe(earning.eligible(), earning.occurredAt(), earning.localMinute());
        offers.outlet = earning.outlet();
        offers.base = earning.base();
        uint256 guards = BoundsLib.GUARDS;
        assembly ("memory-safe") {
            // The slot of a member's page: the scratch space serves the hash.
            function pageSlot(condition, purchase, slot) -> pageAt {
                mstore(0x00, or(shl(40, and(shr(208, condition), 0xffffff)), shr(216, purchase)))
                mstore(0x20, slot)
                pageAt := keccak256(0x00, 0x40)
            }
            let shift := 192
            let best := 0
            let end := mload(add(offers, 0x20))
            for { let offer := mload(offers) } lt(offer, end) { offer := add(offer, OFFER_SIZE) } {
                let condition := mload(offer)
                let bounds := mload(add(offer, 0x40))
                let met := and(
                    shr(mload(add(offers, 0x80)), mload(add(offer, 0x20))),
                    eq(and(sub(mload(add(offers, 0x60)), bounds), guards), guards)
                )
                // Hours that pass midnight: the minute after `from`, by the 1,440 of a day, lies within the span.
                if shr(255, bounds) {
                    let since := mod(sub(add(and(shr(56, earning), 0xffff), 1440), and(shr(48, condition), 0xffff)), 1440)
                    met := and(met, lt(since, and(shr(64, condition), 0xffff)))
                }
                if met {
                    let desired := and(shr(160, condition), 0xffffff)
                    let multiple := and(shr(136, condition), 0xffffff)
                    if multiple {
                        let base := mload(add(offers, 0xa0))
                        desired := sub(div(mul(base, multiple), 10000), base)
                        if gt(desired, MAX_MILES) { desired := MAX_MILES }
                    }
                    if desired {
                        let room := desired
                        let cut := 0
                        let perMember := and(shr(184, condition), 0xffffff)
                        if perMember {
                            let fields := sload(pageSlot(condition, earning, progress.slot))
                            let memberLeft := sub(perMember, and(shr(and(shr(232, condition), 0xff), fields), 0xffffff))
                            if lt(memberLeft, room) {
                                room := memberLeft
                                cut := CUT_PER_MEMBER
                            }
                        }
                        let budget := mload(add(offer, 0x60))
                        let budgetLeft := sub(and(shr(80, budget), 0xffffffffffff), and(budget, 0xffffffffffff))
                        if lt(budgetLeft, room) {
                            room := budgetLeft
                            cut := CUT_BUDGET
                        }
                        if or(iszero(best), gt(room, and(best, MAX_MILES))) {
                            best := or(shl(22, desired), room)
                            best := or(best, shl(44, or(cut, shl(4, or(and(condition, 0xffff), shl(16, offer))))))
                        }
                    }
                }
                // The last offer of a group: its winner is paid.
                if and(shr(248, condition), iszero(iszero(best))) {
                    let miles := and(best, MAX_MILES)
                    if gt(miles, sub(left, bonus)) {
                        best := xor(best, miles)
                        miles := sub(left, bonus)
                        best := or(and(best, not(shl(44, 0xf))), or(shl(44, CUT_PREPAID), miles))
                    }
                    grants := or(grants, shl(shift, and(best, 0xffffffffffffffff)))
                    shift := sub(shift, 64)
                    if miles {
                        bonus := add(bonus, miles)
                        let winner := shr(64, best)
                        let budgetAt := add(winner, 0x60)
                        mstore(budgetAt, add(mload(budgetAt), add(miles, ONE_AWARD)))
                        condition := mload(winner)
                        if and(shr(184, condition), 0xffffff) {
                            // The field has room up to the limit, which granted miles never pass.
                            let slot := pageSlot(condition, earning, progress.slot)
                            sstore(slot, add(sload(slot), shl(and(shr(232, condition), 0xff), miles)))
                        }
                    }
                    best := 0
                }
            }
        }
    }
}
