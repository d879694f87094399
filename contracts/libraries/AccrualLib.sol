// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandingLib} from "../types/Earning.sol";
import {Outcome} from "../types/Outcome.sol";
import {Expiry, Rule} from "../types/Rule.sol";
import {CalendarLib} from "./CalendarLib.sol";
import {ExpiryLib} from "./ExpiryLib.sol";
import {Clock} from "./LifeLib.sol";

/// @notice What accruals of one day do to a clock. Days since 1990-01-01; `deadline` by the rules of `version`.
/// `needsLife`: their miles have a clock; `isPool`: and no day of their own.
struct Accruals {
    uint256 day;
    uint256 deadline;
    uint256 version;
    bool needsLife;
    bool isPool;
}

/// @title Accruals: what purchases of one day come to by the programme's rules
library AccrualLib {
    using ExpiryLib for Expiry;

    /// @dev Beside a bucket: the account's clock must be asked too.
    uint256 internal constant BY_CLOCK = 1 << 255;

    /// @notice The lot that a purchase of an instant earned into, as it was earned, and whether it is no longer alive.
    /// @dev A life that lapsed counts as over. Which life a purchase belongs to, its day says: one that was posted later than that
    /// may be taken for one of the life before, to its member's good.
    /// @return bucket last day 16 | life 4 | version 4; of pool miles version 0, and the deadline of their life.
    function lotOf(Expiry memory expiry, Clock memory clock, uint256 instant)
        internal
        pure
        returns (uint256 bucket, bool isOver)
    {
        uint256 day = CalendarLib.dayOf(instant, expiry.terms.utcOffset());
        uint256 version = expiry.versionOn(day);
        Rule rule = expiry.ruleOf(version);
        uint256 lastDay;
        if (rule.hasLotRule() || !rule.hasAccountRule()) {
            lastDay = expiry.ownDayOf(rule, day);
            isOver = expiry.movedLotDay(lastDay, version) < expiry.today;
        }
        if (rule.hasAccountRule()) {
            bool isFormer = day <= clock.formerDeadline;
            uint256 deadline = isFormer ? clock.formerDeadline : clock.deadline;
            if (isFormer || deadline < expiry.today) isOver = true;
            if (!rule.hasLotRule()) (version, lastDay) = (0, deadline);
            version |= clock.former.numberOf(isFormer) << 4;
        }
        return (version | (lastDay << 8), isOver);
    }

    /// @notice The day of an instant, by when it begins, and the `Standing` bits of its lot: CREDITED and bucket, or LOT_VOID.
    function bucketOf(Expiry memory expiry, uint256 instant, Accruals memory accruals)
        internal
        pure
        returns (uint256 dayBegins, uint256 bucket)
    {
        int256 offset = expiry.terms.utcOffset();
        uint256 day = CalendarLib.dayOf(instant, offset);
        dayBegins = CalendarLib.beginOf(day, offset);
        uint256 version = expiry.versionOn(day);
        Rule rule = expiry.ruleOf(version);
        accruals.needsLife = rule.hasAccountRule();
        accruals.isPool = rule.hasAccountRule() && !rule.hasLotRule();
        if (!accruals.isPool) {
            uint256 lastDay = expiry.ownDayOf(rule, day);
            if (expiry.movedLotDay(lastDay, version) < expiry.today) return (dayBegins, Outcome.LOT_VOID);
            bucket = StandingLib.packBucket(version, lastDay);
        }
        // No activity lies ahead of the chain's clock.
        if (expiry.terms.isPosting() || day > expiry.today) day = expiry.today;
        uint256 clockVersion = expiry.versionOn(day);
        if (expiry.ruleOf(clockVersion).hasAccountRule()) version = clockVersion;
        rule = expiry.ruleOf(version);
        if (!rule.hasAccountRule()) return (dayBegins, bucket);
        (accruals.day, accruals.deadline, accruals.version) = (day, expiry.clockDayOf(rule, day), version);
        bucket |= BY_CLOCK;
    }
}
