// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Outcome: what became of one purchase, one code each
/// @dev The numbers are part of the report format (docs/report-format.md) and never change; new codes are appended.
/// Python and JavaScript read them from this file's list through the shared vectors.
library Outcome {
    /// @dev Base and what the promotions granted were credited in full.
    uint8 internal constant CREDITED = 0;
    /// @dev The partner had too few miles left: what was left was credited, base first.
    uint8 internal constant CUT_BY_PREPAID = 1;
    /// @dev The member is 0 or was never enrolled.
    uint8 internal constant UNKNOWN_MEMBER = 2;
    /// @dev The account was closed.
    uint8 internal constant CLOSED_ACCOUNT = 3;
    /// @dev The partner is suspended.
    uint8 internal constant SUSPENDED_PARTNER = 4;
    /// @dev The partner has no outlet of this number.
    uint8 internal constant UNKNOWN_OUTLET = 5;
    /// @dev The purchase is older than the programme accepts.
    uint8 internal constant TOO_OLD = 6;
    /// @dev The purchase is further ahead of the chain's clock than the programme accepts.
    uint8 internal constant IN_FUTURE = 7;
    /// @dev The lot this purchase would earn into has lapsed already.
    uint8 internal constant LOT_VOID = 8;
    /// @dev A refund, void or amendment took miles back.
    uint8 internal constant REVERSED = 9;
    /// @dev The purchase that a refund names was never settled.
    uint8 internal constant ORIGINAL_NOT_FOUND = 10;
    /// @dev The receipt that a refund carries is not true.
    uint8 internal constant RECEIPT_NOT_TRUE = 11;
    /// @dev The refunds of a bill would exceed it.
    uint8 internal constant EXCEEDS_BILL = 12;
    /// @dev The refund was settled before.
    uint8 internal constant ALREADY_REFUNDED = 13;
    /// @dev A refund, void or amendment without the proof it needs: nothing changed, it may come again.
    uint8 internal constant UNPROVEN = 14;
}
