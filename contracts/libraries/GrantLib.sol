// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DateTimeLib} from "solady/utils/DateTimeLib.sol";
import {LibBit} from "solady/utils/LibBit.sol";
import {GrantsLib} from "../types/Award.sol";
import {Cut} from "../types/Cut.sol";
import {Earning, Standing} from "../types/Earning.sol";
import {Extras, ExtrasLib, Limits} from "../types/Extras.sol";
import {Kept, ProgressLib, Visits, VisitsLib} from "../types/Progress.sol";
import {BoundsLib, BudgetWordLib, Condition} from "../types/Promotion.sol";
import {Wish, WishLib} from "../types/Wish.sol";
import {CalendarLib} from "./CalendarLib.sol";
import {Offer, OfferList, OfferSetLib} from "./OfferSetLib.sol";
import {ScratchpadLib} from "./ScratchpadLib.sol";

/// @title Grants: what a purchase gets from a set that holds a rich promotion
/// @dev All conditions, rewards and limits of promotions.md, said plainly (docs/decisions/0018); sets of plain promotions are
/// judged by `JudgeLib`'s tight loop, with equal results. Bounded: at most 16 offers of one page each, four of which pay.
library GrantLib {
    using ProgressLib for uint256;

    uint256 private constant BPS = 10_000;
    /// @dev `OfferSetLib.MOST_GROUPS`.
    uint256 private constant MOST_GRANTS = 4;
    uint256 private constant NO_CEILING = type(uint256).max;
    uint256 private constant FIRST_YEAR = 1990;

    /// @notice Judges the purchase in `offers` and lets budgets and limits fall.
    /// @param left Miles the section's partner may still issue.
    /// @return bonus Miles granted.
    /// @return grants `Grants`.
    /// @return funded Miles of the bonus that pots pay.
    function grant(Kept storage kept, OfferList memory offers, uint256 left)
        internal
        returns (uint256 bonus, uint256 grants, uint256 funded)
    {
        Wish[MOST_GRANTS] memory winners;
        uint256 count;
        Wish best;
        offers.counted = 0;
        Earning earning = offers.earning;
        offers.probe = BoundsLib.probe(earning.eligible(), earning.occurredAt(), earning.localMinute());
        // Places are below 16, winners at most 4; miles stay below 2^48.
        unchecked {
            for (uint256 i; i < offers.all.length; ++i) {
                Offer memory offer = offers.all[i];
                if (_meets(kept, offers, offer)) {
                    Wish wish = _limited(kept, offers, offer, i, _desire(kept, offers, offer, i));
                    // Who desires nothing does not compete.
                    if (wish.desired() != 0 && (best.isNone() || wish.granted() > best.granted())) best = wish;
                }
                if (offer.endsGroup != 0 && !best.isNone()) (winners[count++], best) = (best, WishLib.NONE);
            }
            uint256[MOST_GRANTS] memory nothing;
            cutToCeiling(offers, winners, nothing, count);
            for (uint256 i; i < count; ++i) {
                Offer memory offer = offers.all[winners[i].place()];
                bool isFunded = offer.isFunded();
                if (!isFunded) winners[i] = winners[i].cutTo(left, Cut.PREPAID);
                uint256 miles = winners[i].granted();
                grants |= winners[i].field() << (192 - 64 * i);
                if (miles == 0) continue;
                bonus += miles;
                if (isFunded) funded += miles;
                else left -= miles;
                take(kept, offers, offer, miles, true);
            }
        }
    }

    /// @notice What an offer's terms give for an eligible amount and base alone, without regard to what came before.
    /// @dev Of a VISIT what it gives when it pays.
    function rewardOf(Offer memory offer, uint256 eligible, uint256 base) internal pure returns (uint256 desired) {
        uint256 kind = offer.extrasAt == 0 ? 0 : offer.extras().reward();
        // Amounts have 40 bits, base 28, miles and multiples 24.
        unchecked {
            if (kind == ExtrasLib.PER_STEP) desired = eligible / offer.extras().step() * offer.fixedMiles;
            else if (kind == ExtrasLib.BANDS) desired = offer.due(eligible);
            // One of the two rewards is 0.
            else desired = offer.fixedMiles + base * offer.bonusBps / BPS;
        }
        return _capped(desired);
    }

    /// @notice The page of the member, in storage's key.
    function pageKey(OfferList memory offers, Offer memory offer) internal pure returns (uint256) {
        return ProgressLib.pageKey(offer.condition.page(), offers.earning.member());
    }

    /// @notice A wish, cut by an offer's own limits and its budget, as they stand.
    /// @param had Miles that the same purchase was granted before: what is added to them is no award of its own.
    function limited(Kept storage kept, OfferList memory offers, Offer memory offer, Wish wish, uint256 had)
        internal
        view
        returns (Wish)
    {
        uint256 fields = offer.condition.page() == 0 ? 0 : kept.progress[pageKey(offers, offer)];
        uint256 perMember = offer.condition.perMember();
        if (offer.extrasAt != 0) wish = _cutOnce(offer, wish, had);
        if (perMember != 0) wish = wish.cutTo(_rest(perMember, grantedOf(offers, offer, fields)), Cut.PER_MEMBER);
        if (offer.extrasAt != 0 && (offer.limits().isAny() || offer.extras().first() != 0)) {
            wish = _cutByLimits(kept, offers, offer, fields, wish, had == 0);
        }
        return wish.cutTo(offer.budgetLeft, Cut.BUDGET);
    }

    /// @notice Miles the member got from an offer that keeps them.
    /// @param fields The member's page; not looked at where the offer stands in the scratch.
    function grantedOf(OfferList memory offers, Offer memory offer, uint256 fields) internal view returns (uint256) {
        Condition condition = offer.condition;
        if (condition.page() != 0) return fields.read(condition.field(), ProgressLib.GRANTED_BITS);
        return ScratchpadLib.granted(Standing.wrap(offers.standing), offers.earning.member(), condition.field());
    }

    /// @notice Calendar year of the purchase since 1990 where an offer's seasons are years, else 0.
    function seasonOf(OfferList memory offers, Offer memory offer) internal pure returns (uint256 year) {
        if (!offer.extras().isYearly()) return 0;
        (year,,) = DateTimeLib.epochDayToDate(offers.earning.localDay() + CalendarLib.FIRST_UNIX_DAY);
        return year - FIRST_YEAR;
    }

    /// @notice Bit of a page at which an offer's number for the purchase's outlet stands.
    function outletAt(OfferList memory offers, Offer memory offer) internal pure returns (uint256) {
        uint256 below = offer.mask & ((1 << offers.earning.outlet()) - 1);
        return offer.limits().countAt() + ProgressLib.OUTLET_BITS * (offer.countersBefore + LibBit.popCount(below));
    }

    /// @notice Miles that a window reward gives a member in all, for what it spent or where it was.
    /// @param fields The member's page.
    function dueOf(Offer memory offer, uint256 fields) internal pure returns (uint256) {
        if (offer.extras().reward() == ExtrasLib.WINDOW_OUTLETS) return offer.due(_outletsIn(offer, fields));
        return offer.due(fields.read(offer.limits().countAt(), ProgressLib.SPEND_BITS));
    }

    /// @dev Outlets of an offer at which a member has been.
    function _outletsIn(Offer memory offer, uint256 fields) private pure returns (uint256) {
        uint256 numbers = fields.read(offer.limits().countAt(), offer.extras().outletCount() * ProgressLib.OUTLET_BITS);
        numbers |= numbers >> 2;
        numbers |= numbers >> 1;
        return LibBit.popCount(numbers & 0x1111111111111111111111111111111111111111111111111111111111111111);
    }

    // ---------------------------------------------------------------- conditions

    /// @dev When, where, who and what: a purchase that meets all is a visit, whether or not anything is granted.
    function _meets(Kept storage kept, OfferList memory offers, Offer memory offer) private view returns (bool) {
        Earning earning = offers.earning;
        if ((offer.openMask >> earning.outlet()) & 1 == 0) return false;
        // Minimum, stop, and hours that do not pass midnight.
        unchecked {
            if ((offers.probe - offer.bounds) & BoundsLib.GUARDS != BoundsLib.GUARDS) return false;
        }
        if (offer.condition.wrapsMidnight() && !offer.condition.isOpenAt(earning.localMinute())) return false;
        if (offer.extrasAt == 0) return true;
        Extras extras = offer.extras();
        Standing standing = Standing.wrap(offers.standing);
        if (!extras.takesPurchase(earning.party(), earning.channel())) return false;
        if (!extras.takesMember(standing.tier(), standing.segments())) return false;
        if (!extras.needsEnrolment()) return true;
        uint256 since = kept.enrolledSince(earning.member());
        return since != 0 && since <= earning.occurredAt();
    }

    // ---------------------------------------------------------------- rewards

    /// @dev Miles desired, at most what a grant can say; counts the purchase where the reward looks at more than one.
    function _desire(Kept storage kept, OfferList memory offers, Offer memory offer, uint256 place)
        private
        returns (uint256)
    {
        Earning earning = offers.earning;
        if (offer.extrasAt == 0 || !offer.extras().counts()) {
            return rewardOf(offer, earning.eligible(), earning.base());
        }
        uint256 key = pageKey(offers, offer);
        uint256 fields = kept.progress[key];
        if (offer.extras().reward() == ExtrasLib.VISIT) return _desireVisit(kept, offers, offer, place);
        fields = offer.extras().reward() == ExtrasLib.WINDOW_SPEND
            ? _plusSpend(offers, offer, fields)
            : _plusOutlet(offers, offer, fields);
        kept.progress[key] = fields;
        offers.counted |= 1 << place;
        uint256 due = dueOf(offer, fields);
        uint256 granted = grantedOf(offers, offer, fields);
        return due > granted ? due - granted : 0;
    }

    function _plusSpend(OfferList memory offers, Offer memory offer, uint256 fields)
        private
        pure
        returns (uint256)
    {
        uint256 shift = offer.limits().countAt();
        uint256 sum = fields.read(shift, ProgressLib.SPEND_BITS) + offers.earning.eligible();
        return fields.write(shift, ProgressLib.SPEND_BITS, sum);
    }

    function _plusOutlet(OfferList memory offers, Offer memory offer, uint256 fields)
        private
        pure
        returns (uint256)
    {
        uint256 shift = outletAt(offers, offer);
        uint256 number = fields.read(shift, ProgressLib.OUTLET_BITS);
        return fields.write(shift, ProgressLib.OUTLET_BITS, number + 1);
    }

    function _desireVisit(Kept storage kept, OfferList memory offers, Offer memory offer, uint256 place)
        private
        returns (uint256)
    {
        uint256 key = pageKey(offers, offer);
        uint256 shift = offer.limits().countAt();
        uint256 year = seasonOf(offers, offer);
        uint256 fields = kept.progress[key];
        (Visits visits, uint256 number) = Visits.wrap(fields.read(shift, VisitsLib.BITS)).plusOne(year);
        if (number == 0) return 0;
        kept.progress[key] = fields.write(shift, VisitsLib.BITS, Visits.unwrap(visits));
        offers.counted |= 1 << place;
        Extras extras = offer.extras();
        if (number < extras.fromVisit()) return 0;
        uint256 every = extras.every();
        if (every != 0 && (number % every != 0 || number <= visits.paid(year))) return 0;
        return rewardOf(offer, offers.earning.eligible(), offers.earning.base());
    }

    function _capped(uint256 desired) private pure returns (uint256) {
        return desired > GrantsLib.MAX_MILES ? GrantsLib.MAX_MILES : desired;
    }

    // ---------------------------------------------------------------- limits

    function _limited(Kept storage kept, OfferList memory offers, Offer memory offer, uint256 place, uint256 desired)
        private
        view
        returns (Wish wish)
    {
        if (desired == 0) return WishLib.NONE;
        return limited(kept, offers, offer, WishLib.pack(place, offer.idField, desired), 0);
    }

    function _cutOnce(Offer memory offer, Wish wish, uint256 had) private pure returns (Wish) {
        uint256 perPurchase = offer.limits().perPurchase();
        return perPurchase == 0 ? wish : wish.cutTo(_rest(perPurchase, had), Cut.PER_PURCHASE);
    }

    /// @dev In the order of the limits' numbers, so that of two that leave as little the first is named.
    function _cutByLimits(
        Kept storage kept,
        OfferList memory offers,
        Offer memory offer,
        uint256 fields,
        Wish wish,
        bool isAward
    ) private view returns (Wish) {
        Limits limits = offer.limits();
        (uint256 dayGranted, uint256 dayAwards) = _dayOf(offers, limits, fields);
        if (limits.perMemberDay() != 0) wish = wish.cutTo(_rest(limits.perMemberDay(), dayGranted), Cut.PER_MEMBER_DAY);
        if (limits.perOutlet() != 0) {
            uint256 atOutlet = kept.grantedAt(offer.condition.promotion(), offers.partner, offers.earning.outlet());
            wish = wish.cutTo(_rest(limits.perOutlet(), atOutlet), Cut.PER_OUTLET);
        }
        if (isAward) wish = _cutByAwards(offer, limits, fields, dayAwards, wish);
        uint256 first = offer.extras().first();
        if (first != 0 && offer.stored.plus(offer.used).members() >= first && !_had(limits, fields)) {
            wish = wish.cutTo(0, Cut.FIRST);
        }
        return wish;
    }

    function _cutByAwards(Offer memory offer, Limits limits, uint256 fields, uint256 dayAwards, Wish wish)
        private
        pure
        returns (Wish)
    {
        uint256 most = limits.awardsPerMember();
        if (most != 0 && fields.read(limits.awardsAt(), ProgressLib.AWARDS_BITS) >= most) {
            wish = wish.cutTo(0, Cut.AWARDS_PER_MEMBER);
        }
        most = limits.awardsPerMemberDay();
        if (most != 0 && dayAwards >= most) wish = wish.cutTo(0, Cut.AWARDS_PER_MEMBER_DAY);
        most = limits.awards();
        if (most != 0 && offer.stored.plus(offer.used).awards() >= most) wish = wish.cutTo(0, Cut.AWARDS);
        return wish;
    }

    /// @dev Miles and awards of the day that is kept, which an earlier day shares; none for a later one.
    function _dayOf(OfferList memory offers, Limits limits, uint256 fields)
        private
        pure
        returns (uint256 granted, uint256 awards)
    {
        if (!limits.hasDay()) return (0, 0);
        uint256 shift = limits.dayAt();
        if (offers.earning.localDay() > fields.read(shift, 16)) return (0, 0);
        return (fields.read(shift + 16, 24), fields.read(shift + 40, 8));
    }

    function _had(Limits limits, uint256 fields) private pure returns (bool) {
        return fields.read(limits.hadAt(), ProgressLib.HAD_BITS) != 0;
    }

    function _rest(uint256 most, uint256 granted) private pure returns (uint256) {
        return most > granted ? most - granted : 0;
    }

    /// @notice Cuts wishes to the lowest ceiling among the promotions that grant, higher ids first.
    /// @param had Miles that the same purchase was granted before, and keeps.
    function cutToCeiling(
        OfferList memory offers,
        Wish[MOST_GRANTS] memory winners,
        uint256[MOST_GRANTS] memory had,
        uint256 count
    ) internal pure {
        uint256 ceiling = NO_CEILING;
        uint256 sum;
        // Four grants of 22 bits.
        unchecked {
            for (uint256 i; i < count; ++i) {
                Offer memory offer = offers.all[winners[i].place()];
                uint256 granted = winners[i].granted() + had[i];
                sum += granted;
                if (offer.extrasAt == 0 || granted == 0) continue;
                uint256 own = offer.limits().ceiling();
                if (own != 0 && own < ceiling) ceiling = own;
            }
        }
        for (uint256 i; i < count && sum > ceiling; ++i) {
            uint256 last = _lastGranting(winners, count);
            uint256 granted = winners[last].granted();
            uint256 rest = _rest(granted, sum - ceiling);
            winners[last] = winners[last].cutTo(rest, Cut.CEILING);
            sum -= granted - rest;
        }
    }

    /// @dev The winner of the highest id that still grants something; the first where none does.
    function _lastGranting(Wish[MOST_GRANTS] memory winners, uint256 count)
        private
        pure
        returns (uint256 last)
    {
        uint256 highest;
        for (uint256 i; i < count; ++i) {
            if (winners[i].granted() == 0 || winners[i].promotion() <= highest) continue;
            (last, highest) = (i, winners[i].promotion());
        }
    }

    // ---------------------------------------------------------------- taking

    /// @notice Lets budget and limits of an offer fall by what it grants, which is not 0.
    /// @param isAward Whether the purchase was granted nothing by it before.
    function take(Kept storage kept, OfferList memory offers, Offer memory offer, uint256 miles, bool isAward)
        internal
    {
        // The budget was asked before.
        unchecked {
            offer.budgetLeft -= miles;
            offer.used += isAward ? miles + BudgetWordLib.ONE_AWARD : miles;
        }
        if (offer.extrasAt != 0 && offer.limits().perOutlet() != 0) _takeAtOutlet(kept, offers, offer, miles);
        Condition condition = offer.condition;
        if (offer.extrasAt != 0 && offer.extras().isWindow() && !offer.isFunded()) {
            uint256 paid = kept.paidBy(condition.promotion(), offers.partner) + miles;
            kept.setPaidBy(condition.promotion(), offers.partner, paid);
        }
        if (condition.page() == 0) {
            if (condition.field() == 0) return;
            uint256 granted = grantedOf(offers, offer, 0) + miles;
            offers.scratch = ScratchpadLib.set(offers.earning.member(), condition.field(), granted);
            return;
        }
        uint256 key = pageKey(offers, offer);
        uint256 fields = kept.progress[key];
        if (offer.keepsGranted()) {
            uint256 granted = fields.read(condition.field(), ProgressLib.GRANTED_BITS) + miles;
            fields = fields.write(condition.field(), ProgressLib.GRANTED_BITS, granted);
        }
        if (offer.extrasAt != 0) fields = _takeRich(offers, offer, fields, miles, isAward ? 1 : 0);
        kept.progress[key] = fields;
    }

    function _takeAtOutlet(Kept storage kept, OfferList memory offers, Offer memory offer, uint256 miles) private {
        (uint256 promotion, uint256 outlet) = (offer.condition.promotion(), offers.earning.outlet());
        uint256 granted = kept.grantedAt(promotion, offers.partner, outlet) + miles;
        kept.setGrantedAt(promotion, offers.partner, outlet, granted);
    }

    /// @param awards 1 for a new award, 0 for more of one.
    function _takeRich(OfferList memory offers, Offer memory offer, uint256 fields, uint256 miles, uint256 awards)
        private
        pure
        returns (uint256)
    {
        Limits limits = offer.limits();
        Extras extras = offer.extras();
        if (limits.hasDay()) fields = _takeDay(offers, limits, fields, miles, awards);
        if (limits.awardsPerMember() != 0) {
            uint256 sum = fields.read(limits.awardsAt(), ProgressLib.AWARDS_BITS) + awards;
            fields = fields.write(limits.awardsAt(), ProgressLib.AWARDS_BITS, sum);
        }
        if (extras.first() != 0 && !_had(limits, fields)) {
            offer.used += BudgetWordLib.ONE_MEMBER;
            fields = fields.write(limits.hadAt(), ProgressLib.HAD_BITS, 1);
        }
        if (awards != 0 && extras.reward() == ExtrasLib.VISIT && extras.every() != 0) {
            Visits visits = Visits.wrap(fields.read(limits.countAt(), VisitsLib.BITS)).withPaid(seasonOf(offers, offer));
            fields = fields.write(limits.countAt(), VisitsLib.BITS, Visits.unwrap(visits));
        }
        return fields;
    }

    function _takeDay(OfferList memory offers, Limits limits, uint256 fields, uint256 miles, uint256 newAwards)
        private
        pure
        returns (uint256)
    {
        (uint256 granted, uint256 awards) = _dayOf(offers, limits, fields);
        uint256 shift = limits.dayAt();
        uint256 day = offers.earning.localDay();
        if (day > fields.read(shift, 16)) fields = fields.write(shift, 16, day);
        return fields.write(shift + 16, 24, granted + miles).write(shift + 40, 8, awards + newAwards);
    }
}
