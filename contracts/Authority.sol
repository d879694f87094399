// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title Authority: who may call what, and after which delay
/// @notice OpenZeppelin's AccessManager under a name of this project; roles are numbered in contracts/types/Role.sol.
contract Authority is AccessManager {
    constructor(address initialAdmin) AccessManager(initialAdmin) {}
}
