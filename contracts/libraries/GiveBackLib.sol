// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Earning, Standing} from "../types/Earning.sol";
import {ExtrasLib, Limits} from "../types/Extras.sol";
import {Kept, ProgressLib, Visits, VisitsLib} from "../types/Progress.sol";
import {BudgetWordLib, Condition} from "../types/Promotion.sol";
import {GrantLib} from "./GrantLib.sol";
import {Offer, OfferList} from "./OfferSetLib.sol";
import {ScratchpadLib} from "./ScratchpadLib.sol";

/// @title Giving back: what a changed bill gives back to counters, limits and budgets, for purchases judged later
/// @dev It frees no place among the first, and no milestone.
library GiveBackLib {
    using ProgressLib for uint256;

    uint256 private constant MOST_AT_OUTLET = 15;

    /// @notice Takes a purchase that an offer counted out: its amount, its outlet or its visit.
    /// @param fields The member's page.
    /// @param eligible What of its amount stands in the sum.
    function uncount(OfferList memory offers, Offer memory offer, uint256 fields, uint256 eligible)
        internal
        pure
        returns (uint256)
    {
        uint256 shift = offer.limits().countAt();
        uint256 reward = offer.extras().reward();
        if (reward == ExtrasLib.WINDOW_SPEND) {
            uint256 sum = fields.read(shift, ProgressLib.SPEND_BITS);
            return fields.write(shift, ProgressLib.SPEND_BITS, _less(sum, eligible));
        }
        if (reward == ExtrasLib.VISIT) {
            Visits visits = Visits.wrap(fields.read(shift, VisitsLib.BITS)).minusOne(GrantLib.seasonOf(offers, offer));
            return fields.write(shift, VisitsLib.BITS, Visits.unwrap(visits));
        }
        shift = GrantLib.outletAt(offers, offer);
        uint256 number = fields.read(shift, ProgressLib.OUTLET_BITS);
        // One that stands at the most it can say is not known.
        if (number == 0 || number == MOST_AT_OUTLET) return fields;
        return fields.write(shift, ProgressLib.OUTLET_BITS, number - 1);
    }

    /// @notice Takes a changed amount into the member's sum.
    /// @param eligible What of the purchase stood in it.
    function respend(OfferList memory offers, Offer memory offer, uint256 fields, uint256 eligible)
        internal
        pure
        returns (uint256)
    {
        uint256 shift = offer.limits().countAt();
        uint256 sum = fields.read(shift, ProgressLib.SPEND_BITS) + offers.earning.eligible();
        return fields.write(shift, ProgressLib.SPEND_BITS, _less(sum, eligible));
    }

    /// @notice Lets budget and limits rise by miles that come back. The day's limits only while its day is kept.
    /// @param own The part that the purchase's own receipt granted: what another outlet granted stays counted there.
    function giveBack(Kept storage kept, OfferList memory offers, Offer memory offer, uint256 miles, uint256 own)
        internal
    {
        offer.stored = offer.stored.minus(miles);
        offer.budgetLeft += miles;
        Condition condition = offer.condition;
        Earning earning = offers.earning;
        if (offer.extrasAt != 0 && offer.limits().perOutlet() != 0) {
            uint256 granted = kept.grantedAt(condition.promotion(), offers.partner, earning.outlet());
            kept.setGrantedAt(condition.promotion(), offers.partner, earning.outlet(), _less(granted, own));
        }
        if (condition.page() == 0) {
            if (condition.field() == 0) return;
            uint256 granted =
                ScratchpadLib.granted(Standing.wrap(offers.standing), earning.member(), condition.field());
            if (granted == ScratchpadLib.LOST) return;
            offers.scratch = ScratchpadLib.set(earning.member(), condition.field(), _less(granted, miles));
            return;
        }
        uint256 key = GrantLib.pageKey(offers, offer);
        uint256 fields = kept.progress[key];
        if (offer.keepsGranted()) fields = _lower(fields, condition.field(), ProgressLib.GRANTED_BITS, miles);
        if (_keepsDay(offer, earning, fields)) fields = _lower(fields, offer.limits().dayAt() + 16, 24, miles);
        kept.progress[key] = fields;
    }

    /// @notice The purchase is no award any more.
    function dropAward(Kept storage kept, OfferList memory offers, Offer memory offer) internal {
        offer.stored = offer.stored.minus(BudgetWordLib.ONE_AWARD);
        if (offer.extrasAt == 0 || offer.condition.page() == 0) return;
        Limits limits = offer.limits();
        uint256 key = GrantLib.pageKey(offers, offer);
        uint256 fields = kept.progress[key];
        if (limits.awardsPerMember() != 0) fields = _lower(fields, limits.awardsAt(), ProgressLib.AWARDS_BITS, 1);
        if (_keepsDay(offer, offers.earning, fields)) fields = _lower(fields, limits.dayAt() + 40, 8, 1);
        kept.progress[key] = fields;
    }

    /// @dev Whether the purchase's day is the one that is kept of the member.
    function _keepsDay(Offer memory offer, Earning earning, uint256 fields) private pure returns (bool) {
        if (offer.extrasAt == 0 || !offer.limits().hasDay()) return false;
        return fields.read(offer.limits().dayAt(), 16) == earning.localDay();
    }

    function _lower(uint256 fields, uint256 shift, uint256 bits, uint256 by) private pure returns (uint256) {
        return fields.write(shift, bits, _less(fields.read(shift, bits), by));
    }

    function _less(uint256 one, uint256 other) private pure returns (uint256) {
        return one > other ? one - other : 0;
    }
}
