// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Entry: one purchase as the reporters sealed it, 32 bytes
/// @dev Bits, most significant first:
/// member 40 | eligible 40 | seconds 24 | outlet 12 | kind 2 | offset choice 1 | channel 2 | party 6 | spare 1 | facts 128
/// member: opaque id, 0 unknown. eligible: minor currency units. seconds: after the section's base time.
/// channel: 0 not said, 1 dine in, 2 takeaway, 3 delivery. party: guests, 0 not said, 63 means 63 or more.
type Entry is uint256;

using EntryLib for Entry global;

library EntryLib {
    uint256 internal constant SIZE = 32;

    /// @dev kind 2 | offset choice 1 | channel 2 | party 6 | spare 1, as `Earning` and `MemberReceipt.amended` keep them.
    uint256 internal constant HOW_SHIFT = 128;
    uint256 internal constant HOW_MASK = 0xfff;

    /// @dev kind: what a purchase is.
    uint256 internal constant SALE = 0;
    uint256 internal constant AMEND = 1;
    uint256 internal constant REFUND = 2;
    uint256 internal constant VOID = 3;

    function member(Entry entry) internal pure returns (uint256) {
        return Entry.unwrap(entry) >> 216;
    }

    function eligible(Entry entry) internal pure returns (uint256) {
        return (Entry.unwrap(entry) >> 176) & 0xffffffffff;
    }

    function secondsAfter(Entry entry) internal pure returns (uint256) {
        return (Entry.unwrap(entry) >> 152) & 0xffffff;
    }

    function outlet(Entry entry) internal pure returns (uint256) {
        return (Entry.unwrap(entry) >> 140) & 0xfff;
    }

    function kind(Entry entry) internal pure returns (uint256) {
        return (Entry.unwrap(entry) >> 138) & 3;
    }

    /// @dev kind 2 | offset choice 1 | channel 2 | party 6 | spare 1.
    function how(Entry entry) internal pure returns (uint256) {
        return (Entry.unwrap(entry) >> HOW_SHIFT) & HOW_MASK;
    }

    function facts(Entry entry) internal pure returns (uint256) {
        return Entry.unwrap(entry) & type(uint128).max;
    }
}
