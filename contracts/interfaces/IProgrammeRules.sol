// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Expiry} from "../types/Rule.sol";

/// @title Programme rules: how long miles live, by version, and what was announced for lots that exist
/// @notice docs/programme-rules.md says them in words. Days count from 1990-01-01 by the programme's fixed offset.
interface IProgrammeRules {
    /// @param utcOffset The programme's fixed offset, minutes, -840 to 840.
    /// @param lateDays How long after a deadline an activity of before it still counts, 0 to 180.
    /// @param noticeDays Between announcing a version, or an act that shortens lives, and its first day; 1 or more.
    /// @param firstLapse No last valid day is earlier; 0 for none.
    /// @param isPosting Activity counts on the day it settles, not on its own.
    /// @param isLotsFirst Lots with a day of their own are spent before the pool; else what lapses soonest.
    /// @param closesAccounts Lapsing makes an account closable.
    /// @param spentMiles What becomes of miles that a refund takes back and that are spent already: 0 forgiven, 1 taken from later
    /// accruals, 2 a debt that anyone may collect.
    struct Settings {
        int16 utcOffset;
        uint16 lateDays;
        uint16 noticeDays;
        uint16 firstLapse;
        bool isPosting;
        bool isLotsFirst;
        bool closesAccounts;
        uint8 spentMiles;
    }

    /// @notice One version: last valid day = end of align of (day + months); months 0 for no such rule.
    /// @param fromDay First day of earning that it rules; 0 for the first version.
    /// @param lotMonths 0 to 600; at most 48 where days are aligned to the day.
    /// @param lotAlign 0 day, 1 month, 2 quarter, 3 year.
    /// @param accountMonths 0 to 600.
    /// @param activities `Activity` bits that restart the account's clock; accruals are among them.
    /// @param tiers A bit for each tier it binds; 65535 for all.
    struct RuleVersion {
        uint16 fromDay;
        uint16 lotMonths;
        uint8 lotAlign;
        uint16 accountMonths;
        uint8 accountAlign;
        uint8 activities;
        uint16 tiers;
    }

    event RuleAnnounced(uint256 indexed version, RuleVersion rule);
    /// @param kind 1 grace, 2 move, 3 never.
    event ActAnnounced(uint256 indexed number, uint8 kind, uint8 versions, uint16 fromDay, int32 value);

    error RulesSettingsInvalid();
    error RulesVersionInvalid(uint256 version);
    /// @notice It begins before the notice period is over.
    error RulesNoticeTooShort(uint256 fromDay, uint256 earliest);
    error RulesTooMany(uint256 most);
    error RulesActInvalid(uint8 kind, uint8 versions, int32 value);

    /// @notice Announces the next version: it binds lots earned from its day, and an account's clock from the member's
    /// next activity. Restricted. Reverts, in this order, if there are 15 (RulesTooMany), months, align or activities are
    /// out of range or the day is not after the last version's (RulesVersionInvalid), or the notice is too short.
    function announceRule(RuleVersion calldata rule) external;

    /// @notice Announces an act on lots that exist: a monotone function of their last days. Restricted. Upholds INV-9.
    /// @dev Nothing that has lapsed is concerned, as `fromDay` is never in the past; what shortens lives begins after the
    /// notice. What would need the day of earning cannot be stated. At most eight, of which two are moves.
    /// @param kind 1: last days of `fromDay` or later become `value` at least, and standing deadlines too. 2: they move by
    /// `value` months, none to before `fromDay`; deadlines stay. 3: they never lapse, deadlines neither.
    /// @param versions Lots of this version and lower are concerned.
    /// @param value A day, signed months, or 0.
    function announceAct(uint8 kind, uint8 versions, uint16 fromDay, int32 value) external;

    /// @notice Everything that decides at an instant which miles are alive.
    function expiryAt(uint48 instant) external view returns (Expiry memory);

    /// @notice The programme's local day at an instant.
    function dayOf(uint48 instant) external view returns (uint16);

    /// @notice Last valid day of miles earned at an instant by the version of that day, announced acts left out: the lot's
    /// own day where there is a lot rule, else the deadline that the accrual gives, 65535 where they never lapse.
    function lastDayOf(uint48 earnedAt) external view returns (uint16);

    function settings() external view returns (Settings memory);
}
