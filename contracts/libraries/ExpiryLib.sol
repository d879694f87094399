// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Act, ActLib, Expiry, Rule} from "../types/Rule.sol";
import {CalendarLib} from "./CalendarLib.sol";

/// @title Expiry: last valid days by a programme's rules and by the acts announced since
/// @dev docs/programme-rules.md, the formula and changed rules.
library ExpiryLib {
    uint256 internal constant NEVER = 65535;
    uint256 private constant A_WORD = 4;
    uint256 private constant BITS = 64;
    uint256 private constant MASK = (1 << BITS) - 1;

    /// @param version 1 to `count`.
    function ruleOf(Expiry memory expiry, uint256 version) internal pure returns (Rule) {
        unchecked {
            return Rule.wrap((expiry.rules[version / A_WORD] >> (version % A_WORD * BITS)) & MASK);
        }
    }

    /// @notice The version in force on a day.
    function versionOn(Expiry memory expiry, uint256 day) internal pure returns (uint256 version) {
        version = expiry.count;
        while (ruleOf(expiry, version).fromDay() > day) --version;
    }

    /// @notice The own last day of miles earned on a day: never where no lot rule is in force.
    function ownDayOf(Expiry memory expiry, Rule rule, uint256 day) internal pure returns (uint256) {
        if (!rule.hasLotRule()) return NEVER;
        return _notBefore(CalendarLib.lastDayOf(day, rule.lotMonths(), rule.lotAlign()), expiry.terms.firstLapse());
    }

    /// @notice The deadline that an activity of a day gives: never where no account rule is in force.
    function clockDayOf(Expiry memory expiry, Rule rule, uint256 day) internal pure returns (uint256) {
        if (!rule.hasAccountRule()) return NEVER;
        return _notBefore(CalendarLib.lastDayOf(day, rule.accountMonths(), rule.accountAlign()), expiry.terms.firstLapse());
    }

    /// @notice Whether lots of a version are bound by the account's clock too.
    function isBound(Expiry memory expiry, uint256 version) internal pure returns (bool) {
        Rule rule = ruleOf(expiry, version);
        return rule.hasLotRule() && rule.hasAccountRule();
    }

    /// @notice A lot's own last day after the announced acts.
    function movedLotDay(Expiry memory expiry, uint256 lastDay, uint256 version) internal pure returns (uint256) {
        for (uint256 i; i < expiry.actCount; ++i) {
            Act act = actOf(expiry, i);
            if (lastDay < act.fromDay() || version > act.versions() || lastDay == NEVER) continue;
            if (act.kind() == ActLib.MOVE) {
                uint256 moved = CalendarLib.endAfter(lastDay, act.months(), ruleOf(expiry, version).lotAlign());
                lastDay = _notBefore(moved, act.fromDay());
            } else {
                lastDay = _extended(act, lastDay);
            }
        }
        return lastDay;
    }

    /// @notice A standing deadline after the announced acts, which never lower it.
    function movedDeadline(Expiry memory expiry, uint256 deadline) internal pure returns (uint256) {
        for (uint256 i; i < expiry.actCount; ++i) {
            Act act = actOf(expiry, i);
            if (deadline >= act.fromDay() && act.kind() != ActLib.MOVE) deadline = _extended(act, deadline);
        }
        return deadline;
    }

    function _extended(Act act, uint256 day) private pure returns (uint256) {
        return act.kind() == ActLib.NEVER ? NEVER : _notBefore(day, act.day());
    }

    /// @notice Announced act `i`, 0 to `actCount` less 1.
    function actOf(Expiry memory expiry, uint256 i) internal pure returns (Act) {
        unchecked {
            return Act.wrap((expiry.acts[i / A_WORD] >> (i % A_WORD * BITS)) & MASK);
        }
    }

    function _notBefore(uint256 day, uint256 earliest) private pure returns (uint256) {
        return day > earliest ? day : earliest;
    }
}
