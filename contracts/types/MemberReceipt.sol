// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title MemberReceipt: the three words a leaf of the receipt tree is made of, and where its root stands
/// @param lane Lane of the report that settled the purchase.
/// @param sequence Sequence of that report in its lane.
/// @param entry The sealed entry (`Entry`).
/// @param accrual Bits, most significant first: version 8 (1) | partner 24 | number 40 | base time 40 | base 32 |
/// last day 16 | outcome 8 | debt offset 32 | spare 56 (0).
/// @param grants `Grants`.
struct MemberReceipt {
    uint16 lane;
    uint64 sequence;
    uint256 entry;
    uint256 accrual;
    uint256 grants;
}
