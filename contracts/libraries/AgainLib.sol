// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Award, AwardLib} from "../types/Award.sol";
import {Cut} from "../types/Cut.sol";
import {Earning, EarningLib, Standing} from "../types/Earning.sol";
import {Entry, EntryLib} from "../types/Entry.sol";
import {ExtrasLib} from "../types/Extras.sol";
import {AccrualWordLib, AmendedLib, BasisLib} from "../types/MemberReceipt.sol";
import {Outcome} from "../types/Outcome.sol";
import {Kept, ProgressLib} from "../types/Progress.sol";
import {Wish, WishLib} from "../types/Wish.sol";
import {GiveBackLib} from "./GiveBackLib.sol";
import {GrantLib} from "./GrantLib.sol";
import {Offer, OfferList} from "./OfferSetLib.sol";

/// @notice A purchase as its newest receipt has it.
/// @param base Miles of base that it was credited.
/// @param grants `Grants`.
/// @param counted Places of its offer set that counted it.
/// @param eligible What was left of its bill, minor units.
/// @param fullBase Base miles of that at the receipt's rate, whatever was paid of it.
/// @param how Entry bits 128 to 139.
/// @param hasEarned Whether it was credited at all.
struct Receipt {
    uint256 base;
    uint256 grants;
    uint256 counted;
    uint256 eligible;
    uint256 fullBase;
    uint256 how;
    bool hasEarned;
}

/// @notice What judging a purchase again comes to so far.
/// @param left Miles the section's partner may still issue.
/// @param paid Of these, what was taken.
/// @param putBack What was given back to them.
/// @param returned Miles that come back from the member, and those added.
/// @param isCut Whether prepaid miles cut what was added.
/// @param kept Grants of the receipt, and what is left of them.
/// @param grantCount How many.
struct Again {
    uint256 left;
    uint256 paid;
    uint256 putBack;
    uint256 returned;
    uint256 added;
    bool isCut;
    Wish[4] kept;
    uint256 grantCount;
}

/// @title Again: judges a purchase again once its bill has changed, under the terms of its day
/// @dev promotions.md, "Refunds, amendments, voids"; src/milepost/domain/judging_again.py says the same. Promotions that did not
/// match, lost or were cut out never come in. Bounded as judging is: one offer set, one page a promotion.
library AgainLib {
    using ProgressLib for uint256;

    uint256 private constant MOST_GRANTS = 4;

    /// @notice Says what is left of a purchase, and gives back, or takes, what that changes.
    /// @param offers The set it was judged by, its masks those of the section's partner, with the amendment's earning and
    /// standing; budgets rise and fall in memory.
    /// @param words Where the receipt's five words begin in calldata.
    /// @param left Miles the partner may still issue.
    /// @return award The amendment's.
    /// @return grants What is left of each.
    /// @return What the partner may still issue after it.
    function judge(Kept storage kept, OfferList memory offers, uint256 words, uint256 left)
        internal
        returns (Award award, uint256 grants, uint256)
    {
        Receipt memory was = _read(words);
        Earning earning = offers.earning;
        bool isAmend = earning.kind() == EntryLib.AMEND;
        if (!was.hasEarned) return (AwardLib.ofOutcome(isAmend ? Outcome.CREDITED : Outcome.REVERSED), 0, left);
        bool isRaised = earning.eligible() > was.eligible;
        if (isRaised && Standing.wrap(offers.standing).isOver()) {
            return (AwardLib.ofOutcome(Outcome.LOT_VOID), 0, left);
        }
        Again memory again;
        (again.left, offers.scratch) = (left, 0);
        uint256 base = _base(again, was, earning);
        uint256[] memory more = _recount(kept, offers, was, again);
        _keep(kept, offers, was, again);
        if (isRaised) _add(kept, offers, was, again, more);
        uint256 bonus;
        (bonus, grants) = _written(again);
        award = AwardLib.ofAmendment(_outcome(again, isAmend), base, bonus, grants, offers.scratch);
        bool isBack = again.putBack > again.paid;
        award = award.withCharge(isBack ? again.putBack - again.paid : again.paid - again.putBack, isBack);
        (uint256 returned, uint256 added) = _net(again);
        return (award.withCounted(was.counted).withChange(returned, added), grants, again.left);
    }

    /// @notice The offer set that a receipt's purchase was judged by.
    function offerSetOf(uint256 words) internal pure returns (uint256) {
        return BasisLib.offerSet(_word(words + 96));
    }

    function _read(uint256 words) private pure returns (Receipt memory was) {
        uint256 entry = _word(words);
        uint256 accrual = _word(words + 32);
        uint256 basis = _word(words + 96);
        uint256 amended = _word(words + 128);
        was.base = AccrualWordLib.base(accrual);
        was.hasEarned = (accrual >> 96) & 0xffff != 0;
        was.grants = _word(words + 64);
        was.counted = BasisLib.counted(basis);
        was.eligible = amended == 0 ? Entry.wrap(entry).eligible() : AmendedLib.left(amended);
        was.how = amended == 0 ? Entry.wrap(entry).how() : AmendedLib.outletAndHow(amended) & EntryLib.HOW_MASK;
        uint256 base = was.eligible * BasisLib.earnMiles(basis) / BasisLib.perMinor(basis);
        was.fullBase = base > EarningLib.MAX_BASE ? EarningLib.MAX_BASE : base;
    }

    /// @dev Never above what was paid, unless the bill rose: then what prepaid miles leave of the rise is added.
    function _base(Again memory again, Receipt memory was, Earning earning) private pure returns (uint256 base) {
        if (earning.base() > was.fullBase) {
            uint256 wanted = earning.base() - was.fullBase;
            uint256 paid = wanted < again.left ? wanted : again.left;
            again.isCut = paid < wanted;
            _pay(again, paid);
            return was.base + paid;
        }
        base = was.base < earning.base() ? was.base : earning.base();
        again.returned += was.base - base;
        _putBack(again, was.base - base);
    }

    // ---------------------------------------------------------------- what was counted

    /// @dev Takes the change into sums, outlets and visits; what a window reward granted the member in too much comes back,
    /// whichever purchase it was granted for, and this receipt's grant shows less by it.
    /// @return more By place, what window rewards are due more than before.
    function _recount(Kept storage kept, OfferList memory offers, Receipt memory was, Again memory again)
        private
        returns (uint256[] memory more)
    {
        more = new uint256[](offers.count());
        uint256[] memory over = new uint256[](offers.count());
        for (uint256 i; i < more.length; ++i) {
            if ((was.counted >> i) & 1 == 0) continue;
            Offer memory offer = offers.all[i];
            uint256 key = GrantLib.pageKey(offers, offer);
            uint256 fields = kept.progress[key];
            bool isWindow = offer.extras().isWindow();
            uint256 dueBefore = isWindow ? GrantLib.dueOf(offer, fields) : 0;
            if (!_stillMeets(offers, offer)) {
                fields = GiveBackLib.uncount(offers, offer, fields, was.eligible);
                was.counted &= ~(1 << i);
            } else if (offer.extras().reward() == ExtrasLib.WINDOW_SPEND) {
                fields = GiveBackLib.respend(offers, offer, fields, was.eligible);
            }
            kept.progress[key] = fields;
            if (!isWindow) continue;
            uint256 due = GrantLib.dueOf(offer, fields);
            uint256 granted = GrantLib.grantedOf(offers, offer, fields);
            if (due > dueBefore) more[i] = due - dueBefore;
            if (granted <= due) continue;
            over[i] = granted - due;
            again.returned += over[i];
            uint256 own = _grantedIn(was.grants, offer.condition.promotion());
            GiveBackLib.giveBack(kept, offers, offer, over[i], own < over[i] ? own : over[i]);
            if (!offer.isFunded()) _putBack(again, _paidBack(kept, offers, offer, over[i]));
        }
        _readGrants(offers, was, again, over);
    }

    /// @dev The receipt's grants; those of window rewards less what the member had in too much.
    function _readGrants(OfferList memory offers, Receipt memory was, Again memory again, uint256[] memory over)
        private
        pure
    {
        for (uint256 i; i < MOST_GRANTS; ++i) {
            uint256 field = (was.grants >> (192 - 64 * i)) & type(uint64).max;
            if (field == 0) return;
            uint256 place = _placeOf(offers, field >> 48);
            Wish grant = WishLib.ofGrant(place, field);
            if (over[place] != 0) {
                uint256 granted = _less(grant.granted(), over[place]);
                uint256 desired = _less(grant.desired(), over[place]);
                grant = grant.withMiles(desired > granted ? desired : granted, granted);
            }
            again.kept[again.grantCount++] = grant;
        }
    }

    // ---------------------------------------------------------------- what each promotion granted

    /// @dev Of each grant the lesser of it and what its terms give on what is left. One that falls to 0 is no award any more.
    function _keep(Kept storage kept, OfferList memory offers, Receipt memory was, Again memory again) private {
        for (uint256 i; i < again.grantCount; ++i) {
            Wish grant = again.kept[i];
            Offer memory offer = offers.all[grant.place()];
            if (offer.extrasAt == 0 || !offer.extras().isWindow()) {
                uint256 desired = _stillMeets(offers, offer) ? _reward(offers, offer) : 0;
                uint256 granted = grant.granted() < desired ? grant.granted() : desired;
                _giveBack(kept, offers, offer, again, grant.granted() - granted);
                grant = grant.withMiles(desired, granted);
                again.kept[i] = grant;
            }
            uint256 before = (was.grants >> (192 - 64 * i)) & ((1 << 22) - 1);
            if (before != 0 && grant.granted() == 0) GiveBackLib.dropAward(kept, offers, offer);
        }
    }

    /// @dev What a raised bill adds to each grant, under the limits as they stand.
    function _add(
        Kept storage kept,
        OfferList memory offers,
        Receipt memory was,
        Again memory again,
        uint256[] memory more
    ) private {
        Wish[MOST_GRANTS] memory wishes;
        uint256[MOST_GRANTS] memory had;
        uint256 count = again.grantCount;
        for (uint256 i; i < count; ++i) {
            uint256 place = again.kept[i].place();
            Offer memory offer = offers.all[place];
            had[i] = again.kept[i].granted();
            uint256 wanted = _wanted(offers, offer, was, had[i], more[place]);
            wishes[i] = GrantLib.limited(kept, offers, offer, WishLib.pack(place, offer.idField, wanted), had[i]);
        }
        GrantLib.cutToCeiling(offers, wishes, had, count);
        for (uint256 i; i < count; ++i) {
            Offer memory offer = offers.all[wishes[i].place()];
            Wish wish = wishes[i];
            if (!offer.isFunded()) {
                wish = wish.cutTo(again.left, Cut.PREPAID);
                _pay(again, wish.granted());
            } else {
                again.added += wish.granted();
            }
            if (wish.cut() == Cut.PREPAID) again.isCut = true;
            if (wish.granted() != 0) GrantLib.take(kept, offers, offer, wish.granted(), had[i] == 0);
            again.kept[i] = again.kept[i].plus(wish);
        }
    }

    /// @dev Desired after less desired before.
    function _wanted(
        OfferList memory offers,
        Offer memory offer,
        Receipt memory was,
        uint256 granted,
        uint256 more
    ) private pure returns (uint256) {
        if (!_stillMeets(offers, offer)) return 0;
        if (offer.extrasAt != 0 && offer.extras().isWindow()) return more;
        uint256 before;
        if (_met(offer, was) && (was.eligible != 0 || granted != 0)) {
            before = GrantLib.rewardOf(offer, was.eligible, was.fullBase);
        }
        return _less(_reward(offers, offer), before);
    }

    function _reward(OfferList memory offers, Offer memory offer) private pure returns (uint256) {
        return GrantLib.rewardOf(offer, offers.earning.eligible(), offers.earning.base());
    }

    /// @dev Whether what is left, if anything is, meets minimum, party and channel.
    function _stillMeets(OfferList memory offers, Offer memory offer) private pure returns (bool) {
        Earning earning = offers.earning;
        return earning.eligible() != 0
            && _meets(offer, earning.eligible(), earning.party(), earning.channel());
    }

    /// @dev Whether it did before.
    function _met(Offer memory offer, Receipt memory was) private pure returns (bool) {
        return _meets(offer, was.eligible, (was.how >> 1) & 0x3f, (was.how >> 7) & 3);
    }

    function _meets(Offer memory offer, uint256 eligible, uint256 party, uint256 channel) private pure returns (bool) {
        if (eligible < offer.condition.minimum()) return false;
        return offer.extrasAt == 0 || offer.extras().takesPurchase(party, channel);
    }

    // ---------------------------------------------------------------- what it comes to

    function _written(Again memory again) private pure returns (uint256 bonus, uint256 grants) {
        for (uint256 i; i < again.grantCount; ++i) {
            bonus += again.kept[i].granted();
            grants |= again.kept[i].field() << (192 - 64 * i);
        }
    }

    /// @dev REVERSED for what took miles back or is a refund; an AMEND that added, or changed nothing, is credited.
    function _outcome(Again memory again, bool isAmend) private pure returns (uint256) {
        if (!isAmend || again.returned > again.added) return Outcome.REVERSED;
        return again.isCut ? Outcome.CUT_BY_PREPAID : Outcome.CREDITED;
    }

    function _net(Again memory again) private pure returns (uint256 returned, uint256 added) {
        return (_less(again.returned, again.added), _less(again.added, again.returned));
    }

    function _giveBack(
        Kept storage kept,
        OfferList memory offers,
        Offer memory offer,
        Again memory again,
        uint256 miles
    ) private {
        if (miles == 0) return;
        again.returned += miles;
        if (!offer.isFunded()) _putBack(again, miles);
        GiveBackLib.giveBack(kept, offers, offer, miles, miles);
    }

    /// @dev Of a window reward's miles what the partner paid itself: never what another partner of the promotion did.
    function _paidBack(Kept storage kept, OfferList memory offers, Offer memory offer, uint256 miles)
        private
        returns (uint256 back)
    {
        uint256 promotion = offer.condition.promotion();
        uint256 paid = kept.paidBy(promotion, offers.partner);
        back = miles < paid ? miles : paid;
        kept.setPaidBy(promotion, offers.partner, paid - back);
    }

    /// @dev Miles that a receipt's grants say of a promotion.
    function _grantedIn(uint256 grants, uint256 promotion) private pure returns (uint256) {
        for (uint256 i; i < MOST_GRANTS; ++i) {
            uint256 field = (grants >> (192 - 64 * i)) & type(uint64).max;
            if (field >> 48 == promotion) return field & ((1 << 22) - 1);
        }
        return 0;
    }

    /// @dev Of the partner's miles, to the member.
    function _pay(Again memory again, uint256 miles) private pure {
        again.left -= miles;
        again.paid += miles;
        again.added += miles;
    }

    function _putBack(Again memory again, uint256 miles) private pure {
        again.left += miles;
        again.putBack += miles;
    }

    /// @dev Sets never lose a promotion, so that a receipt's are all in its own.
    function _placeOf(OfferList memory offers, uint256 promotion) private pure returns (uint256 place) {
        while (offers.all[place].condition.promotion() != promotion) ++place;
    }

    function _less(uint256 one, uint256 other) private pure returns (uint256) {
        return one > other ? one - other : 0;
    }

    function _word(uint256 position) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(position)
        }
    }
}
