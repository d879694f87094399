// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ScratchLib} from "../types/Award.sol";
import {Standing} from "../types/Earning.sol";

/// @title Scratchpad: the account word's scratch while a report is judged
/// @dev The ledger learns of it only after all are judged, so until then it stands in transient storage, keyed by member.
library ScratchpadLib {
    /// @dev Stands for an amount that nobody knows: more than any limit.
    uint256 internal constant LOST = type(uint24).max;

    /// @notice Miles granted to a member in a season, as earlier purchases of this tx left it, else as the ledger has it; LOST
    /// where a later season has taken their place, which amendments of old bills may meet.
    function granted(Standing standing, uint256 member, uint256 season) internal view returns (uint256) {
        uint256 scratch;
        assembly ("memory-safe") {
            scratch := tload(member)
        }
        if (scratch == 0) scratch = standing.scratch();
        return (scratch >> 24) & 0xff > season ? LOST : ScratchLib.granted(scratch, season);
    }

    /// @notice Sets a member's miles in a season; returns the `ScratchLib` word.
    function set(uint256 member, uint256 season, uint256 miles) internal returns (uint256 scratch) {
        scratch = ScratchLib.WRITES | (season << 24) | miles;
        assembly ("memory-safe") {
            tstore(member, scratch)
        }
    }
}
