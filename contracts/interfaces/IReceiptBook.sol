// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MemberReceipt} from "../types/MemberReceipt.sol";

/// @title Receipt book: the next sequence of each lane and one receipt root a settled report, and heads of amended sales
/// @notice Permanent: a replaced Settlement goes on where the old one stopped, and old receipts stay verifiable.
interface IReceiptBook {
    /// @notice The sequence is not the next one of its lane.
    error ReceiptBookSequenceNotNext(uint64 given, uint64 expected);

    /// @notice Stores the root of a settled report and moves the lane to its next sequence.
    /// @dev Only the settler. Upholds INV-3. Reverts, in this order, if:
    /// - the caller is not the settler (SettlerUnauthorized);
    /// - the sequence is not the lane's next one (ReceiptBookSequenceNotNext).
    function record(uint16 lane, uint64 sequence, bytes32 root) external;

    /// @notice Stores the newest receipts of sales that were amended. Only the settler.
    /// @param heads Two words each: partner 24 | number of the sale 40, and the leaf of the amendment's receipt.
    function amend(bytes calldata heads) external;

    /// @notice Whether a receipt is true: its leaf stands under the root of the report it names.
    /// @param receipt The receipt's words and the report it names.
    /// @param proof Sibling hashes from the leaf up; nodes are keccak of the sorted pair.
    function verify(MemberReceipt calldata receipt, bytes32[] calldata proof) external view returns (bool);

    /// @notice The leaf of a receipt: keccak of keccak of its four words, of an amendment's five.
    function leafOf(MemberReceipt calldata receipt) external pure returns (bytes32);

    /// @notice Root of a settled report, 0 for none.
    function rootOf(uint16 lane, uint64 sequence) external view returns (bytes32);

    /// @notice The leaf of a sale's newest receipt, once it was amended; 0 where its own is the newest.
    /// @param number The sale's purchase number at the partner.
    function headOf(uint24 partner, uint40 number) external view returns (bytes32);

    /// @notice Sequence the next report of a lane must carry; the first is 1.
    function nextSequence(uint16 lane) external view returns (uint64);
}
