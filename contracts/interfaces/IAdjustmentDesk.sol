// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AdjustmentKind, AdjustmentReason, AdjustmentState} from "../types/Adjustment.sol";

/// @title Adjustment desk: miles credited or taken back by hand, and accounts of one person joined, by two people
/// @notice One proposes with a reason, another approves; what all of them move stays within a daily limit. Each
/// adjustment is kept for ever under its number, which makes its record the member's receipt: one read of `adjustmentOf`.
interface IAdjustmentDesk {
    /// @param member Whose miles change; of a merge the account that is closed.
    /// @param into Of a merge the account that goes on, else 0.
    /// @param miles Of a merge 0 until it is applied, then what was moved.
    /// @param lastDay Of an applied credit its last valid day, days since 1990-01-01; else 0.
    /// @param proposedAt Unix seconds.
    /// @param decidedAt Unix seconds; 0 while proposed.
    /// @param decidedBy Who approved or rejected it, or withdrew it.
    /// @param caseHash Hash of the case it belongs to, salted by whoever keeps the case; 0 for none.
    struct Adjustment {
        AdjustmentKind kind;
        AdjustmentState state;
        AdjustmentReason reason;
        uint40 member;
        uint40 into;
        uint80 miles;
        uint16 lastDay;
        uint40 proposedAt;
        uint40 decidedAt;
        address proposer;
        address decidedBy;
        bytes32 caseHash;
    }

    event AdjustmentProposed(
        uint64 indexed id, uint40 indexed member, AdjustmentKind kind, uint40 miles, address indexed proposer
    );
    event AdjustmentApplied(
        uint64 indexed id, uint40 indexed member, AdjustmentKind kind, uint80 miles, address indexed approver
    );
    /// @param state WITHDRAWN or REJECTED.
    event AdjustmentClosed(uint64 indexed id, AdjustmentState state, address indexed by);
    event DailyLimitSet(uint40 miles);

    /// @notice Miles of a credit or debit are 1 or more, of a merge 0; only a merge names another account.
    error AdjustmentInvalid(AdjustmentKind kind, uint40 miles, uint40 into);
    error AdjustmentNotProposed(uint64 id, AdjustmentState state);
    /// @notice A proposal is good for 30 days.
    error AdjustmentExpired(uint64 id, uint256 until);
    /// @notice The second of two people must be another one.
    error AdjustmentOwnProposal(uint64 id, address proposer);
    error AdjustmentNotOwnProposal(uint64 id, address proposer);
    /// @notice The day's limit leaves too little; wait for the next day, or have the limit raised.
    error AdjustmentDailyLimit(uint256 left, uint256 wanted);

    /// @notice Proposes a credit of miles that last from today, a debit of those that lapse soonest, or a merge. Restricted.
    /// @return id Numbers rise from 1.
    function propose(
        AdjustmentKind kind,
        uint40 member,
        uint40 into,
        uint40 miles,
        AdjustmentReason reason,
        bytes32 caseHash
    ) external returns (uint64 id);

    /// @notice Applies a proposal of somebody else's. Restricted. Upholds INV-1, INV-4.
    function approve(uint64 id) external;

    /// @notice Ends a proposal. Restricted to who may approve.
    function reject(uint64 id) external;

    /// @notice Ends one's own proposal.
    function withdraw(uint64 id) external;

    /// @notice Sets how many miles a day of the programme may be credited, debited and merged together. Restricted, with the delay of the role.
    function setDailyLimit(uint40 miles) external;

    /// @notice The record of an adjustment; state NONE for a number not given out.
    function adjustmentOf(uint64 id) external view returns (Adjustment memory);

    function adjustmentCount() external view returns (uint64);
    function dailyLimit() external view returns (uint40);
    /// @notice Miles credited, debited and merged on a day of the programme, days since 1990-01-01.
    function adjustedOn(uint16 day) external view returns (uint256);
    /// @notice The ledger whose miles are adjusted here.
    function ledger() external view returns (address);
}
