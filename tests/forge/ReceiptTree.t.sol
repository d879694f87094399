// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {ReceiptTreeLib} from "../../contracts/libraries/ReceiptTreeLib.sol";
import {Test} from "./support/Test.sol";

/// @title The receipt tree beside the same tree said by recursion
/// @dev docs/report-format.md goes layer by layer; the same tree splits its leaves at the largest power of two.
contract ReceiptTreeTest is Test {
    uint256 private constant MOST = 300;

    function test_leaf_of__any_words__is_the_double_hash_of_their_bytes(
        uint256 entry,
        uint256 accrual,
        uint256 grants,
        uint256 basis,
        uint256 amended
    ) external pure {
        bytes32 once = keccak256(abi.encode(entry, accrual, grants, basis));
        bytes32 leaf = ReceiptTreeLib.leafOf(entry, accrual, grants, basis, 0);
        vm.assertEq(leaf, keccak256(abi.encode(once)), "a sale's leaf");
        if (amended == 0) return;
        once = keccak256(abi.encode(entry, accrual, grants, basis, amended));
        leaf = ReceiptTreeLib.leafOf(entry, accrual, grants, basis, amended);
        vm.assertEq(leaf, keccak256(abi.encode(once)), "an amendment's leaf");
    }

    function test_root_at__every_size_to_300__is_the_recursive_root() external view {
        for (uint256 size = 1; size <= MOST; ++size) {
            this.checkRoot(size);
        }
    }

    /// @dev A call of its own, so that its memory ends with it.
    function checkRoot(uint256 size) external pure {
        bytes32[] memory leaves = _leaves(1, size);
        vm.assertEq(_rootOf(leaves), _prove(leaves, new bytes32[][](size), 0, size), "root");
    }

    /// forge-config: default.fuzz.runs = 64
    /// forge-config: deep.fuzz.runs = 3200
    function test_verify__every_proof_of_a_tree__holds_for_its_leaf_alone(uint256 seed) external {
        uint256 size = draw(seed, 1, MOST);
        bytes32[] memory leaves = _leaves(seed, size);
        bytes32 root = _rootOf(leaves);
        bytes32[][] memory proofs = new bytes32[][](size);
        vm.assertEq(_prove(leaves, proofs, 0, size), root, "root");
        for (uint256 place; place < size; ++place) {
            vm.assertTrue(MerkleProof.verify(proofs[place], root, leaves[place]), "its leaf");
            bytes32 other = leaves[draw(seed, 0, size - 1)];
            vm.assertTrue(other == leaves[place] || !MerkleProof.verify(proofs[place], root, other), "another leaf");
        }
        // The last proof, spoiled: a bit, a step less, a step more.
        bytes32[] memory proof = proofs[size - 1];
        if (proof.length == 0) return;
        bytes32 leaf = leaves[size - 1];
        uint256 step = draw(seed, 0, proof.length - 1);
        proof[step] ^= bytes32(uint256(1));
        vm.assertTrue(!MerkleProof.verify(proof, root, leaf), "a bit of the proof");
        proof[step] ^= bytes32(uint256(1));
        vm.assertTrue(!MerkleProof.verify(_resized(proof, proof.length - 1), root, leaf), "a step less");
        vm.assertTrue(!MerkleProof.verify(_resized(proof, proof.length + 1), root, leaf), "a step more");
        vm.assertTrue(!MerkleProof.verify(proof, root, leaf ^ bytes32(1 << draw(seed, 0, 255))), "a bit of the leaf");
    }

    function _leaves(uint256 seed, uint256 size) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](size);
        for (uint256 i; i < size; ++i) {
            leaves[i] = keccak256(abi.encode(seed, i));
        }
    }

    /// @dev On a copy, because the library builds in place.
    function _rootOf(bytes32[] memory leaves) private pure returns (bytes32) {
        bytes32[] memory copy = _resized(leaves, leaves.length);
        uint256 first;
        assembly ("memory-safe") {
            first := add(copy, 0x20)
        }
        return ReceiptTreeLib.rootAt(first, copy.length);
    }

    /// @dev The root of a part of the leaves; each leaf's proof gets its siblings within that part, from the leaf up.
    function _prove(bytes32[] memory leaves, bytes32[][] memory proofs, uint256 from, uint256 to)
        private
        pure
        returns (bytes32)
    {
        if (to - from == 1) return leaves[from];
        uint256 split = from + _largestPowerBelow(to - from);
        (bytes32 a, bytes32 b) = (_prove(leaves, proofs, from, split), _prove(leaves, proofs, split, to));
        for (uint256 place = from; place < to; ++place) {
            uint256 length = proofs[place].length;
            proofs[place] = _resized(proofs[place], length + 1);
            proofs[place][length] = place < split ? b : a;
        }
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function _largestPowerBelow(uint256 size) private pure returns (uint256 power) {
        for (power = 1; power * 2 < size; power *= 2) {}
    }

    function _resized(bytes32[] memory words, uint256 size) private pure returns (bytes32[] memory resized) {
        resized = new bytes32[](size);
        for (uint256 i; i < size && i < words.length; ++i) {
            resized[i] = words[i];
        }
    }
}
