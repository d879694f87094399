// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IMilesLedger} from "./interfaces/IMilesLedger.sol";
import {IPartnerRegistry} from "./interfaces/IPartnerRegistry.sol";
import {IPromotionBook} from "./interfaces/IPromotionBook.sol";
import {IReceiptBook} from "./interfaces/IReceiptBook.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {ISettlerGuarded} from "./interfaces/ISettlerGuarded.sol";
import {AmendmentLib, Amendments} from "./libraries/AmendmentLib.sol";
import {ReportLib} from "./libraries/ReportLib.sol";
import {SettledReport, SettledReportLib} from "./libraries/SettledReportLib.sol";
import {SpentMiles} from "./types/Rule.sol";

/// @title Settlement
/// @notice Described in ISettlement.
// EIP712 comes first: its strings would part the pause from what shares its slot.
contract Settlement is ISettlement, EIP712, AccessManaged, Pausable {
    bytes32 private constant REPORT_TYPEHASH =
        keccak256("Report(uint32 reporters,uint16 lane,uint64 sequence,bytes32 content)");
    uint256 private constant SIGNATURE_SIZE = 65;
    /// @dev More signers would let signatures outweigh a report; no consortium of reporters comes near.
    uint256 private constant MOST_REPORTERS = 32;

    IPartnerRegistry private immutable REGISTRY;
    IMilesLedger private immutable LEDGER;
    IPromotionBook private immutable PROMOTION_BOOK;
    IReceiptBook private immutable RECEIPT_BOOK;
    /// @dev The ledger's setting never changes.
    bool private immutable CREDITS_PAY_DEBT;

    // One slot with the authority and the pause.
    uint32 private _reportersVersion;
    uint8 private _quorum;
    uint8 private _reporterCount;
    /// @dev The version of the set a reporter is in; an older one, or 0, means that it is in none.
    mapping(address reporter => uint256 version) private _setOf;

    constructor(
        address authority,
        IPartnerRegistry registry,
        IMilesLedger ledger,
        IPromotionBook promotionBook,
        IReceiptBook receiptBook
    ) AccessManaged(authority) EIP712("Milepost Settlement", "1") {
        REGISTRY = registry;
        LEDGER = ledger;
        PROMOTION_BOOK = promotionBook;
        RECEIPT_BOOK = receiptBook;
        CREDITS_PAY_DEBT = ledger.settings().spentMiles == SpentMiles.LATER_ACCRUALS;
    }

    /// @inheritdoc ISettlement
    function settle(bytes calldata report, bytes calldata signatures) external {
        (bytes memory sections, bytes memory earnings, Amendments memory amendments) = _accept(report, signatures);
        bytes memory standings = LEDGER.open(earnings);
        bytes memory awards = PROMOTION_BOOK.judge(sections, earnings, standings, amendments.words);

        SettledReport memory settled =
            SettledReportLib.settle(report, sections, standings, awards, amendments, CREDITS_PAY_DEBT);
        (uint16 lane, uint64 sequence) = ReportLib.laneAndSequence(report);
        LEDGER.credit(settled.credits);
        if (settled.reversals.length != 0) LEDGER.reverse(settled.reversals);
        REGISTRY.charge(settled.charges);
        RECEIPT_BOOK.record(lane, sequence, settled.root);
        if (settled.heads.length != 0) RECEIPT_BOOK.amend(settled.heads);
        emit ReportSettled(lane, sequence, settled.root, settled.results);
    }

    /// @inheritdoc ISettlement
    function check(bytes calldata report, bytes calldata signatures) external view {
        // What comes after refuses no report: the ledger answers each purchase with an outcome.
        _accept(report, signatures);
        _checkSlots();
    }

    /// @inheritdoc ISettlement
    function digestOf(bytes calldata report) public view returns (bytes32) {
        (uint16 lane, uint64 sequence) = ReportLib.laneAndSequence(report);
        return _hashTypedDataV4(
            keccak256(abi.encode(REPORT_TYPEHASH, _reportersVersion, lane, sequence, keccak256(report)))
        );
    }

    /// @inheritdoc ISettlement
    function setReporters(address[] calldata reporters, uint8 quorum) external restricted {
        if (quorum == 0 || quorum > reporters.length || reporters.length > MOST_REPORTERS) {
            revert SettlementReportersInvalid(reporters.length, quorum);
        }
        uint32 version = _reportersVersion + 1;
        address last;
        for (uint256 i; i < reporters.length; ++i) {
            if (reporters[i] <= last) revert SettlementSignersNotAscending(reporters[i], last);
            last = reporters[i];
            _setOf[last] = version;
        }
        (_reportersVersion, _quorum, _reporterCount) = (version, quorum, uint8(reporters.length));
        emit ReportersSet(version, quorum, reporters);
    }

    /// @inheritdoc ISettlement
    function removeReporter(address reporter) external restricted {
        if (!isReporter(reporter)) revert SettlementReporterUnknown(reporter);
        uint8 count = _reporterCount - 1;
        if (count < _quorum) revert SettlementReportersTooFew(count, _quorum);
        delete _setOf[reporter];
        _reporterCount = count;
        emit ReporterRemoved(_reportersVersion, reporter, count);
    }

    /// @inheritdoc ISettlement
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc ISettlement
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc ISettlement
    function isReporter(address account) public view returns (bool) {
        return _reportersVersion != 0 && _setOf[account] == _reportersVersion;
    }

    /// @inheritdoc ISettlement
    function reporterSet() external view returns (uint32 version, uint8 quorum, uint8 count) {
        return (_reportersVersion, _quorum, _reporterCount);
    }

    /// @inheritdoc ISettlement
    function parts()
        external
        view
        returns (IPartnerRegistry registry, IMilesLedger ledger, IPromotionBook promotionBook, IReceiptBook receiptBook)
    {
        return (REGISTRY, LEDGER, PROMOTION_BOOK, RECEIPT_BOOK);
    }

    /// @dev All that can refuse a report, in the order `settle` promises, without a write.
    function _accept(bytes calldata report, bytes calldata signatures)
        private
        view
        whenNotPaused
        returns (bytes memory sections, bytes memory earnings, Amendments memory amendments)
    {
        ReportLib.checkVersion(report);
        _checkQuorum(digestOf(report), signatures);
        (uint16 lane, uint64 sequence) = ReportLib.laneAndSequence(report);
        uint64 next = RECEIPT_BOOK.nextSequence(lane);
        if (sequence != next) revert SettlementSequenceNotNext(sequence, next);
        (sections, earnings) = REGISTRY.open(report);
        if (ReportLib.hasAttachments(report)) {
            amendments = AmendmentLib.prove(report, earnings, RECEIPT_BOOK, REGISTRY);
        }
    }

    /// @dev What refuses in the writes of `settle`: a slot that is empty or another Settlement's.
    function _checkSlots() private view {
        address[4] memory guarded =
            [address(REGISTRY), address(LEDGER), address(PROMOTION_BOOK), address(RECEIPT_BOOK)];
        for (uint256 i; i < guarded.length; ++i) {
            if (ISettlerGuarded(guarded[i]).settler() != address(this)) {
                revert ISettlerGuarded.SettlerUnauthorized(address(this));
            }
        }
    }

    /// @dev Signers must rise, so that none counts twice and no list is kept.
    function _checkQuorum(bytes32 digest, bytes calldata signatures) private view {
        uint256 count = signatures.length / SIGNATURE_SIZE;
        if (signatures.length != count * SIGNATURE_SIZE) revert SettlementSignaturesMalformed(signatures.length);
        // Before the first setReporters the quorum is 0 and nothing may settle.
        if (count < _quorum || count == 0) revert SettlementQuorumNotReached(count, _quorum);
        uint256 version = _reportersVersion;
        address last;
        for (uint256 i; i < count; ++i) {
            (address signer, ECDSA.RecoverError failure,) =
                ECDSA.tryRecoverCalldata(digest, signatures[i * SIGNATURE_SIZE:(i + 1) * SIGNATURE_SIZE]);
            if (failure != ECDSA.RecoverError.NoError) revert SettlementSignatureInvalid(i);
            if (signer <= last) revert SettlementSignersNotAscending(signer, last);
            if (_setOf[signer] != version || version == 0) revert SettlementReporterUnknown(signer);
            last = signer;
        }
    }
}
