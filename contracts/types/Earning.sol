// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Account} from "./Account.sol";

/// @title Earning: what the partner's terms make of one entry, one word from PartnerRegistry.open
/// @dev Bits, least significant first:
/// outcome 8 | base 32 | local day 16 | local minute 16 | outlet 16 | eligible 40 | member 40 | occurred at 40
/// base: miles. Local day: days since 1990-01-01 by the outlet's clock; minute: of that day. occurred at: unix seconds.
type Earning is uint256;

using EarningLib for Earning global;

library EarningLib {
    /// @dev A larger base is cut to this: 268,435,455 miles for one bill.
    uint256 internal constant MAX_BASE = (1 << 28) - 1;

    /// @dev What the entry says, with outcome CREDITED and no base yet.
    function packFacts(uint256 member_, uint256 occurredAt_, uint256 eligible_, uint256 outlet_)
        internal
        pure
        returns (uint256)
    {
        return (outlet_ << 72) | (eligible_ << 88) | (member_ << 128) | (occurredAt_ << 168);
    }

    /// @dev What the partner's terms add; day and minute by the outlet's clock.
    function packTerms(uint256 base_, uint256 localDay_, uint256 localMinute_) internal pure returns (uint256) {
        if (base_ > MAX_BASE) base_ = MAX_BASE;
        return (base_ << 8) | ((localDay_ & 0xffff) << 40) | (localMinute_ << 56);
    }

    function outcome(Earning earning) internal pure returns (uint256) {
        return Earning.unwrap(earning) & 0xff;
    }

    function base(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 8) & 0xffffffff;
    }

    function localDay(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 40) & 0xffff;
    }

    function localMinute(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 56) & 0xffff;
    }

    function outlet(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 72) & 0xffff;
    }

    function eligible(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 88) & 0xffffffffff;
    }

    function member(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 128) & 0xffffffffff;
    }

    function occurredAt(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 168) & 0xffffffffff;
    }
}

/// @title Standing: what the ledger knows of the member of one earning, one word from MilesLedger.open
/// @dev Bits, least significant first: outcome 8 | rule version 8 | last day 16 | tier 8 | segments 32 | scratch 32
/// outcome: the earning's if that refused already, else the ledger's. Last day: of the lot the miles go to.
type Standing is uint256;

using StandingLib for Standing global;

library StandingLib {
    /// @dev Of an account that may be credited; outcome CREDITED.
    function pack(Account account, uint256 version_, uint256 lastDay_) internal pure returns (uint256) {
        return (version_ << 8) | (lastDay_ << 16) | (account.tier() << 32) | (account.segments() << 40)
            | (account.scratch() << 72);
    }

    function outcome(Standing standing) internal pure returns (uint256) {
        return Standing.unwrap(standing) & 0xff;
    }

    function lastDay(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 16) & 0xffff;
    }

    /// @dev The rule version and the last day above it, as a lot keeps them.
    function bucket(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 8) & 0xffffff;
    }

    function scratch(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 72) & 0xffffffff;
    }
}
