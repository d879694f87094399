// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Parts: a contract that is larger than the chain allows runs some of its functions from the code of a part
/// @dev docs/decisions/0016. The part inherits what declares the storage, and nothing else calls it so.
library PartLib {
    /// @notice Ends the call with what a part answers to it, run on the caller's own storage.
    /// @param part Code that was fixed at deployment: whoever could choose it could write everything.
    function answer(address part) internal {
        // Memory is not used again: the call ends here.
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            let done := delegatecall(gas(), part, free, calldatasize(), 0, 0)
            returndatacopy(free, 0, returndatasize())
            if done { return(free, returndatasize()) }
            revert(free, returndatasize())
        }
    }
}
