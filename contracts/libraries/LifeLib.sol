// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Account, AccountLib, LotLib} from "../types/Account.sol";
import {Former, FormerLib} from "../types/Former.sol";
import {Expiry, Rule} from "../types/Rule.sol";
import {ExpiryLib} from "./ExpiryLib.sol";

/// @title Clock: what an account's activity decides about its pool and its bound lots on a day
/// @param deadline Last valid day of the current life: 0 none, 65535 never or while the tier is exempt.
/// @param formerDeadline Last valid day of the former life, 0 for none.
struct Clock {
    uint256 deadline;
    uint256 formerDeadline;
    Former former;
}

/// @title Life: an account's pool and bound lots from their first activity until they lapse
/// @dev docs/programme-rules.md, lives. An account has a current life and at most one former that late activity may revive.
library LifeLib {
    using ExpiryLib for Expiry;

    /// @notice The clock of an account on the day of `expiry`.
    function clockOf(Expiry memory expiry, Account account, Former former) internal pure returns (Clock memory clock) {
        clock.former = former;
        if (account.deadline() != 0) {
            clock.deadline = isExempt(expiry, account) ? ExpiryLib.NEVER : expiry.movedDeadline(account.deadline());
        }
        if (former.deadline() != 0) clock.formerDeadline = expiry.movedDeadline(former.deadline());
    }

    /// @notice Whether the member's tier keeps the account's clock from binding.
    function isExempt(Expiry memory expiry, Account account) internal pure returns (bool) {
        uint256 version = account.clockVersion();
        return version != 0 && !expiry.ruleOf(version).binds(account.tier());
    }

    /// @notice Last valid day of a lot: 0 where its life is over for good.
    function lastDayOf(Clock memory clock, Expiry memory expiry, uint256 lot) internal pure returns (uint256 day) {
        day = _ownDay(expiry, lot);
        // Most programmes bind no lots, and this is asked for each lot of an account.
        if (!expiry.bindsLots || !expiry.isBound(LotLib.version(lot))) return day;
        uint256 until = _deadlineOf(clock, LotLib.life(lot));
        if (until < day) day = until;
    }

    /// @notice Whether nothing can make a lot live again: its own day is over, or its life's and the time for late activity.
    function isFinal(Clock memory clock, Expiry memory expiry, uint256 lot) internal pure returns (bool) {
        if (_ownDay(expiry, lot) < expiry.today) return true;
        return expiry.bindsLots && expiry.isBound(LotLib.version(lot)) && isOver(expiry, _deadlineOf(clock, LotLib.life(lot)));
    }

    /// @notice Whether miles of a bucket are alive, pool miles by the number of their life.
    function isLive(Clock memory clock, Expiry memory expiry, uint256 bucket) internal pure returns (bool) {
        uint256 lot = LotLib.pack(0, bucket);
        uint256 day =
            LotLib.isPool(bucket) ? _deadlineOf(clock, LotLib.life(lot)) : lastDayOf(clock, expiry, lot);
        return day >= expiry.today;
    }

    /// @notice Whether a deadline has passed and late activity can no longer move it.
    function isOver(Expiry memory expiry, uint256 deadline) internal pure returns (bool) {
        return expiry.today > deadline + expiry.terms.lateDays();
    }

    /// @notice What an activity does to an account's clock.
    /// @param day The activity's day; `deadline` is what it gives by the rules of `version`.
    /// @return account_ The account after it; the same where it came too late.
    /// @return former_ Its former life after it.
    /// @return isAlive Whether the life that the activity belongs to is the current one and lives on the day of `expiry`.
    /// @return begins A new life begins: the caller puts the current one in the former's place first, then asks again.
    function afterActivity(
        Expiry memory expiry,
        Account account,
        Former former,
        uint256 day,
        uint256 deadline,
        uint256 version
    ) internal pure returns (Account account_, Former former_, bool isAlive, bool begins) {
        Clock memory clock = clockOf(expiry, account, former);
        if (day <= clock.formerDeadline) {
            if (isOver(expiry, clock.formerDeadline)) return (account, former, false, false);
            if (deadline > former.deadline()) former = former.withDeadline(deadline);
            if (expiry.movedDeadline(former.deadline()) < former.began()) return (account, former, false, false);
            (account, former) = _join(account, former);
        } else if (account.deadline() == 0) {
            account = account.withClock(deadline, version);
            if (day < former.began()) former = former.withBegan(day);
        } else {
            bool isLate = expiry.today > clock.deadline;
            if (isLate && day > clock.deadline) return (account, former, false, true);
            if (isLate && isOver(expiry, clock.deadline)) return (account, former, false, false);
            account = _raised(expiry, account, deadline, version);
            if (day < former.began()) former = former.withBegan(day);
        }
        isAlive = expiry.today <= clockOf(expiry, account, former).deadline;
        return (account, former, isAlive, false);
    }

    /// @notice The current life in the former's place, and an empty one that begins on a day in its own.
    function succeeded(Account account, Former former, uint256 began) internal pure returns (Account, Former) {
        unchecked {
            Former next =
                FormerLib.pack(account.pool(), account.deadline(), began, former.life() + 1, 0, former.joined());
            account = account.withPool(0).withClock(0, account.clockVersion());
            return (account.withFlag(AccountLib.FLAG_RETURNED, true), next);
        }
    }

    /// @notice An account whose member is no longer exempt: its clock goes on from this day, not from one in the past.
    function resumed(Expiry memory expiry, Account account) internal pure returns (Account) {
        uint256 deadline = account.deadline();
        if (deadline == 0 || expiry.movedDeadline(deadline) >= expiry.today) return account;
        return account.withClock(expiry.today, account.clockVersion());
    }

    /// @dev A new version of the account rule binds an account from an activity that it counts.
    function _raised(Expiry memory expiry, Account account, uint256 deadline, uint256 version)
        private
        pure
        returns (Account)
    {
        bool wasExempt = isExempt(expiry, account);
        if (account.deadline() > deadline) deadline = account.deadline();
        if (account.clockVersion() > version) version = account.clockVersion();
        account = account.withClock(deadline, version);
        return wasExempt && !isExempt(expiry, account) ? resumed(expiry, account) : account;
    }

    /// @dev A former life that reaches the day the current one began goes on in it.
    function _join(Account account, Former former) private pure returns (Account, Former) {
        uint256 deadline = former.deadline() > account.deadline() ? former.deadline() : account.deadline();
        account = account.withClock(deadline, account.clockVersion()).plusPool(former.pool());
        // What began before is not kept: nothing older can join any more.
        return (account, FormerLib.pack(0, 0, 0, former.life(), former.joined() + 1 + former.formerJoined(), 0));
    }

    function _ownDay(Expiry memory expiry, uint256 lot) private pure returns (uint256) {
        uint256 day = LotLib.lastDay(lot);
        return expiry.actCount == 0 ? day : expiry.movedLotDay(day, LotLib.version(lot));
    }

    function _deadlineOf(Clock memory clock, uint256 life) private pure returns (uint256) {
        uint256 age = clock.former.ageOf(life);
        return age == 0 ? clock.deadline : age == 1 ? clock.formerDeadline : 0;
    }
}
