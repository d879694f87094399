"""Refunds, voids and amendments for tests: what a report attaches, and reports that bring it."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from milepost.chain.reporter_keys import LocalReporter
from milepost.codec import receipt_tree
from milepost.codec.report_bytes import decode_report, encode_report
from milepost.domain.purchase import PurchaseKind
from milepost.domain.report import Attachment, Entry, Report
from tests.support.contract_programme import OPEN_PARTNER, QUORUM, REPORTERS, Programme, Settlement
from tests.support.purchases import an_entry
from tests.support.receipt_words import words_of

_salts = count(1)


def a_sale(eligible_minor: int = 40_000, **changes: Any) -> Entry:
    """A bill of 400.00, worth 100 miles, with facts of its own."""
    return _entry(PurchaseKind.SALE, eligible_minor, changes)


def a_refund(eligible_minor: int, **changes: Any) -> Entry:
    """Returns so much of a bill."""
    return _entry(PurchaseKind.REFUND, eligible_minor, changes)


def an_amend(eligible_minor: int, **changes: Any) -> Entry:
    """Makes a bill so much."""
    return _entry(PurchaseKind.AMEND, eligible_minor, changes)


def a_void(**changes: Any) -> Entry:
    return _entry(PurchaseKind.VOID, 7, changes)


def attached(done: Settlement, place: int = 0) -> Attachment:
    """The receipt of one purchase of a settled report, with its proof."""
    report = decode_report(done.report)
    words = words_of(report, done.results)
    leaves = [one.leaf for one in words]
    receipt = words[place]
    return Attachment(
        receipt.lane,
        receipt.sequence,
        receipt.entry,
        receipt.accrual,
        receipt.grants,
        receipt.basis,
        receipt.amended,
        receipt_tree.proof(leaves, place),
    )


def amending_report(
    programme: Programme,
    entries: Sequence[Entry],
    attachments: Sequence[Attachment | None],
    *,
    partner: int = OPEN_PARTNER,
) -> bytes:
    """The next report of lane 0: one section, and what is attached to its entries that are no SALE."""
    sequence = int(programme.receipts.nextSequence(0))
    section = programme.a_section(*entries, partner=partner)
    return encode_report(Report(0, sequence, (section,), tuple(attachments)))


def amend(
    programme: Programme,
    entries: Sequence[Entry],
    attachments: Sequence[Attachment | None],
    *,
    partner: int = OPEN_PARTNER,
) -> Settlement:
    """Settle `amending_report`."""
    return programme.settle_bytes(amending_report(programme, entries, attachments, partner=partner))


def signed_as_it_is(programme: Programme, report: bytes) -> bytes:
    """Signatures of the quorum over bytes that no honest reporter would read as a report."""
    digest = bytes(programme.settlement.digestOf(report))
    return b"".join(LocalReporter(reporter).sign(digest) for reporter in REPORTERS[:QUORUM])


def _entry(kind: PurchaseKind, eligible_minor: int, changes: dict[str, Any]) -> Entry:
    facts = next(_salts).to_bytes(16, "big")
    return an_entry(**{"kind": kind, "eligible_minor": eligible_minor, "facts": facts, **changes})
