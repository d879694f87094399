// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ISettlerGuarded} from "./interfaces/ISettlerGuarded.sol";

/// @title The settler slot that the ledger, the registry and both books share
/// @dev The settler leaves 96 bits of its slot to the first small variables of the contract that inherits it, so that a
/// guarded call and the setting it needs cost one cold read.
abstract contract SettlerGuarded is ISettlerGuarded, AccessManaged {
    address private _settler;

    modifier onlySettler() {
        if (msg.sender != _settler) revert SettlerUnauthorized(msg.sender);
        _;
    }

    /// @inheritdoc ISettlerGuarded
    function setSettler(address settler_) external restricted {
        if (settler_ != address(0) && _settler != address(0)) revert SettlerStillNamed(_settler);
        _settler = settler_;
        emit SettlerSet(settler_);
    }

    /// @inheritdoc ISettlerGuarded
    function settler() external view returns (address) {
        return _settler;
    }
}
