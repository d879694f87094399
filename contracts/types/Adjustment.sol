// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What an adjustment does
enum AdjustmentKind {
    CREDIT,
    DEBIT,
    MERGE
}

/// @title Where an adjustment stands
enum AdjustmentState {
    NONE,
    PROPOSED,
    APPLIED,
    WITHDRAWN,
    REJECTED
}

/// @title Why an adjustment is made; new reasons are appended
enum AdjustmentReason {
    GOODWILL,
    MISSING_PURCHASE,
    DOUBLE_PURCHASE,
    PARTNER_ERROR,
    PROMOTION_ERROR,
    FRAUD,
    SAME_PERSON
}
