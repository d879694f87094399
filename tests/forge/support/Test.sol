// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The cheat codes of forge that these tests use. Declared here, because npm has no maintained package of them.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function addr(uint256 key) external pure returns (address);
    function assume(bool holds) external pure;
    function assertEq(uint256 found, uint256 expected, string calldata what) external pure;
    function assertEq(bytes32 found, bytes32 expected, string calldata what) external pure;
    function assertTrue(bool holds, string calldata what) external pure;
    function deployCode(string calldata artifact, bytes calldata arguments) external returns (address);
    function getRecordedLogs() external returns (Log[] memory);
    function prank(address caller) external;
    function recordLogs() external;
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function warp(uint256 timestamp) external;
}

/// @title What every forge test stands on
/// @dev A fuzz test takes numbers of any size and cuts them to what its subject can meet; one that needs many takes a
/// seed and draws them.
abstract contract Test {
    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    /// @dev Draws so far; part of what the next one is made of.
    uint256 private _draws;

    /// @notice A number from `least` to `most`, both included.
    function bound(uint256 number, uint256 least, uint256 most) internal pure returns (uint256) {
        return least + number % (most - least + 1);
    }

    /// @notice The next number of a seed, from `least` to `most`.
    function draw(uint256 seed, uint256 least, uint256 most) internal returns (uint256) {
        return bound(drawWord(seed), least, most);
    }

    /// @notice The next word of a seed.
    function drawWord(uint256 seed) internal returns (uint256) {
        return uint256(keccak256(abi.encode(seed, _draws++)));
    }

    /// @notice Bits `shift` to `shift + width` of a word, counted from the right.
    function bits(uint256 word, uint256 shift, uint256 width) internal pure returns (uint256) {
        return (word >> shift) & ((1 << width) - 1);
    }

    /// @notice A word with bits `shift` to `shift + width` replaced.
    function withBits(uint256 word, uint256 shift, uint256 width, uint256 value) internal pure returns (uint256) {
        return word ^ ((bits(word, shift, width) ^ value) << shift);
    }
}
