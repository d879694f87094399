"""Collects reporters' signatures over a sealed report, each against the reporter's own copy.

Before it one reporter sealed the report as its proposal; after it the report can be relayed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from milepost.codec.digest import report_message
from milepost.codec.keccak import keccak
from milepost.domain.errors import ChainError, MilepostError, StoreError, WhoActs
from milepost.fail_point import FailPoint, reach
from milepost.pipeline.attach_receipts import AttachmentDisputed
from milepost.pipeline.check_report import CopyLacksPurchases, ReportDisagreement
from milepost.pipeline.states import move_report
from milepost.ports import (
    Disagreement,
    Proposal,
    ReporterAnswerRefused,
    ReporterBehind,
    ReporterSet,
    ReporterUnavailable,
    ReportSignature,
    ReportState,
    SettlementChain,
    SignerRefused,
    SignerUnavailable,
    SigningReporter,
    Store,
    StoredReport,
    TxState,
    Work,
)


class QuorumNotCollected(ChainError):
    """Too few reporters of the set in force are here to sign. The operator brings in the others."""

    who_acts: ClassVar[WhoActs] = WhoActs.OPERATOR
    advice: ClassVar[str] = "configure the keys or the URLs of others."

    def __init__(self, given: int, quorum: int, reasons: Sequence[str] = ()) -> None:
        told = "".join(f" {reason}" for reason in reasons)
        super().__init__(
            f"{given} reporters of the present set signed, {quorum} are needed: {self.advice}{told}"
        )


class ReportersNotReached(QuorumNotCollected):
    """Too few reporters signed for now, some of whom gave no answer or lack purchases. Retry."""

    who_acts: ClassVar[WhoActs] = WhoActs.RETRY
    advice: ClassVar[str] = "others gave no answer, and are asked again."


class ReportersBehind(ReportersNotReached):
    """Reporters enough for the quorum sign as soon as their nodes have settled the report before. Retry."""

    advice: ClassVar[str] = "others wait until their nodes have settled the report before."


OnPassedOver = Callable[[MilepostError], None]
"""Hears why a reporter gave no signature."""

_DISPUTES = (ReportDisagreement, AttachmentDisputed)
_NO_SIGNATURE = (
    *_DISPUTES,
    CopyLacksPurchases,
    ReporterUnavailable,
    ReporterAnswerRefused,
    SignerUnavailable,
    SignerRefused,
)
# Txs whose signatures were good when they were sent, and may still be.
_UNDER_WAY = (TxState.SIGNED, TxState.ACCEPTED, TxState.MINED, TxState.CONFIRMED)


@dataclass(frozen=True, slots=True)
class CountingSignatures:
    """The reporter set in force, the message whose digest it signs, and the stored signatures that count."""

    in_force: ReporterSet
    message: bytes
    signatures: tuple[ReportSignature, ...]


def sign_report(
    report_hash: bytes,
    store: Store,
    *,
    chain: SettlementChain,
    reporters: Sequence[SigningReporter],
    on_passed_over: OnPassedOver = lambda _error: None,
) -> StoredReport:
    """Have reporters check and sign until the quorum is reached; a signed report is left as it is.

    Shape: reporters in the order given, those outside the set in force passed over. One that gives no
        signature is passed over too, and `on_passed_over` hears why; a disagreement is kept with both
        contents. Each signature is stored as it comes, so a second run asks only for what is missing. After a
        change of the reporters or of Settlement, what no longer counts is signed anew.
    Raises: without a quorum ReportersBehind if those who wait for their nodes would make it, else the first
        ReportDisagreement or AttachmentDisputed, else QuorumNotCollected or ReportersNotReached;
        ChainUnavailable; StoreError if there is no such report.
    """
    with store.unit_of_work() as work:
        report = require_report(work, report_hash)
    counting = counting_signatures(report, store, chain=chain)
    quorum = counting.in_force.quorum
    signed = {signature.signer for signature in counting.signatures}
    with store.unit_of_work() as work:
        report = _unsigned(work, report_hash, is_signed=len(signed) >= quorum)
        proposal = proposal_of(work, report)
    if report.state is not ReportState.SEALED:
        return report
    asking = _Asking(report_hash, proposal, counting.message, store, chain, on_passed_over)
    for reporter in reporters:
        if len(signed) >= quorum:
            break
        asking.ask(reporter, signed)
    if len(signed) < quorum:
        raise asking.failure(len(signed), quorum)
    with store.unit_of_work() as work:
        move_report(work, report, ReportState.SIGNED)
        report = require_report(work, report_hash)
        reach(FailPoint.QUORUM_BEFORE_COMMIT)
    reach(FailPoint.QUORUM_AFTER_COMMIT)
    return report


@dataclass(slots=True)
class _Asking:
    """One report on its round of the reporters, and why some of them gave no signature."""

    report_hash: bytes
    proposal: Proposal
    message: bytes
    store: Store
    chain: SettlementChain
    on_passed_over: OnPassedOver
    errors: list[MilepostError] = field(default_factory=list)

    def ask(self, reporter: SigningReporter, signed: set[str]) -> None:
        """Ask for a signature unless it is there or would not count; add who signed."""
        try:
            address = reporter.address
            if address in signed or not self.chain.is_reporter(address):
                return
            signature = reporter.sign(self.proposal, message=self.message)
        except _NO_SIGNATURE as error:
            if isinstance(error, ReportDisagreement):
                self._keep(error)
            self.errors.append(error)
            self.on_passed_over(error)
            return
        found = ReportSignature(keccak(self.message), address, signature)
        reach(FailPoint.SIGN_BEFORE_STORE)
        with self.store.unit_of_work() as work:
            work.reports.add_signature(self.report_hash, found)
            reach(FailPoint.SIGN_BEFORE_COMMIT)
        reach(FailPoint.SIGN_AFTER_COMMIT)
        signed.add(address)

    def failure(self, given: int, quorum: int) -> MilepostError:
        """What to raise without a quorum: a dispute goes before all but reporters that sign in a moment."""
        reasons = [str(error) for error in self.errors]
        if given + sum(isinstance(error, ReporterBehind) for error in self.errors) >= quorum:
            return ReportersBehind(given, quorum, reasons)
        disputes = [error for error in self.errors if isinstance(error, _DISPUTES)]
        if disputes:
            return disputes[0]
        is_retried = any(error.who_acts is WhoActs.RETRY for error in self.errors)
        kind = ReportersNotReached if is_retried else QuorumNotCollected
        return kind(given, quorum, reasons)

    def _keep(self, error: ReportDisagreement) -> None:
        """Both contents, for whoever compares the copies."""
        noticed_at = self.chain.block_time()
        with self.store.unit_of_work() as work:
            work.journal.add_disagreement(
                Disagreement(
                    error.reporter,
                    self.proposal.lane,
                    self.proposal.sequence,
                    proposed=error.proposed_bytes,
                    own=error.own_bytes,
                    noticed_at=noticed_at,
                )
            )


def counting_signatures(report: StoredReport, store: Store, *, chain: SettlementChain) -> CountingSignatures:
    """The stored signatures that the contract would count now.

    Shape: by signers rising, as the contract wants them. Those over another set or for another Settlement
        are over another digest; a reporter who was removed left the set, whose digest stayed.
    Raises: ChainUnavailable.
    """
    in_force = chain.reporter_set()
    message = report_message(
        chain.chain_id,
        chain.settlement,
        reporters_version=in_force.version,
        report_bytes=report.report_bytes,
    )
    with store.unit_of_work() as work:
        found = work.reports.signatures(report.content_hash, digest=keccak(message))
    counting = [signature for signature in found if chain.is_reporter(signature.signer)]
    counting.sort(key=lambda signature: int(signature.signer, 16))
    return CountingSignatures(in_force, message, tuple(counting))


def require_report(work: Work, report_hash: bytes) -> StoredReport:
    """Raises: StoreError if there is no such report."""
    report = work.reports.get(report_hash)
    if report is None:
        raise StoreError(f"The store has no report {report_hash.hex()}: seal it first.")
    return report


def _unsigned(work: Work, report_hash: bytes, *, is_signed: bool) -> StoredReport:
    report = require_report(work, report_hash)
    can_be_settled = any(tx.state in _UNDER_WAY for tx in work.txs.of_report(report_hash))
    was_signed = report.state in (ReportState.SIGNED, ReportState.RELAYING) and not can_be_settled
    if was_signed and not is_signed:
        # Another reporter set, one reporter fewer, or another Settlement: what was signed no longer counts.
        move_report(work, report, ReportState.SEALED)
        return require_report(work, report_hash)
    return report


def proposal_of(work: Work, report: StoredReport) -> Proposal:
    """What reporters are asked to sign of a stored report."""
    purchase_ids = work.reports.purchase_ids(report.content_hash)
    purchases = work.purchases.by_ids(purchase_ids)
    return Proposal(
        lane=report.lane,
        sequence=report.sequence,
        report_bytes=report.report_bytes,
        keys=tuple(purchases[purchase_id].purchase.dedupe_key for purchase_id in purchase_ids),
        first_numbers={section.partner_id: section.first_number for section in report.sections},
    )
