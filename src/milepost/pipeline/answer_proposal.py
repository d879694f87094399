"""Answers another reporter's proposal: signs what this reporter's own copy gives too, and nothing else.

Before it the proposer sealed a report and sent it; after it the proposer holds one signature more, or a
refusal that says why. Source: docs/decisions/0026-let-reporters-check-by-their-own-feeds.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from milepost.codec.digest import report_message
from milepost.codec.report_bytes import decode_report
from milepost.domain.errors import ChainError, ReportMalformed, StoreError, WhoActs
from milepost.domain.quantities import Lane, ReportSequence
from milepost.domain.quoting import quoted
from milepost.pipeline.check_report import OwnCopy, ReportDisagreement
from milepost.pipeline.follow_chain import follow_chain, settled_unlinked
from milepost.pipeline.restore_purchases import Place, Rebuilding
from milepost.ports import (
    Clock,
    Disagreement,
    MemberAccounts,
    Proposal,
    PurchaseState,
    Reporter,
    SettlementChain,
    SignedCut,
    StoredPurchase,
    Work,
)
from milepost.ports.signing import MOST_CUTS

MOST_IN_PROPOSAL = 500
"""Purchases in a proposal: the contract's gas holds no more, and checking them takes about a second."""


class ProposalRefused(ChainError):
    """A proposal that this reporter never signs: malformed, settled, or of purchases it signed elsewhere.

    The operator finds out why it was proposed.
    """

    who_acts: ClassVar[WhoActs] = WhoActs.OPERATOR
    exit_code: ClassVar[int] = 1


class ProposalTooEarly(ChainError):
    """This reporter does not know yet what it needs to answer. Retry: the chain or its feeds tell it."""

    who_acts: ClassVar[WhoActs] = WhoActs.RETRY


class CopyLacksMembers(StoreError):
    """The report differs, and this reporter's directory knows fewer members than the ledger. Import them."""

    who_acts: ClassVar[WhoActs] = WhoActs.RETRY

    def __init__(self, *, ledger: int, directory: int) -> None:
        super().__init__(
            f"The ledger has {ledger} members and this reporter's directory knows {directory}: import the"
            " lists that it lacks by milepost members import --restore, in their order."
        )


@dataclass(frozen=True, slots=True)
class Answering:
    """What a reporter answers by: its key, its copy, its own view of the chain, and this machine's clock."""

    reporter: Reporter
    copy: OwnCopy
    chain: SettlementChain
    accounts: MemberAccounts
    machine: Clock

    @property
    def rebuilding(self) -> Rebuilding:
        copy = self.copy
        return Rebuilding(copy.store, copy.members, copy.partners, copy.secrets)


def answer_proposal(proposal: Proposal, answering: Answering, *, asked_by: str) -> bytes:
    """Sign a proposed report if this reporter's own copy gives the same bytes.

    Shape: 65 bytes over the digest that this reporter works out itself, by its own view of the chain, which
        has settled all before it. The cut is in its journal before it is signed. Another cut of a sequence
        that has not settled is signed too, so many of them for each who asks: the contract takes one. A
        purchase is in cuts of one unsettled sequence only. `asked_by` is the reporter that proposes.
    Raises: ProposalRefused; ProposalTooEarly; ReportDisagreement, kept with both contents;
        AttachmentDisputed; CopyLacksPurchases, CopyLacksMembers; ReportMalformed; ChainUnavailable;
        SignerUnavailable, SignerRefused; what `follow_chain` does.
    """
    _require_well_formed(proposal, answering)
    follow_chain(answering.rebuilding, answering.chain)
    _require_open(proposal, answering)
    purchases = answering.copy.purchases(proposal)
    own = answering.copy.rebuild(proposal)
    if own != proposal.report_bytes:
        raise _disagreement(proposal, own, answering)
    _require_unsettled(purchases, answering)
    message = report_message(
        answering.chain.chain_id,
        answering.chain.settlement,
        reporters_version=answering.chain.reporter_set().version,
        report_bytes=own,
    )
    ids = tuple(stored.purchase_id for stored in purchases)
    cut = SignedCut(proposal.lane, proposal.sequence, own, ids, answering.machine.now(), asked_by)
    with answering.copy.store.unit_of_work() as work:
        _require_in_no_other(cut, work)
        work.journal.forget_cuts(cut.lane, work.reports.last_sequence(cut.lane))
        if not work.journal.add_cut(cut):
            raise ProposalRefused(
                f"This reporter has signed {MOST_CUTS} cuts of report {cut.sequence} of lane {cut.lane} for"
                f" {asked_by} and signs no other for it: send one of those to the chain, or have another"
                " reporter's worker propose."
            )
    return answering.reporter.sign_message(message)


def _require_well_formed(proposal: Proposal, answering: Answering) -> None:
    if not 0 < len(proposal.keys) <= MOST_IN_PROPOSAL:
        raise ProposalRefused(
            f"A proposal names 1 to {MOST_IN_PROPOSAL} purchases, this one {len(proposal.keys)}."
        )
    report = decode_report(proposal.report_bytes)
    if (report.lane, report.sequence) != (proposal.lane, proposal.sequence):
        raise ReportMalformed("The report is of another lane or sequence than its proposal says.")
    if report.purchase_count != len(proposal.keys):
        raise ReportMalformed("The report has another number of purchases than its proposal names.")
    own = answering.copy.partners
    codes = {key.partner for key in proposal.keys}
    if strangers := codes.difference(own.of_lane(proposal.lane)):
        named = ", ".join(sorted(strangers))
        raise ProposalRefused(f"Lane {proposal.lane} is not, by this reporter's files, that of {named}.")
    if set(proposal.first_numbers) != {own.id_of(code) for code in codes}:
        raise ReportMalformed("The first numbers are of other partners than the purchases.")


def _require_open(proposal: Proposal, answering: Answering) -> None:
    """Refuse every sequence but the one that the chain takes next, by this reporter's own node.

    A report that follows one which only was signed may hold its purchases: two reporters that signed the two
    cuts of them crosswise would each hold back what the other signed, and the lane would stand for ever.
    """
    lane, sequence = proposal.lane, proposal.sequence
    coming = answering.chain.next_sequence(lane)
    if sequence < coming:
        raise ProposalRefused(f"Report {sequence} of lane {lane} is settled already; the next is {coming}.")
    if sequence > coming:
        raise ProposalTooEarly(
            f"Report {coming} of lane {lane} is not settled on this reporter's node: it signs report"
            f" {sequence} when the one before is."
        )


def _require_unsettled(purchases: Sequence[StoredPurchase], answering: Answering) -> None:
    for stored in purchases:
        if stored.state is PurchaseState.SETTLED_FINAL:
            raise ProposalRefused(f"{_named(stored)} is settled already.")
        if stored.state is not PurchaseState.ACCEPTED:
            raise ProposalRefused(
                f"{_named(stored)} is {stored.state} in this reporter's store, which a worker seals from too:"
                " give the reporter a store of its own."
            )
    settled: set[Place] = {
        (placed.section.partner_id, placed.entry.facts)
        for log in settled_unlinked(answering.copy.store, answering.chain)
        for placed in decode_report(log.report_bytes).placed()
    }
    for stored in purchases:
        if answering.rebuilding.place_of(stored.purchase) in settled:
            raise ProposalTooEarly(
                f"{_named(stored)} is in a report that was settled and is not final yet, or is not in this"
                " reporter's store: it is asked again later."
            )


def _require_in_no_other(cut: SignedCut, work: Work) -> None:
    """Refuse a purchase that is in another sequence's cut which may still settle."""
    last: dict[Lane, ReportSequence] = {}
    for other in work.journal.cuts_of(cut.purchase_ids):
        settled = last.setdefault(other.lane, work.reports.last_sequence(other.lane))
        if other.sequence > settled and (other.lane, other.sequence) != (cut.lane, cut.sequence):
            sentence = (
                f"A purchase of report {cut.sequence} of lane {cut.lane} is in report {other.sequence} of"
                f" lane {other.lane} too, which this reporter signed and which may still settle."
            )
            # The sequence before is taken and not final yet: it is soon known which of its cuts it was.
            is_soon_known = other.lane == cut.lane and other.sequence < cut.sequence
            raise ProposalTooEarly(sentence) if is_soon_known else ProposalRefused(sentence)


def _disagreement(proposal: Proposal, own: bytes, answering: Answering) -> Exception:
    directory, ledger = answering.copy.members.count(), answering.accounts.enrolled()
    if directory < ledger:
        return CopyLacksMembers(ledger=ledger, directory=directory)
    address = answering.reporter.address
    with answering.copy.store.unit_of_work() as work:
        work.journal.add_disagreement(
            Disagreement(
                address,
                proposal.lane,
                proposal.sequence,
                proposed=proposal.report_bytes,
                own=own,
                noticed_at=answering.machine.now(),
            )
        )
    return ReportDisagreement(address, proposed=proposal.report_bytes, own=own)


def _named(stored: StoredPurchase) -> str:
    return f"{quoted(stored.purchase.sale_ref)} of {stored.purchase.partner}"
