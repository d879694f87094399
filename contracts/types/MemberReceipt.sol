// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title MemberReceipt: the words a leaf of the receipt tree is made of, and where its root stands
/// @param lane Lane of the report that settled the purchase.
/// @param sequence Sequence of that report in its lane.
/// @param entry The sealed entry (`Entry`).
/// @param accrual Bits, most significant first: version 8 (2, of an amendment 3) | partner 24 | number 40 | base time 40 |
/// base 32 | last day 16 | outcome 8 | debt offset 32 | spare 56 (0).
/// @param grants `Grants`; of an amendment what is left of each.
/// @param basis `Basis`.
/// @param amended `Amended`, 0 for a purchase that changes no other.
struct MemberReceipt {
    uint16 lane;
    uint64 sequence;
    uint256 entry;
    uint256 accrual;
    uint256 grants;
    uint256 basis;
    uint256 amended;
}

/// @title Accrual word of a receipt: laid out in `MemberReceipt`
library AccrualWordLib {
    uint256 internal constant SALE = 2;
    uint256 internal constant AMENDMENT = 3;
    /// @dev What makes a sale's accrual word an amendment's, as a sum.
    uint256 internal constant AMENDMENT_MORE = (AMENDMENT - SALE) << 248;

    function version(uint256 accrual) internal pure returns (uint256) {
        return accrual >> 248;
    }

    function partner(uint256 accrual) internal pure returns (uint256) {
        return (accrual >> 224) & 0xffffff;
    }

    function number(uint256 accrual) internal pure returns (uint256) {
        return (accrual >> 184) & 0xffffffffff;
    }

    function baseTime(uint256 accrual) internal pure returns (uint256) {
        return (accrual >> 144) & 0xffffffffff;
    }

    function base(uint256 accrual) internal pure returns (uint256) {
        return (accrual >> 112) & 0xffffffff;
    }

    function lastDay(uint256 accrual) internal pure returns (uint256) {
        return (accrual >> 96) & 0xffff;
    }

    function outcome(uint256 accrual) internal pure returns (uint256) {
        return (accrual >> 88) & 0xff;
    }
}

/// @title Basis: by what a purchase was judged, one word
/// @dev Bits, most significant first: earn miles 16 | per minor 32 | offer set 24 | counted 16 | returned 32 | added 32 |
/// spare 104. counted: bit i for the promotion at place i of the offer set whose visits, sum or outlets counted this
/// purchase. returned, added: net miles of an amendment; 0 of a sale.
library BasisLib {
    /// @dev earn miles, per minor and offer set.
    uint256 internal constant HEAD = uint256(type(uint72).max) << 184;

    /// @param head Earn miles, per minor and offer set at their bits, the rest 0.
    function pack(uint256 head, uint256 counted_, uint256 returned_, uint256 added_) internal pure returns (uint256) {
        return head | (counted_ << 168) | (returned_ << 136) | (added_ << 104);
    }

    function earnMiles(uint256 basis) internal pure returns (uint256) {
        return basis >> 240;
    }

    function perMinor(uint256 basis) internal pure returns (uint256) {
        return (basis >> 208) & 0xffffffff;
    }

    function offerSet(uint256 basis) internal pure returns (uint256) {
        return (basis >> 184) & 0xffffff;
    }

    function counted(uint256 basis) internal pure returns (uint256) {
        return (basis >> 168) & 0xffff;
    }
}

/// @title Amended: what is left of the bill that an amendment changed, one word
/// @dev Bits, most significant first: number 40 | eligible left 40 | refunded 40 | occurred at 40 | outlet 12 | how 12 |
/// spare 72. number, occurred at, outlet, how: the sale's; channel and party in `how` are the last AMEND's. left: of the
/// bill as last amended, less what was refunded.
library AmendedLib {
    function pack(uint256 number_, uint256 left_, uint256 refunded_, uint256 occurredAt_, uint256 outletAndHow_)
        internal
        pure
        returns (uint256)
    {
        return (number_ << 216) | (left_ << 176) | (refunded_ << 136) | (occurredAt_ << 96) | (outletAndHow_ << 72);
    }

    function number(uint256 amended) internal pure returns (uint256) {
        return amended >> 216;
    }

    function left(uint256 amended) internal pure returns (uint256) {
        return (amended >> 176) & 0xffffffffff;
    }

    function refunded(uint256 amended) internal pure returns (uint256) {
        return (amended >> 136) & 0xffffffffff;
    }

    function occurredAt(uint256 amended) internal pure returns (uint256) {
        return (amended >> 96) & 0xffffffffff;
    }

    /// @dev outlet 12 | how 12.
    function outletAndHow(uint256 amended) internal pure returns (uint256) {
        return (amended >> 72) & 0xffffff;
    }
}
