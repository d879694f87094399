// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReceiptTreeLib} from "../libraries/ReceiptTreeLib.sol";

/// @title ReceiptTreeLib from outside
/// @dev For tests alone.
contract ReceiptTree__Harness {
    function leafOf(uint256 entry, uint256 accrual, uint256 grants, uint256 basis, uint256 amended)
        external
        pure
        returns (bytes32)
    {
        return ReceiptTreeLib.leafOf(entry, accrual, grants, basis, amended);
    }

    function rootOf(bytes32[] memory leaves) external pure returns (bytes32) {
        uint256 first;
        assembly ("memory-safe") {
            first := add(leaves, 0x20)
        }
        return ReceiptTreeLib.rootAt(first, leaves.length);
    }
}
