// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Earning: what the partner's terms make of one entry, one word from PartnerRegistry.open
/// @dev Bits, most significant first; the first two stand as in the entry:
/// member 40 | eligible 40 | occurred at 40 | outlet 16 | spare 36 | how 12 | local minute 16 | local day 16 | base 32 |
/// outcome 8
/// base: miles, at most 268,435,455: a larger one is cut to that. Local day: days since 1990-01-01 by the outlet's
/// clock; minute: of that day. occurred at: unix seconds. how: the entry's bits 128 to 139.
/// Of a proven amendment the outcome is REVERSED; eligible is what is left of the bill, base that at the receipt's rate;
/// occurred at, outlet, day and minute are the sale's, and so is `how` but for its kind, which is the entry's, and for
/// channel and party of an AMEND, which brings its own.
type Earning is uint256;

using EarningLib for Earning global;

library EarningLib {
    /// @dev Most base miles of one purchase.
    uint256 internal constant MAX_BASE = 0xfffffff;

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

    /// @dev kind 2 | offset choice 1 | channel 2 | party 6 | spare 1.
    function how(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 72) & 0xfff;
    }

    function kind(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 82) & 3;
    }

    function channel(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 79) & 3;
    }

    function party(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 73) & 0x3f;
    }

    function outlet(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 120) & 0xffff;
    }

    function occurredAt(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 136) & 0xffffffffff;
    }

    function eligible(Earning earning) internal pure returns (uint256) {
        return (Earning.unwrap(earning) >> 176) & 0xffffffffff;
    }

    function member(Earning earning) internal pure returns (uint256) {
        return Earning.unwrap(earning) >> 216;
    }
}

/// @title Standing: what the ledger knows of the member of one earning, one word from MilesLedger.open
/// @dev Bits, least significant first: outcome 8 | rule version 8 | last day 16 | spare 8 | is over 1 | spare 87 | tier 4 |
/// segments 32 | spare 24 | debt 32 | scratch 32 | spare 4 (tier, segments, debt and scratch stand as in the account word).
/// outcome: the earning's if that refused already, else the ledger's. Last day: of the lot the miles go to; 0 where the
/// outcome refuses. Of an amendment: of the lot its purchase made, which `is over` says is no longer alive; of pool miles
/// version 0 with the number of their life above it, and the life's deadline.
type Standing is uint256;

using StandingLib for Standing global;

library StandingLib {
    /// @dev outcome CREDITED | rule version 8 | last day 16.
    function packBucket(uint256 version_, uint256 lastDay_) internal pure returns (uint256) {
        return (version_ << 8) | (lastDay_ << 16);
    }

    uint256 internal constant IS_OVER = 1 << 40;
    /// @dev What credits may pay first, where the programme says so.
    uint256 internal constant DEBT_BITS = uint256(0xffffffff) << 188;

    /// @notice Whether the lot of an amended purchase is no longer alive.
    function isOver(Standing standing) internal pure returns (bool) {
        return Standing.unwrap(standing) & IS_OVER != 0;
    }

    function debt(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 188) & 0xffffffff;
    }

    function outcome(Standing standing) internal pure returns (uint256) {
        return Standing.unwrap(standing) & 0xff;
    }

    function lastDay(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 16) & 0xffff;
    }

    function tier(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 128) & 0xf;
    }

    function segments(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 132) & 0xffffffff;
    }

    function scratch(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 220) & 0xffffffff;
    }

    /// @dev The rule version and the last day above it, as a lot keeps them.
    function bucket(Standing standing) internal pure returns (uint256) {
        return (Standing.unwrap(standing) >> 8) & 0xffffff;
    }
}
