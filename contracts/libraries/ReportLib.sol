// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ISettlement} from "../interfaces/ISettlement.sol";
import {Entry} from "../types/Entry.sol";
import {Section} from "../types/Section.sol";

/// @title Report: reads sealed report bytes in place
/// @dev Header: version 1 byte | lane 2 | sequence 8 | sections 2 | purchases 2 (docs/report-format.md).
library ReportLib {
    /// @dev Of sales alone; an entry of another kind is UNPROVEN.
    uint256 internal constant VERSION = 1;
    /// @dev With an attachment for each entry that is no SALE, behind the last entry.
    uint256 internal constant VERSION_WITH_ATTACHMENTS = 2;
    uint256 internal constant HEADER_SIZE = 15;

    /// @notice Reverts if the report has no whole header or is of a version this code does not know.
    function checkVersion(bytes calldata report) internal pure {
        if (report.length < HEADER_SIZE) revert ISettlement.SettlementReportTruncated(report.length, HEADER_SIZE);
        uint8 version = uint8(report[0]);
        if (version != VERSION && version != VERSION_WITH_ATTACHMENTS) revert ISettlement.SettlementReportVersionUnknown(version, uint8(VERSION_WITH_ATTACHMENTS));
    }

    /// @notice Whether the report brings attachments; it has a whole header.
    function hasAttachments(bytes calldata report) internal pure returns (bool) {
        return uint8(report[0]) == VERSION_WITH_ATTACHMENTS;
    }

    /// @notice Lane and sequence; zeros of a report that is too short to say.
    function laneAndSequence(bytes calldata report) internal pure returns (uint16 lane, uint64 sequence) {
        uint256 header = uint256(bytes32(report));
        return (uint16(header >> 232), uint64(header >> 168));
    }

    /// @notice Where this report keeps what members' debts were paid: lane and sequence above 40 bits for a member, never 0.
    function debtsKey(bytes calldata report) internal pure returns (uint256) {
        return (1 << 255) | ((uint256(bytes32(report)) >> 168) & ((1 << 80) - 1)) << 40;
    }

    /// @notice Sections and purchases as the header counts them.
    function counts(bytes calldata report) internal pure returns (uint256 sections, uint256 purchases) {
        uint256 header = uint256(bytes32(report));
        return ((header >> 152) & 0xffff, (header >> 136) & 0xffff);
    }

    /// @notice The section header that begins at a byte of the report.
    function sectionAt(bytes calldata report, uint256 position) internal pure returns (Section section) {
        assembly ("memory-safe") {
            section := shr(136, calldataload(add(report.offset, position)))
        }
    }

    /// @notice The section header that begins at a position of calldata.
    function sectionIn(uint256 position) internal pure returns (Section section) {
        assembly ("memory-safe") {
            section := shr(136, calldataload(position))
        }
    }

    /// @notice The entry that begins at a position of calldata.
    function entryIn(uint256 position) internal pure returns (Entry entry) {
        assembly ("memory-safe") {
            entry := calldataload(position)
        }
    }

    /// @notice The entry that begins at a byte of the report.
    function entryAt(bytes calldata report, uint256 position) internal pure returns (Entry entry) {
        assembly ("memory-safe") {
            entry := calldataload(add(report.offset, position))
        }
    }
}
