// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Receipt tree: leaves and the root the contract builds over them
/// @dev docs/report-format.md. Proofs are verified by OpenZeppelin's MerkleProof, which sorts each pair the same way.
library ReceiptTreeLib {
    uint256 internal constant SALE_SIZE = 128;
    uint256 internal constant AMENDMENT_SIZE = 160;

    /// @notice keccak(keccak(entry, accrual, grants, basis)), of an amendment with `amended` behind them: 128 or 160 bytes,
    /// then 32, so a leaf is never a node's 64 bytes.
    /// @param amended 0 for a purchase that changes no other: no amendment has 0 there.
    function leafOf(uint256 entry, uint256 accrual, uint256 grants, uint256 basis, uint256 amended)
        internal
        pure
        returns (bytes32)
    {
        uint256 words;
        // Memory behind the free pointer, which need not move: the words are hashed at once.
        assembly ("memory-safe") {
            words := mload(0x40)
            mstore(words, entry)
            mstore(add(words, 0x20), accrual)
            mstore(add(words, 0x40), grants)
            mstore(add(words, 0x60), basis)
            mstore(add(words, 0x80), amended)
        }
        return leafIn(words, amended == 0 ? SALE_SIZE : AMENDMENT_SIZE);
    }

    /// @notice The leaf of a receipt's words that lie in memory, `SALE_SIZE` or `AMENDMENT_SIZE` bytes.
    function leafIn(uint256 words, uint256 size) internal pure returns (bytes32 leaf) {
        // Written by hand: this runs once a purchase.
        assembly ("memory-safe") {
            mstore(0x00, keccak256(words, size))
            leaf := keccak256(0x00, 0x20)
        }
    }

    /// @notice Root over `count` leaves that lie at `leaves`, one word each; they are overwritten.
    /// @dev One leaf is its own root; the last node of an odd layer goes up unchanged. `count` is at least 1.
    function rootAt(uint256 leaves, uint256 count) internal pure returns (bytes32 root) {
        // A tight loop: each node costs one keccak and the reads and writes around it. Nodes move down in place, so a layer
        // needs no memory of its own.
        assembly ("memory-safe") {
            for {} gt(count, 1) {} {
                let end := add(leaves, shl(5, and(count, not(1))))
                let to := leaves
                for { let from := leaves } lt(from, end) { from := add(from, 0x40) } {
                    let a := mload(from)
                    let b := mload(add(from, 0x20))
                    let swap := shl(5, gt(a, b))
                    mstore(swap, a)
                    mstore(xor(swap, 0x20), b)
                    mstore(to, keccak256(0x00, 0x40))
                    to := add(to, 0x20)
                }
                if and(count, 1) { mstore(to, mload(end)) }
                count := shr(1, add(count, 1))
            }
            root := mload(leaves)
        }
    }
}
