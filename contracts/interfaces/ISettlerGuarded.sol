// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title A contract that obeys one settler
/// @notice Settling calls are guarded by one slot a contract instead of a role look-up (docs/decisions/0004).
interface ISettlerGuarded {
    event SettlerSet(address indexed settler);

    /// @notice The caller is not the settler.
    error SettlerUnauthorized(address caller);

    /// @notice The slot is taken; empty it first.
    error SettlerStillNamed(address settler);

    /// @notice Names the contract that may settle, 0 for none. Restricted, with the delay of the role.
    /// @dev A taken slot is emptied before it is given to another: both are announced, neither comes out of order, and no two
    /// ever hold it. Reverts with SettlerStillNamed otherwise.
    function setSettler(address settler) external;

    function settler() external view returns (address);
}
