// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Credit} from "../types/Award.sol";
import {Earning, Standing} from "../types/Earning.sol";

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

    /// @notice Where calldata words begin.
    function dataOf(bytes calldata words) internal pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := words.offset
        }
    }

    /// @notice Where words in memory begin.
    function dataIn(bytes memory words) internal pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := add(words, 0x20)
        }
    }

    /// @notice Where an array of words in memory begins.
    function dataOfArray(uint256[] memory words) internal pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := add(words, 0x20)
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

    /// @notice The earning at a position of calldata.
    function earningAt(uint256 position) internal pure returns (Earning earning) {
        assembly ("memory-safe") {
            earning := calldataload(position)
        }
    }

    /// @notice The credit at a position of calldata.
    function creditAt(uint256 position) internal pure returns (Credit credit) {
        assembly ("memory-safe") {
            credit := calldataload(position)
        }
    }

    /// @notice The standing at a position of calldata.
    function standingAt(uint256 position) internal pure returns (Standing standing) {
        assembly ("memory-safe") {
            standing := calldataload(position)
        }
    }

    /// @notice Writes a word of memory.
    function storeAt(uint256 pointer, uint256 word) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, word)
        }
    }

    /// @notice A word of memory.
    function loadAt(uint256 pointer) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(pointer)
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

    /// @notice Writes words to a place in memory that has room for them.
    function copyTo(uint256 pointer, bytes memory words) internal pure {
        assembly ("memory-safe") {
            mcopy(pointer, add(words, 0x20), mload(words))
        }
    }

    /// @notice As `allocate`, with the word before it free for `giveBack`.
    function allocateToReturn(uint256 count) internal pure returns (bytes memory words) {
        assembly ("memory-safe") {
            mstore(0x40, add(mload(0x40), 0x20))
        }
        return allocate(count);
    }

    /// @notice Ends the call and returns `words` as the one `bytes` it returns, without the copy that encoding makes.
    /// @param words From `allocateToReturn`.
    function giveBack(bytes memory words) internal pure {
        assembly ("memory-safe") {
            mstore(sub(words, 0x20), 0x20)
            return(sub(words, 0x20), add(mload(words), 0x40))
        }
    }
}
