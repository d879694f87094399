// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What miles are redeemed for
/// @dev REWARD: one of the desk's rewards. BILL: a bill at a partner's till.
enum OrderKind {
    REWARD,
    BILL
}

/// @title Where an order stands; a bill is fulfilled at once
enum OrderState {
    NONE,
    REQUESTED,
    FULFILLED,
    CANCELLED
}
