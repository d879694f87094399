// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "../../forge/support/Test.sol";

/// @notice The cheat codes of halmos that proofs use.
interface Svm {
    /// @notice A call of any function of a contract that may write, with any arguments.
    function createCalldata(string calldata contractName) external returns (bytes memory);
    /// @notice From here on, storage of `account` that was never written holds any value.
    function enableSymbolicStorage(address account) external;
}

/// @title What every proof stands on
/// @dev Parameters stand for all their values at once. The proof is its contracts' authority, and lets everyone do anything.
abstract contract Proof is Test {
    Svm internal constant svm = Svm(0xF3993A62377BCd56AE39D773740A5390411E8BC9);

    function canCall(address, address, bytes4) external pure returns (bool, uint32) {
        return (true, 0);
    }
}
