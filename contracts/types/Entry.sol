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

    function member(Entry entry) internal pure returns (uint256) {
        return Entry.unwrap(entry) >> 216;
    }
}
