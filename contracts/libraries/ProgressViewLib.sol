// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPromotionBook} from "../interfaces/IPromotionBook.sol";
import {ScratchLib} from "../types/Award.sol";
import {Extras, ExtrasLib, Limits} from "../types/Extras.sol";
import {Kept, ProgressLib} from "../types/Progress.sol";
import {Condition} from "../types/Promotion.sol";

/// @title Progress, read: a member's fields of one promotion by name
library ProgressViewLib {
    using ProgressLib for uint256;

    uint256 private constant FIRST_YEAR = 1990;

    /// @param scratch The account word's.
    function read(Kept storage kept, Condition condition, Extras extras, Limits limits, uint256 member, uint256 scratch)
        internal
        view
        returns (IPromotionBook.Progress memory progress)
    {
        uint256 field = condition.field();
        if (condition.page() == 0) {
            if (field != 0) progress.granted = uint24(ScratchLib.granted(scratch, field));
            return progress;
        }
        uint256 fields = kept.progress[ProgressLib.pageKey(condition.page(), member)];
        if (condition.perMember() != 0 || extras.isWindow()) {
            progress.granted = uint24(fields.read(field, ProgressLib.GRANTED_BITS));
        }
        if (limits.hasDay()) {
            progress.day = uint16(fields.read(limits.dayAt(), 16));
            progress.dayGranted = uint24(fields.read(limits.dayAt() + 16, 24));
            progress.dayAwards = uint8(fields.read(limits.dayAt() + 40, 8));
        }
        if (limits.awardsPerMember() != 0) {
            progress.awards = uint16(fields.read(limits.awardsAt(), ProgressLib.AWARDS_BITS));
        }
        if (extras.first() != 0) progress.had = fields.read(limits.hadAt(), ProgressLib.HAD_BITS) != 0;
        _readCount(extras, fields >> limits.countAt(), progress);
    }

    function _readCount(Extras extras, uint256 count, IPromotionBook.Progress memory progress) private pure {
        if (extras.reward() == ExtrasLib.WINDOW_SPEND) progress.spend = uint40(count.read(0, ProgressLib.SPEND_BITS));
        if (extras.reward() == ExtrasLib.WINDOW_OUTLETS) {
            progress.outlets = uint128(count.read(0, extras.outletCount() * ProgressLib.OUTLET_BITS));
        }
        if (extras.reward() != ExtrasLib.VISIT) return;
        progress.year = extras.isYearly() ? uint16(FIRST_YEAR + count.read(0, 8)) : 0;
        progress.visits = uint16(count.read(8, 12));
        progress.lastVisits = uint16(count.read(20, 12));
        progress.paid = uint16(count.read(32, 12));
        progress.lastPaid = uint16(count.read(44, 12));
    }
}
