// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPromotionBook} from "../../contracts/interfaces/IPromotionBook.sol";
import {Payment} from "../../contracts/interfaces/IPartnerRegistry.sol";
import {ISettlerGuarded} from "../../contracts/interfaces/ISettlerGuarded.sol";
import {WordsLib} from "../../contracts/libraries/WordsLib.sol";
import {Award, GrantsLib, ScratchLib} from "../../contracts/types/Award.sol";
import {Cut} from "../../contracts/types/Cut.sol";
import {Earning} from "../../contracts/types/Earning.sol";
import {Outcome} from "../../contracts/types/Outcome.sol";
import {SectionTermsLib} from "../../contracts/types/Section.sol";
import {Programme} from "./support/Programme.sol";

/// @title Judging beside the same rules said plainly
/// @dev The test is the settler: it hands the promotion book words of its own and compares each award and grant, and
/// the budgets and members' progress that are kept. Amounts lie close to the limits, so that all of them cut.
contract JudgeTest is Programme {
    uint256 private constant MOST_PROMOTIONS = 6;
    uint256 private constant MEMBERS = 3;

    /// @dev Encoded, each promotion's terms in order of its id.
    bytes[] private _published;
    mapping(uint256 promotion => uint256) private _budgetLeft;
    mapping(uint256 promotion => uint256) private _stopAt;
    mapping(uint256 promotion => mapping(uint256 member => uint256)) private _progress;

    /// @dev A candidate of a group, or what a group granted; promotion 0 is none.
    struct Grant {
        uint256 promotion;
        uint256 cut;
        uint256 desired;
        uint256 granted;
    }

    /// @dev A purchase, and what the rules make of it: its base and bonus, and whether the partner's miles cut one.
    struct Purchase {
        Earning earning;
        uint256 outcome;
        uint256 base;
        uint256 bonus;
        bool isCut;
    }

    /// @param left Miles the partner may still issue.
    struct Partner {
        uint24 id;
        uint256 offerSet;
        uint256 left;
    }

    function setUp() external {
        deploy(0);
        addPartner(Payment.OPEN, 0);
        ISettlerGuarded(address(_book)).setSettler(address(0));
        ISettlerGuarded(address(_book)).setSettler(address(this));
    }

    function test_judge__random_offers_and_purchases__grants_what_the_rules_say(uint256 seed) external {
        uint256 promotions = draw(seed, 1, MOST_PROMOTIONS);
        for (uint256 promotion = 1; promotion <= promotions; ++promotion) {
            _publish(seed, promotion);
        }
        uint24 offerSet = _book.compose(_ids(1, promotions));
        // The second set shares all promotions but the first.
        uint24 other = promotions == 1 ? 0 : _book.compose(_ids(2, promotions));
        for (uint256 report; report < 2; ++report) {
            _judge(seed, offerSet, 1);
            _judge(seed, other, 2);
        }
        for (uint16 promotion = 1; promotion <= promotions; ++promotion) {
            IPromotionBook.Budget memory budget = _book.budgetOf(promotion);
            vm.assertEq(budget.budget - budget.granted, _budgetLeft[promotion], "budget left");
        }
    }

    // ---------------------------------------------------------------- what is judged

    function _publish(uint256 seed, uint256 promotion) private {
        IPromotionBook.Terms memory terms = someTerms();
        terms.lastDay = uint16(terms.firstDay + draw(seed, 0, 1));
        if (draw(seed, 0, 2) == 0) terms.weekdays = uint8(draw(seed, 1, 127));
        if (draw(seed, 0, 1) == 0) {
            terms.fromMinute = uint16(draw(seed, 0, 1439));
            terms.untilMinute = uint16(1 + (terms.fromMinute + draw(seed, 0, 1438)) % 1440);
            if (terms.untilMinute == terms.fromMinute) terms.untilMinute = 1440;
        }
        terms.minimum = uint40(draw(seed, 0, 2) * 1000);
        // Three groups and one promotion of its own are four, the most of a set.
        terms.group = uint32(promotion == 1 ? 0 : draw(seed, 1, 3));
        if (draw(seed, 0, 1) == 0) {
            terms.reward = IPromotionBook.RewardKind.MULTIPLE;
            (terms.fixedMiles, terms.multipleBps) = (0, uint24(draw(seed, 10_001, 1_000_000)));
        }
        if (draw(seed, 0, 1) == 0) terms.perMember = uint24(draw(seed, 1, 800));
        if (draw(seed, 0, 2) == 0) {
            terms.listed = draw(seed, 0, 1) == 0;
            terms.outlets = new IPromotionBook.OutletMask[](1);
            terms.outlets[0] = IPromotionBook.OutletMask(uint24(draw(seed, 1, 2)), drawWord(seed));
        }
        uint48 budget = draw(seed, 0, 1) == 0 ? type(uint48).max : uint48(draw(seed, 1, 4000));
        _book.publish(terms, budget, "");
        _published.push(abi.encode(terms));
        (_budgetLeft[promotion], _stopAt[promotion]) = (budget, type(uint48).max);
        if (draw(seed, 0, 3) == 0) {
            _stopAt[promotion] = NOW + draw(seed, 0, 100);
            _book.stop(uint16(promotion), uint48(_stopAt[promotion]));
        }
    }

    function _judge(uint256 seed, uint24 offerSet, uint24 id) private {
        uint256 count = draw(seed, 1, 6);
        uint256 available = draw(seed, 0, 2) == 0 ? draw(seed, 0, 3000) : SectionTermsLib.NO_LIMIT;
        Partner memory partner = Partner(id, offerSet, available);
        Purchase[] memory purchases = new Purchase[](count);
        bytes memory earnings;
        bytes memory standings;
        for (uint256 i; i < count; ++i) {
            purchases[i].earning = _earning(seed);
            purchases[i].outcome = draw(seed, 0, 6) == 0 ? Outcome.CLOSED_ACCOUNT : Outcome.CREDITED;
            earnings = abi.encodePacked(earnings, purchases[i].earning);
            standings = abi.encodePacked(standings, purchases[i].outcome);
        }
        bytes memory sections = abi.encode(SectionTermsLib.pack(id, offerSet, partner.left, count));
        bytes memory awards = _book.judge(sections, earnings, standings, "");
        for (uint256 i; i < count; ++i) {
            _check(purchases[i], partner, WordsLib.load(awards, 2 * i), WordsLib.load(awards, 2 * i + 1));
        }
    }

    function _earning(uint256 seed) private returns (Earning) {
        uint256 base = draw(seed, 0, 9) == 0 ? draw(seed, 0, (1 << 28) - 1) : draw(seed, 0, 500);
        uint256 word = withBits(0, 8, 32, base);
        word = withBits(word, 40, 16, TODAY + draw(seed, 2, 4));
        word = withBits(word, 56, 16, draw(seed, 0, 1439));
        word = withBits(word, 120, 16, draw(seed, 0, 255));
        word = withBits(word, 136, 40, NOW + draw(seed, 0, 100));
        word = withBits(word, 176, 40, draw(seed, 0, 2500));
        return Earning.wrap(withBits(word, 216, 40, draw(seed, 1, MEMBERS)));
    }

    // ---------------------------------------------------------------- what it must get

    function _check(Purchase memory purchase, Partner memory partner, uint256 word, uint256 grants) private {
        if (purchase.outcome != Outcome.CREDITED) {
            vm.assertEq(word, purchase.outcome << 40, "refused");
            vm.assertEq(grants, 0, "no grants");
            return;
        }
        _takeBase(purchase, partner);
        vm.assertEq(grants, _grants(purchase, partner), "grants");
        Award award = Award.wrap(word);
        vm.assertEq(award.base(), purchase.base, "base");
        vm.assertEq(award.bonus(), purchase.bonus, "bonus");
        vm.assertEq(award.grantCount(), GrantsLib.count(grants), "grant count");
        vm.assertEq(award.outcome(), purchase.isCut ? Outcome.CUT_BY_PREPAID : Outcome.CREDITED, "outcome");
        if (award.scratch() != 0) _checkScratch(award.scratch(), purchase.earning.member());
    }

    function _takeBase(Purchase memory purchase, Partner memory partner) private pure {
        purchase.base = purchase.earning.base();
        purchase.isCut = purchase.base > partner.left;
        if (purchase.isCut) purchase.base = partner.left;
        partner.left -= purchase.base;
    }

    /// @dev Each group's winner in the order of the set: groups by their lowest id.
    function _grants(Purchase memory purchase, Partner memory partner) private returns (uint256 grants) {
        uint256 taken;
        // The first promotion of set 1 is 1, and of set 2 it is 2.
        uint256 first = partner.offerSet == 0 ? _published.length + 1 : partner.offerSet;
        for (uint256 promotion = first; promotion <= _published.length; ++promotion) {
            if (_groupBeganBefore(promotion, first)) continue;
            Grant memory winner = _winner(purchase.earning, promotion, partner.id);
            if (winner.promotion == 0) continue;
            _take(winner, purchase, partner);
            uint256 grant = (winner.promotion << 48) | (winner.cut << 44) | (winner.desired << 22) | winner.granted;
            grants |= grant << (192 - 64 * taken++);
        }
    }

    function _take(Grant memory winner, Purchase memory purchase, Partner memory partner) private {
        if (winner.granted > partner.left) {
            (winner.granted, winner.cut, purchase.isCut) = (partner.left, Cut.PREPAID, true);
        }
        purchase.bonus += winner.granted;
        partner.left -= winner.granted;
        _budgetLeft[winner.promotion] -= winner.granted;
        _progress[winner.promotion][purchase.earning.member()] += winner.granted;
    }

    /// @dev Of a group the promotion that can grant most, the lowest id on ties.
    function _winner(Earning earning, uint256 first, uint24 partner) private view returns (Grant memory winner) {
        for (uint256 promotion = first; promotion <= _published.length; ++promotion) {
            if (promotion != first && !_sameGroup(first, promotion)) continue;
            if (!_applies(promotion, earning, partner)) continue;
            Grant memory one = _candidate(earning, promotion);
            if (one.desired != 0 && (winner.promotion == 0 || one.granted > winner.granted)) winner = one;
        }
    }

    function _candidate(Earning earning, uint256 promotion) private view returns (Grant memory one) {
        IPromotionBook.Terms memory terms = _terms(promotion);
        one.promotion = promotion;
        one.desired = terms.fixedMiles;
        if (terms.multipleBps != 0) one.desired = earning.base() * (terms.multipleBps - 10_000) / 10_000;
        if (one.desired > GrantsLib.MAX_MILES) one.desired = GrantsLib.MAX_MILES;
        one.granted = one.desired;
        if (terms.perMember != 0) {
            uint256 memberLeft = terms.perMember - _progress[promotion][earning.member()];
            if (memberLeft < one.granted) (one.granted, one.cut) = (memberLeft, Cut.PER_MEMBER);
        }
        uint256 budgetLeft = _budgetLeft[promotion];
        if (budgetLeft < one.granted) (one.granted, one.cut) = (budgetLeft, Cut.BUDGET);
    }

    function _applies(uint256 promotion, Earning earning, uint24 partner) private view returns (bool) {
        IPromotionBook.Terms memory terms = _terms(promotion);
        uint256 day = earning.localDay();
        bool isOpen = day >= terms.firstDay && day <= terms.lastDay && (terms.weekdays >> (day % 7)) & 1 != 0;
        bool inTime = earning.occurredAt() < _stopAt[promotion] && _inHours(terms, earning.localMinute());
        uint256 mask = terms.listed ? 0 : type(uint256).max;
        for (uint256 i; i < terms.outlets.length; ++i) {
            if (terms.outlets[i].partner == partner) mask = terms.outlets[i].mask;
        }
        return isOpen && inTime && earning.eligible() >= terms.minimum && (mask >> earning.outlet()) & 1 != 0;
    }

    function _inHours(IPromotionBook.Terms memory terms, uint256 minute) private pure returns (bool) {
        (uint256 from, uint256 until) = (terms.fromMinute, terms.untilMinute);
        return from < until ? minute >= from && minute < until : minute >= from || minute < until;
    }

    function _sameGroup(uint256 one, uint256 other) private view returns (bool) {
        uint32 group = _terms(one).group;
        return group != 0 && group == _terms(other).group;
    }

    function _groupBeganBefore(uint256 promotion, uint256 first) private view returns (bool) {
        for (uint256 earlier = first; earlier < promotion; ++earlier) {
            if (_sameGroup(earlier, promotion)) return true;
        }
        return false;
    }

    /// @dev The scratch belongs to the first promotion with a limit: the others open before it is free.
    function _checkScratch(uint256 scratch, uint256 member) private view {
        uint256 promotion = 1;
        while (_terms(promotion).perMember == 0) ++promotion;
        vm.assertEq(scratch, ScratchLib.WRITES | (1 << 24) | _progress[promotion][member], "scratch");
    }

    function _terms(uint256 promotion) private view returns (IPromotionBook.Terms memory) {
        return abi.decode(_published[promotion - 1], (IPromotionBook.Terms));
    }

    function _ids(uint256 first, uint256 last) private pure returns (uint16[] memory ids) {
        ids = new uint16[](last - first + 1);
        for (uint256 i; i < ids.length; ++i) {
            ids[i] = uint16(first + i);
        }
    }
}
