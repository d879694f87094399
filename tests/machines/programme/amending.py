"""Seals refunds, voids and changed bills, true and forged, beside sales of the same report.

The rules of refunds draw what is to be changed; here it becomes entries and what they attach.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from eth_utils.crypto import keccak

from milepost.codec import receipt_tree
from milepost.domain.books import IssuedReceipt
from milepost.domain.purchase import PurchaseKind
from milepost.domain.receipt import Amendment
from milepost.domain.report import Attachment, Entry, Report, Section
from tests.machines.programme.settling import seal
from tests.machines.programme.strategies import Bill, Change, picked
from tests.machines.programme.tally import Sale
from tests.machines.programme.twins import Model

_NEWEST_SALES = 10
_SHARES = {"nothing": 0, "some": 3, "most": 8, "all": 10}
"""Tenths of what is left."""


@dataclass(frozen=True, slots=True)
class Amended:
    """One entry more for a report."""

    partner: int
    entry: Entry
    attachment: Attachment | None


def seal_changes(model: Model, changes: Iterable[Change], bills: Sequence[Bill], lane: int) -> Report:
    """The lane's next report: sales first, then in each section what changes others."""
    return _sealed(model, [_amended(model, change) for change in changes], bills, lane)


def seal_claim(model: Model, sale: Sale, member: int, lane: int) -> Report:
    """An AMEND that names the member of a sale that was settled for nobody, its bill as it was."""
    newest = model.books.issued[model.tally.newest[sale]]
    entry = replace(newest.entry, kind=PurchaseKind.AMEND, member=member, seconds=0, facts=_facts(model))
    return _sealed(model, [Amended(sale[0], entry, attachment_of(model, model.tally.newest[sale]))], (), lane)


def _sealed(model: Model, changes: Iterable[Amended], bills: Sequence[Bill], lane: int) -> Report:
    report = seal(model, bills, lane)
    numbers = {section.partner_id: section for section in report.sections}
    amended: dict[int, list[Amended]] = {}
    for one in changes:
        amended.setdefault(one.partner, []).append(one)
    sections, attachments = [], []
    for partner in sorted({*numbers, *amended}):
        added = amended.get(partner, [])
        section = numbers.get(partner) or Section(partner, model.numbers[partner] + 1, model.now_s, ())
        sections.append(replace(section, entries=(*section.entries, *(one.entry for one in added))))
        attachments += [one.attachment for one in added]
    return replace(report, sections=tuple(sections), attachments=tuple(attachments))


def attachment_of(model: Model, purchase: Sale) -> Attachment:
    """The receipt of a settled purchase with its proof, as reporters attach it."""
    report, place = model.tally.places[purchase]
    done = model.tally.reports[report]
    words = done.words[place]
    return Attachment(
        done.report.lane,
        done.report.sequence,
        words.entry,
        words.accrual,
        words.grants,
        words.basis,
        words.amended,
        tuple(receipt_tree.proof_in(done.tree, place)),
    )


def _facts(model: Model) -> bytes:
    """Never the same twice."""
    model.facts += 1
    return keccak(text=f"amendment {model.facts}")[:16]


def _amended(model: Model, change: Change) -> Amended:
    sales = model.tally.sales[-_NEWEST_SALES:]
    sale = picked(sales[::-1], change.sale)
    newest = model.books.issued[model.tally.newest[sale]]
    entry = Entry(
        member=newest.entry.member,
        eligible_minor=_amount(change, newest),
        seconds=0,
        outlet=0,
        kind=change.kind,
        offset_choice=0,
        channel=change.channel,
        party=change.party,
        facts=_facts(model),
    )
    one = Amended(sale[0], entry, attachment_of(model, model.tally.newest[sale]))
    return _forged(model, one, sale, newest, change.forged) if change.forged else one


def _amount(change: Change, newest: IssuedReceipt) -> int:
    """What the entry states: of an AMEND the new total, else what it returns."""
    amendment = newest.settled.amendment or Amendment(0, newest.entry.eligible_minor, 0, 0, 0, 0)
    left, refunded = amendment.eligible_minor, amendment.refunded_minor
    if change.share == "more":
        amount = left + left // 2 + 1 if change.kind is PurchaseKind.AMEND else left + 1
    else:
        amount = left * _SHARES[change.share] // 10
    return min(amount + refunded * (change.kind is PurchaseKind.AMEND), 2**40 - 1)


def _forged(model: Model, one: Amended, sale: Sale, newest: IssuedReceipt, forgery: str) -> Amended:
    """The same with one thing wrong. What the model says of it is what the contracts must say."""
    attachment = one.attachment
    assert attachment is not None
    if forgery == "unknown":
        return replace(one, attachment=None)
    if forgery == "member":
        return replace(one, entry=replace(one.entry, member=one.entry.member + 1))
    if forgery == "partner":
        return replace(one, partner=next(p for p in sorted(model.books.partners) if p != one.partner))
    if forgery == "facts":
        return replace(one, entry=replace(one.entry, facts=newest.entry.facts))
    if forgery == "older":
        return replace(one, attachment=attachment_of(model, sale))
    if forgery == "refused":
        return replace(
            one, attachment=attachment_of(model, (one.partner, model.tally.numbers[one.partner][-1]))
        )
    changed = {
        "word": {"accrual": attachment.accrual ^ 1 << 112},
        "report": {"sequence": attachment.sequence + 1},
        "proof": {"proof": (*attachment.proof, bytes(32))},
    }
    return replace(one, attachment=replace(attachment, **changed[forgery]))
