// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title A multisig: a call goes out once so many of its owners have confirmed it
/// @dev For tests alone: small, and real in that no owner can act without the others.
contract Multisig__Mock {
    uint256 public immutable THRESHOLD;
    mapping(address account => bool) public isOwner;
    mapping(bytes32 call => mapping(address owner => bool)) private _confirmed;
    mapping(bytes32 call => uint256) public confirmations;

    error MultisigNotOwner(address caller);
    error MultisigConfirmedAlready(address owner);

    constructor(address[] memory owners, uint256 threshold) {
        THRESHOLD = threshold;
        for (uint256 i; i < owners.length; ++i) {
            isOwner[owners[i]] = true;
        }
    }

    /// @notice Confirms a call, and makes it with the confirmation that reaches the threshold; once.
    /// @param number Tells calls of the same bytes apart.
    function confirm(address target, bytes calldata data, uint256 number) external {
        if (!isOwner[msg.sender]) revert MultisigNotOwner(msg.sender);
        bytes32 call = keccak256(abi.encode(target, data, number));
        if (_confirmed[call][msg.sender]) revert MultisigConfirmedAlready(msg.sender);
        _confirmed[call][msg.sender] = true;
        if (++confirmations[call] == THRESHOLD) Address.functionCall(target, data);
    }
}
