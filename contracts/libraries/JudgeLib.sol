// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Award, AwardLib, GrantsLib} from "../types/Award.sol";
import {Earning, Standing} from "../types/Earning.sol";
import {Outcome} from "../types/Outcome.sol";
import {BoundsLib} from "../types/Promotion.sol";
import {OfferList} from "./OfferSetLib.sol";
import {WordsLib} from "./WordsLib.sol";

/// @title Judge: what each purchase of a section gets from its partner's promotions
/// @dev promotions.md and docs/report-format.md. Tight loops, because they run once a purchase and offer
/// (docs/decisions/0003): src/milepost/domain/accrual.py says the same plainly, and tests compare the two on random input.
library JudgeLib {
    // Assembly takes constants of its own contract only; these are `GrantsLib.MAX_MILES`, `Cut`, `Outcome`,
    // `BoundsLib.GUARDS` and `OfferSetLib.OFFER_SIZE`.
    uint256 private constant MAX_MILES = 0x3fffff;
    uint256 private constant CUT_PER_MEMBER = 2;
    uint256 private constant CUT_BUDGET = 9;
    uint256 private constant CUT_PREPAID = 12;
    uint256 private constant OFFER_SIZE = 448;
    uint256 private constant CUT_BY_PREPAID = 1;
    uint256 private constant GUARDS = 0x200000000010000000000800800;
    /// @dev `ScratchLib.WRITES`.
    uint256 private constant WRITES = 0x100000000;
    /// @dev Both more than any miles.
    uint256 private constant NO_LIMIT = 0xffffffff;
    uint256 private constant OUT_OF_HOURS = 0xfffffffff;
    /// @dev `BudgetWordLib`: one more award, as a sum.
    uint256 private constant ONE_AWARD = 0x1000000000000;

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
        if (offers.first == offers.end) _judgeBase(left, earningAt, standingAt, awardAt, count);
        else _judgeOffers(progress, offers, left, earningAt, standingAt, awardAt, count);
    }

    /// @dev Base alone, for a partner without promotions; `Award` draws the word: base stands as in the earning, and the partner pays it.
    function _judgeBase(uint256 left, uint256 earningAt, uint256 standingAt, uint256 awardAt, uint256 count)
        private
        pure
    {
        assembly ("memory-safe") {
            for { let end := add(earningAt, shl(5, count)) } lt(earningAt, end) { earningAt := add(earningAt, 0x20) } {
                let standing := calldataload(standingAt)
                let award := shl(40, and(standing, 0xff))
                if iszero(award) {
                    let base := and(shr(8, calldataload(earningAt)), 0xffffffff)
                    if lt(left, base) {
                        base := left
                        award := shl(40, CUT_BY_PREPAID)
                    }
                    left := sub(left, base)
                    award := or(award, or(shl(8, base), shl(129, base)))
                }
                mstore(awardAt, award)
                mstore(add(awardAt, 0x20), 0)
                standingAt := add(standingAt, 0x20)
                awardAt := add(awardAt, 0x40)
            }
        }
    }

    function _judgeOffers(
        mapping(uint256 => uint256) storage progress,
        OfferList memory offers,
        uint256 left,
        uint256 earningAt,
        uint256 standingAt,
        uint256 awardAt,
        uint256 count
    ) private {
        // Miles stay below 2^48, pointers and counts below 2^32.
        unchecked {
            for (uint256 end = earningAt + (count << 5); earningAt < end; earningAt += 32) {
                Standing standing = WordsLib.standingAt(standingAt);
                Award award = AwardLib.refused(standing);
                uint256 grants;
                if (standing.outcome() == Outcome.CREDITED) {
                    Earning earning = WordsLib.earningAt(earningAt);
                    // Purchases of a section lie close together: windows and weekdays are looked at once a day.
                    if (earning.localDay() != offers.openDay) offers.openOn(earning.localDay());
                    award = AwardLib.ofBase(earning);
                    uint256 base = earning.base();
                    if (left < base) {
                        award = award.cutBase(left);
                        base = left;
                    }
                    left -= base;
                    (offers.standing, offers.scratch) = (Standing.unwrap(standing), 0);
                    uint256 bonus;
                    (bonus, grants) = _grant(progress, offers, earning, left);
                    left -= bonus;
                    award = award.withGrants(bonus, grants, offers.scratch).withCharge(base + bonus, false);
                }
                WordsLib.storeAt(awardAt, Award.unwrap(award));
                WordsLib.storeAt(awardAt + 32, grants);
                standingAt += 32;
                awardAt += AwardLib.SIZE_WITH_GRANTS;
            }
        }
    }

    /// @dev Finds the winner of each group, pays it out of what is left, and lets its budget and limits fall.
    /// A candidate is its `Grants` field, granted being what its own limits leave, and above it the pointer of its offer.
    /// Of a group the largest granted wins, on ties the one that came first. The words are drawn in contracts/types:
    /// `Earning`, `Condition`, `BoundsLib`, `BudgetWord`, `Grants`; the offer in `OfferSetLib`.
    function _grant(mapping(uint256 => uint256) storage progress, OfferList memory offers, Earning earning, uint256 left)
        private
        returns (uint256 bonus, uint256 grants)
    {
        // Through memory, as else the compiler works these out again in every round of the loop.
        offers.probe = BoundsLib.probe(earning.eligible(), earning.occurredAt(), earning.localMinute());
        offers.outlet = earning.outlet();
        offers.base = earning.base();
        assembly ("memory-safe") {
            // What a member may still get from a limited promotion; with `miles`, takes them. One function for both, so that
            // this rarer path stays out of the loop. Progress stands in the account word's scratch where the page is 0, else
            // in the page; the memory's scratch space serves the hash of its slot.
            function ofMember(condition, list, purchase, slot, miles) -> rest {
                rest := NO_LIMIT
                // Hours that pass midnight: the minute after `from`, by the 1,440 of a day, lies within the span.
                let since := mod(sub(add(and(shr(56, purchase), 0xffff), 1440), and(shr(48, condition), 0xffff)), 1440)
                if iszero(lt(since, and(shr(64, condition), 0xffff))) {
                    rest := OUT_OF_HOURS
                    leave
                }
                let perMember := and(shr(184, condition), 0xffffff)
                if iszero(perMember) { leave }
                let page := and(shr(208, condition), 0xffffff)
                let field := and(shr(232, condition), 0xff)
                if page {
                    mstore(0x00, or(shl(40, page), shr(216, purchase)))
                    mstore(0x20, slot)
                    let pageAt := keccak256(0x00, 0x40)
                    let fields := sload(pageAt)
                    rest := sub(perMember, and(shr(field, fields), 0xffffff))
                    // The field has room up to the limit, which granted miles never pass.
                    if miles { sstore(pageAt, add(fields, shl(field, miles))) }
                    leave
                }
                // As earlier purchases of this tx rest it, else as the ledger has it: transient, because the ledger learns
                // of it only after all are judged.
                let scratch := tload(shr(216, purchase))
                if iszero(scratch) { scratch := shr(220, mload(add(list, 0xe0))) }
                let granted := mul(and(scratch, 0xffffff), eq(and(shr(24, scratch), 0xff), field))
                rest := sub(perMember, granted)
                if miles {
                    scratch := or(WRITES, or(shl(24, field), add(granted, miles)))
                    tstore(shr(216, purchase), scratch)
                    mstore(add(list, 0x100), scratch)
                }
            }
            let probe := mload(add(offers, 0x60))
            let outlet := mload(add(offers, 0x80))
            let base := mload(add(offers, 0xa0))
            let end := mload(add(offers, 0x20))
            let shift := 192
            let best := 0
            for { let offer := mload(offers) } lt(offer, end) { offer := add(offer, OFFER_SIZE) } {
                if and(shr(outlet, mload(offer)), eq(and(sub(probe, mload(add(offer, 0x20))), GUARDS), GUARDS)) {
                    // One of the two rewards is 0.
                    let desired := add(mload(add(offer, 0x60)), div(mul(base, mload(add(offer, 0x40))), 10000))
                    if gt(desired, MAX_MILES) { desired := MAX_MILES }
                    let room := desired
                    let cut := 0
                    let special := mload(add(offer, 0xc0))
                    if special {
                        let memberLeft := ofMember(special, offers, earning, progress.slot, 0)
                        if lt(memberLeft, room) {
                            room := memberLeft
                            cut := CUT_PER_MEMBER
                        }
                        if eq(memberLeft, OUT_OF_HOURS) { desired := 0 }
                    }
                    let budgetLeft := mload(add(offer, 0x80))
                    if lt(budgetLeft, room) {
                        room := budgetLeft
                        cut := CUT_BUDGET
                    }
                    if and(iszero(iszero(desired)), or(iszero(best), gt(room, and(best, MAX_MILES)))) {
                        best := or(or(shl(22, desired), room), or(shl(44, cut), mload(add(offer, 0xa0))))
                        best := or(best, shl(64, offer))
                    }
                }
                // The last offer of a group: its winner is paid.
                if and(mload(add(offer, 0xe0)), iszero(iszero(best))) {
                    let miles := and(best, MAX_MILES)
                    if gt(miles, sub(left, bonus)) {
                        best := and(best, not(or(shl(44, 0xf), MAX_MILES)))
                        miles := sub(left, bonus)
                        best := or(best, or(shl(44, CUT_PREPAID), miles))
                    }
                    grants := or(grants, shl(shift, and(best, 0xffffffffffffffff)))
                    shift := sub(shift, 64)
                    if miles {
                        bonus := add(bonus, miles)
                        let winner := shr(64, best)
                        mstore(add(winner, 0x80), sub(mload(add(winner, 0x80)), miles))
                        mstore(add(winner, 0x100), add(mload(add(winner, 0x100)), add(miles, ONE_AWARD)))
                        let special := mload(add(winner, 0xc0))
                        if special { pop(ofMember(special, offers, earning, progress.slot, miles)) }
                    }
                    best := 0
                }
            }
        }
    }
}
