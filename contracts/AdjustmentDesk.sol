// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAdjustmentDesk} from "./interfaces/IAdjustmentDesk.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {AdjustmentKind, AdjustmentReason, AdjustmentState} from "./types/Adjustment.sol";

/// @title Adjustment desk
/// @notice Described in IAdjustmentDesk.
contract AdjustmentDesk is IAdjustmentDesk, AccessManaged {
    uint256 private constant PROPOSAL_LIFE = 30 days;

    IMilesLedger private immutable LEDGER;

    uint40 private _dailyLimit;
    uint64 private _count;
    mapping(uint64 id => Adjustment) private _adjustments;
    mapping(uint256 day => uint256 miles) private _adjusted;

    constructor(address authority, IMilesLedger ledger_, uint40 dailyLimit_) AccessManaged(authority) {
        LEDGER = ledger_;
        _setDailyLimit(dailyLimit_);
    }

    /// @inheritdoc IAdjustmentDesk
    function propose(
        AdjustmentKind kind,
        uint40 member,
        uint40 into,
        uint40 miles,
        AdjustmentReason reason,
        bytes32 caseHash
    ) external restricted returns (uint64 id) {
        bool isMerge = kind == AdjustmentKind.MERGE;
        if (isMerge != (miles == 0) || isMerge != (into != 0)) revert AdjustmentInvalid(kind, miles, into);
        id = ++_count;
        _adjustments[id] = Adjustment({
            kind: kind,
            state: AdjustmentState.PROPOSED,
            reason: reason,
            member: member,
            into: into,
            miles: miles,
            lastDay: 0,
            proposedAt: uint40(block.timestamp),
            decidedAt: 0,
            proposer: msg.sender,
            decidedBy: address(0),
            caseHash: caseHash
        });
        emit AdjustmentProposed(id, member, kind, miles, msg.sender);
    }

    /// @inheritdoc IAdjustmentDesk
    function approve(uint64 id) external restricted {
        Adjustment storage adjustment = _decide(id, AdjustmentState.APPLIED);
        if (adjustment.proposer == msg.sender) revert AdjustmentOwnProposal(id, msg.sender);
        uint256 until = adjustment.proposedAt + PROPOSAL_LIFE;
        if (block.timestamp > until) revert AdjustmentExpired(id, until);
        (AdjustmentKind kind, uint40 member, uint80 miles) = (adjustment.kind, adjustment.member, adjustment.miles);
        // What the ledger answers is known only now; it calls nobody back. Proposals of miles have 40 bits.
        if (kind == AdjustmentKind.MERGE) adjustment.miles = miles = uint80(LEDGER.merge(member, adjustment.into));
        _spendLimit(miles);
        if (kind == AdjustmentKind.CREDIT) adjustment.lastDay = LEDGER.adjustUp(member, uint40(miles));
        else if (kind == AdjustmentKind.DEBIT) LEDGER.adjustDown(member, uint40(miles));
        emit AdjustmentApplied(id, member, kind, miles, msg.sender);
    }

    /// @inheritdoc IAdjustmentDesk
    function reject(uint64 id) external restricted {
        _decide(id, AdjustmentState.REJECTED);
        emit AdjustmentClosed(id, AdjustmentState.REJECTED, msg.sender);
    }

    /// @inheritdoc IAdjustmentDesk
    function withdraw(uint64 id) external {
        address proposer = _decide(id, AdjustmentState.WITHDRAWN).proposer;
        if (proposer != msg.sender) revert AdjustmentNotOwnProposal(id, proposer);
        emit AdjustmentClosed(id, AdjustmentState.WITHDRAWN, msg.sender);
    }

    /// @inheritdoc IAdjustmentDesk
    function setDailyLimit(uint40 miles) external restricted {
        _setDailyLimit(miles);
    }

    /// @inheritdoc IAdjustmentDesk
    function adjustmentOf(uint64 id) external view returns (Adjustment memory) {
        return _adjustments[id];
    }

    /// @inheritdoc IAdjustmentDesk
    function adjustmentCount() external view returns (uint64) {
        return _count;
    }

    /// @inheritdoc IAdjustmentDesk
    function dailyLimit() external view returns (uint40) {
        return _dailyLimit;
    }

    /// @inheritdoc IAdjustmentDesk
    function adjustedOn(uint16 day) external view returns (uint256) {
        return _adjusted[day];
    }

    /// @inheritdoc IAdjustmentDesk
    function ledger() external view returns (address) {
        return address(LEDGER);
    }

    function _setDailyLimit(uint40 miles) private {
        _dailyLimit = miles;
        emit DailyLimitSet(miles);
    }

    /// @dev Debits and merges count as credits do: all of it is what one pair of people can do to members in a day.
    function _spendLimit(uint256 miles) private {
        uint256 day = LEDGER.dayOf(uint48(block.timestamp));
        uint256 used = _adjusted[day];
        uint256 left = used < _dailyLimit ? _dailyLimit - used : 0;
        if (miles > left) revert AdjustmentDailyLimit(left, miles);
        _adjusted[day] = used + miles;
    }

    function _decide(uint64 id, AdjustmentState state) private returns (Adjustment storage adjustment) {
        adjustment = _adjustments[id];
        if (adjustment.state != AdjustmentState.PROPOSED) revert AdjustmentNotProposed(id, adjustment.state);
        (adjustment.state, adjustment.decidedAt, adjustment.decidedBy) = (state, uint40(block.timestamp), msg.sender);
    }
}
