// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMilesLedger} from "./IMilesLedger.sol";
import {IPartnerRegistry} from "./IPartnerRegistry.sol";
import {IPromotionBook} from "./IPromotionBook.sol";
import {IReceiptBook} from "./IReceiptBook.sol";

/// @title Settlement: takes a report that a quorum of reporters signed, and applies it once
/// @notice Keeps reporters and quorum only and can be replaced; lanes, numbers and receipts live elsewhere.
interface ISettlement {
    /// @notice A report was settled. With the input of `settle` enough to rebuild every receipt.
    /// @param root Root of the receipt tree over its purchases in order.
    /// @param results For each section: earn miles 2 bytes, per minor 4, offer set 3. For each of its purchases: outcome 1 byte,
    /// base miles 4, last day 2, flags 1, 8 bytes a grant, and what the flags say follows (docs/report-format.md).
    event ReportSettled(uint16 indexed lane, uint64 indexed sequence, bytes32 root, bytes results);
    event ReportersSet(uint32 indexed version, uint8 quorum, address[] reporters);
    /// @notice A reporter left the set of this version at once; `count` stay.
    event ReporterRemoved(uint32 indexed version, address indexed reporter, uint8 count);

    /// @notice The first byte of the report is no version this contract knows.
    error SettlementReportVersionUnknown(uint8 given, uint8 expected);
    /// @notice The report is shorter than its header.
    error SettlementReportTruncated(uint256 given, uint256 least);
    /// @notice The attachment that begins at this byte ends early or has too long a proof; or the report goes on there.
    error SettlementAttachmentMalformed(uint256 position);
    /// @notice The sequence is not the next one of its lane.
    error SettlementSequenceNotNext(uint64 given, uint64 expected);
    /// @notice The signatures' length is no multiple of 65 bytes.
    error SettlementSignaturesMalformed(uint256 length);
    error SettlementQuorumNotReached(uint256 given, uint256 quorum);
    /// @notice A signature does not recover to any address.
    error SettlementSignatureInvalid(uint256 index);
    /// @notice A signer is not above the one before: doubled or not sorted.
    error SettlementSignersNotAscending(address given, address last);
    /// @notice Not in the present reporter set: never was, or was removed. A signature over an older set recovers to such
    /// an address.
    error SettlementReporterUnknown(address signer);
    error SettlementReportersInvalid(uint256 count, uint256 quorum);
    /// @notice Without this reporter the others could not reach the quorum.
    error SettlementReportersTooFew(uint256 remaining, uint256 quorum);

    /// @notice Applies a signed report once: judges each purchase, credits members, charges partners, records the root.
    /// @dev Anyone may call. Upholds INV-2, INV-3, INV-5. Reverts, in this order, if:
    /// - settling is paused (EnforcedPause);
    /// - the report is shorter than its header (SettlementReportTruncated) or of another version
    ///   (SettlementReportVersionUnknown);
    /// - the quorum did not sign (SettlementSignaturesMalformed, SettlementQuorumNotReached, SettlementSignatureInvalid,
    ///   SettlementSignersNotAscending, SettlementReporterUnknown);
    /// - the sequence is not the next one (SettlementSequenceNotNext);
    /// - the report's bytes or a section are wrong (the registry's errors: IPartnerRegistry.open), or what is attached to it
    ///   is malformed (SettlementAttachmentMalformed);
    /// - this contract is not, or no longer, in the settler slots (SettlerUnauthorized).
    /// No purchase can make a report fail: each gets an outcome.
    /// @param report Sealed report bytes, docs/report-format.md.
    /// @param signatures 65 bytes each (r, s, v), ascending by signer, at least the quorum.
    function settle(bytes calldata report, bytes calldata signatures) external;

    /// @notice Whether `settle` would accept this now; reverts with the reason if not.
    /// @dev The same code path as `settle` up to its first write, and the settler slots that the writes need
    /// (SettlerUnauthorized); nothing else refuses.
    function check(bytes calldata report, bytes calldata signatures) external view;

    /// @notice The EIP-712 digest reporters sign: binds chain, this contract, reporter set, lane, sequence and content.
    function digestOf(bytes calldata report) external view returns (bytes32);

    /// @notice Replaces the reporters and the quorum; signatures over the former set no longer count. Restricted, with the
    /// delay of the role.
    /// @param reporters Ascending, distinct, 1 to 32.
    function setReporters(address[] calldata reporters, uint8 quorum) external;

    /// @notice Takes one reporter out of the present set, as when its key is lost or stolen. Restricted, without delay.
    /// @dev The set keeps its version and quorum: what the others signed still counts, what this one signed no longer does,
    /// also in reports under way. Upholds INV-5. Reverts if:
    /// - the account is not in the present set (SettlementReporterUnknown);
    /// - fewer than the quorum would stay (SettlementReportersTooFew): pause instead, and set other reporters.
    function removeReporter(address reporter) external;

    /// @notice Stops settling; redemption goes on. Restricted, without delay.
    function pause() external;

    /// @notice Lets settling go on. Restricted.
    function unpause() external;

    /// @notice The contracts this one settles into.
    function parts()
        external
        view
        returns (IPartnerRegistry registry, IMilesLedger ledger, IPromotionBook promotionBook, IReceiptBook receiptBook);

    function isReporter(address account) external view returns (bool);
    /// @return version Version of the present reporter set, from 1.
    /// @return quorum Signatures a report needs.
    /// @return count Reporters in the set.
    function reporterSet() external view returns (uint32 version, uint8 quorum, uint8 count);
}
