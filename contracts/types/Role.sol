// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Role: the roles of the authority, 0 being its admin
/// @dev Delays are given with the grant (docs/decisions/0004); src/milepost/chain/deployment.py maps functions to roles.
library Role {
    /// @dev Settler and desk slots, reporters, rules of expiry, rates, prices and limits. Delayed.
    uint64 internal constant GOVERN_ROLE = 1;
    /// @dev Publishes promotions, composes and assigns offer sets, stops, raises budgets: notice is in the contract.
    uint64 internal constant PUBLISH_ROLE = 2;
    /// @dev Registers partners and outlets, funds and suspends them.
    uint64 internal constant REGISTER_ROLE = 3;
    /// @dev Enrols members, writes tiers and segments, closes accounts.
    uint64 internal constant ENROL_ROLE = 4;
    /// @dev Confirms that a wallet belongs to a member; redeems and transfers for members without one.
    uint64 internal constant CUSTODY_ROLE = 5;
    /// @dev Pauses and unpauses settling at once.
    uint64 internal constant PAUSE_ROLE = 6;
    /// @dev Proposes adjustments and merges of accounts.
    uint64 internal constant SUPPORT_ROLE = 7;
    /// @dev Approves or rejects what support proposed.
    uint64 internal constant APPROVE_ROLE = 8;
    /// @dev Takes a reporter out of the set at once; putting one in needs GOVERN_ROLE and its delay.
    uint64 internal constant REVOKE_ROLE = 9;
    /// @dev Keeps rewards, fulfils and cancels orders, records what partners were reimbursed.
    uint64 internal constant REWARD_ROLE = 10;
    /// @dev Records miles that were bought or extended for a payment made elsewhere.
    uint64 internal constant SELL_ROLE = 11;
}
