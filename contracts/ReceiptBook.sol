// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IReceiptBook} from "./interfaces/IReceiptBook.sol";
import {ReceiptTreeLib} from "./libraries/ReceiptTreeLib.sol";
import {SettlerGuarded} from "./SettlerGuarded.sol";
import {MemberReceipt} from "./types/MemberReceipt.sol";

/// @title Receipt book
/// @notice Described in IReceiptBook.
contract ReceiptBook is IReceiptBook, SettlerGuarded {
    /// @dev partner and number, then the leaf.
    uint256 private constant HEAD_SIZE = 64;

    mapping(uint256 lane => uint256 sequence) private _lastSequence;
    /// @dev Key: lane 16 | sequence 64.
    mapping(uint256 laneAndSequence => bytes32 root) private _roots;
    /// @dev Key: partner 24 | number 40. Only of sales that were amended.
    mapping(uint256 partnerAndNumber => bytes32 leaf) private _heads;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IReceiptBook
    function record(uint16 lane, uint64 sequence, bytes32 root) external onlySettler {
        uint256 expected = _lastSequence[lane] + 1;
        if (sequence != expected) revert ReceiptBookSequenceNotNext(sequence, uint64(expected));
        _lastSequence[lane] = sequence;
        _roots[_key(lane, sequence)] = root;
    }

    /// @inheritdoc IReceiptBook
    function amend(bytes calldata heads) external onlySettler {
        for (uint256 i; i < heads.length; i += HEAD_SIZE) {
            (uint256 partnerAndNumber, bytes32 leaf) = abi.decode(heads[i:i + HEAD_SIZE], (uint256, bytes32));
            _heads[partnerAndNumber] = leaf;
        }
    }

    /// @inheritdoc IReceiptBook
    function verify(MemberReceipt calldata receipt, bytes32[] calldata proof) external view returns (bool) {
        bytes32 root = _roots[_key(receipt.lane, receipt.sequence)];
        return root != 0 && MerkleProof.verifyCalldata(proof, root, leafOf(receipt));
    }

    /// @inheritdoc IReceiptBook
    function rootOf(uint16 lane, uint64 sequence) external view returns (bytes32) {
        return _roots[_key(lane, sequence)];
    }

    /// @inheritdoc IReceiptBook
    function headOf(uint24 partner, uint40 number) external view returns (bytes32) {
        return _heads[(uint256(partner) << 40) | number];
    }

    /// @inheritdoc IReceiptBook
    function nextSequence(uint16 lane) external view returns (uint64) {
        return uint64(_lastSequence[lane] + 1);
    }

    /// @inheritdoc IReceiptBook
    function leafOf(MemberReceipt calldata receipt) public pure returns (bytes32) {
        return ReceiptTreeLib.leafOf(receipt.entry, receipt.accrual, receipt.grants, receipt.basis, receipt.amended);
    }

    function _key(uint256 lane, uint256 sequence) private pure returns (uint256) {
        return (lane << 64) | sequence;
    }
}
