"""Collects reporters' signatures over a sealed report, each against the reporter's own copy.

Before it one reporter sealed the report as its proposal; after it the report can be relayed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from milepost.codec.digest import content_hash, report_digest
from milepost.codec.report_bytes import encode_report
from milepost.domain.errors import ChainError, StoreError, WhoActs
from milepost.fail_point import FailPoint, reach
from milepost.pipeline.attach_receipts import check_attachments
from milepost.pipeline.build_report import DeployedPartners, ReportBuilder, cut_of
from milepost.pipeline.states import move_report
from milepost.ports import (
    MemberDirectory,
    PartnerSecrets,
    Proposal,
    Reporter,
    ReporterCopy,
    ReporterSet,
    ReportSignature,
    ReportState,
    SettlementChain,
    Store,
    StoredReport,
    TxState,
    Work,
)


class ReportDisagreement(StoreError):
    """A reporter's own copy gives another report than the one proposed. The operator compares the copies."""

    exit_code: ClassVar[int] = 1

    def __init__(self, reporter: str, *, proposed: bytes, own: bytes) -> None:
        super().__init__(
            f"Reporter {reporter} does not sign report {proposed.hex()}: its own copy gives {own.hex()}."
            " Compare the purchases of both copies before anything is signed."
        )
        self.reporter = reporter
        self.proposed = proposed
        self.own = own


class QuorumNotCollected(ChainError):
    """Too few reporters of the set in force are here to sign. The operator brings in the others."""

    who_acts: ClassVar[WhoActs] = WhoActs.OPERATOR

    def __init__(self, given: int, quorum: int) -> None:
        super().__init__(
            f"{given} reporters of the present set signed, {quorum} are needed: configure the keys of others."
        )


class SignatureMalformed(ChainError):
    """A reporter's key answered with something that is no signature. The operator looks at that key."""

    def __init__(self, reporter: str, length: int) -> None:
        super().__init__(
            f"Reporter {reporter} answered {length} bytes, a signature has {_SIGNATURE_SIZE}: check its key."
        )


_SIGNATURE_SIZE = 65
# Txs whose signatures were good when they were sent, and may still be.
_UNDER_WAY = (TxState.SIGNED, TxState.ACCEPTED, TxState.MINED, TxState.CONFIRMED)


@dataclass(frozen=True, slots=True)
class CountingSignatures:
    """The reporter set in force, the digest it signs, and the stored signatures that count."""

    in_force: ReporterSet
    digest: bytes
    signatures: tuple[ReportSignature, ...]


@dataclass(frozen=True, slots=True)
class CheckingReporter:
    """A reporter's key beside the copy it checks reports against."""

    reporter: Reporter
    copy: ReporterCopy


@dataclass(frozen=True, slots=True)
class OwnCopy:
    """A reporter's copy in a store of its own: the port `ReporterCopy`."""

    store: Store
    members: MemberDirectory
    partners: DeployedPartners
    secrets: PartnerSecrets

    def rebuild(self, proposal: Proposal) -> bytes:
        with self.store.unit_of_work() as work:
            found = work.purchases.by_keys(proposal.keys)
        missing = [key for key in proposal.keys if key not in found]
        if missing:
            raise StoreError(
                f"The reporter's copy lacks {len(missing)} purchases of the report, the first {missing[0]}:"
                " feed it what the proposer has."
            )
        in_order = [found[key] for key in proposal.keys]
        builder = ReportBuilder(
            self.partners,
            self.secrets,
            self.members.ids_of({stored.member_key for stored in found.values() if stored.member_key}),
            check_attachments(proposal.report_bytes, in_order, self.store, self.secrets),
        )
        # The order is this copy's own too: what stood in another one comes out as other bytes.
        report = builder.build(
            cut_of(found.values(), self.partners),
            lane=proposal.lane,
            sequence=proposal.sequence,
            first_numbers=proposal.first_numbers,
        )
        return encode_report(report)


def sign_report(
    report_hash: bytes, store: Store, *, chain: SettlementChain, reporters: Sequence[CheckingReporter]
) -> StoredReport:
    """Have reporters check and sign until the quorum is reached; a signed report is left as it is.

    Shape: reporters in the order given, those outside the set in force passed over. Each signature is stored
        as it comes, so a second run asks only for what is missing. After a change of the reporters or of
        Settlement, what no longer counts is signed anew.
    Raises: ReportDisagreement at the first reporter whose copy differs; QuorumNotCollected; ChainUnavailable;
        StoreError if there is no such report.
    """
    with store.unit_of_work() as work:
        report = require_report(work, report_hash)
    counting = counting_signatures(report, store, chain=chain)
    quorum, digest = counting.in_force.quorum, counting.digest
    signed = {signature.signer for signature in counting.signatures}
    with store.unit_of_work() as work:
        report = _unsigned(work, report_hash, is_signed=len(signed) >= quorum)
        proposal = _proposal(work, report)
    if report.state is not ReportState.SEALED:
        return report
    agreed: list[ReporterCopy] = []
    for checking in reporters:
        if len(signed) >= quorum:
            break
        address = checking.reporter.address
        if address in signed or not chain.is_reporter(address):
            continue
        # Reporters of one process may share a copy: what it gave for the first, it would give for all.
        if not any(copy is checking.copy for copy in agreed):
            _check(checking, proposal)
            agreed.append(checking.copy)
        signature = checking.reporter.sign(digest)
        if len(signature) != _SIGNATURE_SIZE:
            raise SignatureMalformed(address, len(signature))
        reach(FailPoint.SIGN_BEFORE_STORE)
        with store.unit_of_work() as work:
            work.reports.add_signature(report_hash, ReportSignature(digest, address, signature))
            reach(FailPoint.SIGN_BEFORE_COMMIT)
        reach(FailPoint.SIGN_AFTER_COMMIT)
        signed.add(address)
    if len(signed) < quorum:
        raise QuorumNotCollected(len(signed), quorum)
    with store.unit_of_work() as work:
        move_report(work, report, ReportState.SIGNED)
        report = require_report(work, report_hash)
        reach(FailPoint.QUORUM_BEFORE_COMMIT)
    reach(FailPoint.QUORUM_AFTER_COMMIT)
    return report


def counting_signatures(report: StoredReport, store: Store, *, chain: SettlementChain) -> CountingSignatures:
    """The stored signatures that the contract would count now.

    Shape: by signers rising, as the contract wants them. Those over another set or for another Settlement
        are over another digest; a reporter who was removed left the set, whose digest stayed.
    Raises: ChainUnavailable.
    """
    in_force = chain.reporter_set()
    digest = report_digest(
        chain.chain_id,
        chain.settlement,
        reporters_version=in_force.version,
        report_bytes=report.report_bytes,
    )
    with store.unit_of_work() as work:
        found = work.reports.signatures(report.content_hash, digest=digest)
    counting = [signature for signature in found if chain.is_reporter(signature.signer)]
    counting.sort(key=lambda signature: int(signature.signer, 16))
    return CountingSignatures(in_force, digest, tuple(counting))


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


def _proposal(work: Work, report: StoredReport) -> Proposal:
    purchase_ids = work.reports.purchase_ids(report.content_hash)
    purchases = work.purchases.by_ids(purchase_ids)
    return Proposal(
        lane=report.lane,
        sequence=report.sequence,
        report_bytes=report.report_bytes,
        keys=tuple(purchases[purchase_id].purchase.dedupe_key for purchase_id in purchase_ids),
        first_numbers={section.partner_id: section.first_number for section in report.sections},
    )


def _check(checking: CheckingReporter, proposal: Proposal) -> None:
    own = checking.copy.rebuild(proposal)
    if own != proposal.report_bytes:
        raise ReportDisagreement(
            checking.reporter.address,
            proposed=content_hash(proposal.report_bytes),
            own=content_hash(own),
        )
