// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Words: packed words carried in `bytes` between contracts
/// @dev `bytes` is copied whole between contracts where `uint256[]` is walked element by element. Callers keep `index` below
/// the number of words they counted; nothing is checked here, once a purchase.
library WordsLib {
    /// @notice Word `index` of calldata words.
    function read(bytes calldata words, uint256 index) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(words.offset, shl(5, index)))
        }
    }

    /// @notice Word `index` of words in memory.
    function load(bytes memory words, uint256 index) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(words, 0x20), shl(5, index)))
        }
    }

    /// @notice Writes word `index` of words in memory.
    function store(bytes memory words, uint256 index, uint256 word) internal pure {
        assembly ("memory-safe") {
            mstore(add(add(words, 0x20), shl(5, index)), word)
        }
    }

    /// @notice Room for `count` words, not zeroed: every word is written before it is read.
    function allocate(uint256 count) internal pure returns (bytes memory words) {
        assembly ("memory-safe") {
            words := mload(0x40)
            mstore(words, shl(5, count))
            mstore(0x40, add(add(words, 0x20), shl(5, count)))
        }
    }
}
