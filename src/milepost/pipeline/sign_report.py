"""Collects reporters' signatures over a sealed report, each against the reporter's own copy.

Before it one reporter sealed the report as its proposal; after it the report can be relayed.
"""

from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, TypeVar

from milepost.codec.digest import report_message
from milepost.codec.keccak import keccak
from milepost.domain.errors import ChainError, MilepostError, StoreError, WhoActs
from milepost.fail_point import FailPoint, reach
from milepost.pipeline.attach_receipts import AttachmentDisputed
from milepost.pipeline.check_report import CopyLacksPurchases, ReportDisagreement
from milepost.pipeline.states import move_report
from milepost.ports import (
    AskTogether,
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
    """Reporters enough for the quorum sign as soon as they have what is on its way to them. Retry."""

    advice: ClassVar[str] = "others wait for the report before on their nodes, or for partners' requests."


_T = TypeVar("_T")

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


def in_turn(asks: Sequence[Callable[[], _T]]) -> Generator[_T, None, None]:
    """The port `AskTogether` for who has no threads: one after the other, and no more than are waited for."""
    return (ask() for ask in asks)


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
    elsewhere: Sequence[SigningReporter] = (),
    together: AskTogether = in_turn,
    on_passed_over: OnPassedOver = lambda _error: None,
) -> StoredReport:
    """Have reporters check and sign until the quorum is reached; a signed report is left as it is.

    Shape: `reporters` in the order given, then those `elsewhere` all `together`, of whom the first that make
        the quorum are waited for; those outside the set in force are passed over. One that gives no signature
        is passed over too, and `on_passed_over` hears why; a disagreement is kept with both contents.
        Each signature is stored as it comes, so a second run asks only for what is missing. After a
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
        asking.take(asking.answer_of(reporter, signed), signed)
    if len(signed) < quorum and elsewhere:
        asking.ask_together(elsewhere, together, signed, quorum=quorum)
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

    def ask_together(
        self,
        reporters: Sequence[SigningReporter],
        together: AskTogether,
        signed: set[str],
        *,
        quorum: int,
    ) -> None:
        """Ask all of them at once, until there is a quorum; add who signed."""
        asks = [partial(self.answer_of, reporter, signed) for reporter in reporters]
        with closing(together(asks)) as answers:
            for answer in answers:
                self.take(answer, signed)
                if len(signed) >= quorum:
                    return

    def answer_of(
        self, reporter: SigningReporter, signed: Collection[str]
    ) -> ReportSignature | MilepostError | None:
        """A reporter's signature, or why there is none; None if it is there already or would not count.

        Shape: nothing is written here: it may be asked in a thread of its own, and listened to no more.
        """
        try:
            address = reporter.address
            if address in signed or not self.chain.is_reporter(address):
                return None
            signature = reporter.sign(self.proposal, message=self.message)
        except _NO_SIGNATURE as error:
            return error
        return ReportSignature(keccak(self.message), address, signature)

    def take(self, answer: ReportSignature | MilepostError | None, signed: set[str]) -> None:
        """Store a signature that counts, or note why there is none; add who signed."""
        if isinstance(answer, MilepostError):
            self._note(answer)
        elif answer is not None and answer.signer not in signed:
            self._add(answer)
            signed.add(answer.signer)

    def _note(self, error: MilepostError) -> None:
        if isinstance(error, ReportDisagreement):
            self._keep(error)
        self.errors.append(error)
        self.on_passed_over(error)

    def _add(self, found: ReportSignature) -> None:
        reach(FailPoint.SIGN_BEFORE_STORE)
        with self.store.unit_of_work() as work:
            work.reports.add_signature(self.report_hash, found)
            reach(FailPoint.SIGN_BEFORE_COMMIT)
        reach(FailPoint.SIGN_AFTER_COMMIT)

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
