"""Stores each purchase once under its dedupe key, and answers every record.

Before it a feed read the records; after it accepted purchases wait to be sealed into a report.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from milepost.codec.facts import canonical_facts
from milepost.domain.calendar import SECONDS_A_DAY
from milepost.domain.programme import Acceptance
from milepost.domain.purchase import DedupeKey, Purchase, PurchaseKind, SubmittedPurchase
from milepost.domain.quantities import PartnerCode, SaleRef
from milepost.fail_point import FailPoint, reach
from milepost.pipeline.compare_clocks import latest_instant
from milepost.pipeline.states import PURCHASE_MOVES, require_move
from milepost.ports import (
    Clock,
    Conflict,
    JudgedAt,
    KnownPurchase,
    MemberDirectory,
    PurchaseRecord,
    PurchaseState,
    Rejection,
    Store,
    StoreBusy,
    Work,
)

RECORDS_A_UNIT = 1_000
"""Records stored in one unit of work: a crash loses at most so many answers, and nothing answered."""

MOST_TRIES = 8
"""How often a unit is judged that other processes keep getting ahead of; then its sender has to wait."""


class AnswerKind(StrEnum):
    """What a partner is told of a record."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one record.

    Shape: `key` is None where no purchase could be read, and then `line` is set, as for any row of a file;
        `code` and `sentence` say why a record was not taken; `first` is the answer its first sending got, for
        a duplicate.
    """

    kind: AnswerKind
    key: DedupeKey | None = None
    line: int | None = None
    code: str | None = None
    sentence: str | None = None
    first: AnswerKind | None = None


@dataclass(frozen=True, slots=True)
class Ingest:
    """What ingesting needs: where purchases go, who members are, what the programme accepts, and when.

    `clock` is the chain's; with a clock of this machine, purchases may lie ahead of a chain that lags. With
    `judged_at` they are judged by that time: several stores that take one request in judge it alike. With
    `adding`, the same facts in units that get in nobody's way, sales go in by those.
    """

    store: Store
    members: MemberDirectory
    accept: Acceptance
    clock: Clock
    machine: Clock | None = None
    judged_at: JudgedAt | None = None
    adding: Store | None = None

    def store_for(self, submitted: Iterable[SubmittedPurchase]) -> Store:
        """Where a unit of these goes.

        A record of one key contradicts another of that key only, and the database keeps keys apart. Revisions
        of a bill are judged by its other rows: those need a unit in which what was read stays true.
        """
        is_alone = all(one.purchase.kind is not PurchaseKind.AMEND for one in submitted)
        return self.adding if self.adding is not None and is_alone else self.store


def ingest_purchase(submitted: SubmittedPurchase, ingest: Ingest) -> Answer:
    """Store one purchase and answer it, as `ingest_many` does."""
    return next(ingest_many([submitted], ingest))


def ingest_many(records: Iterable[SubmittedPurchase | Rejection], ingest: Ingest) -> Iterator[Answer]:
    """Store purchases in the order given and answer each record.

    Shape: one answer a record, in order; it is given when the purchase is stored for good. The records are
        streamed, `RECORDS_A_UNIT` at a time in one unit of work. A duplicate stays one when it is too old.
        A unit that another process was quicker than is judged again, so each record has one answer.
    Units: the programme's limits in days and minutes, both included.
    Raises: StoreBusy after `MOST_TRIES`, and ClocksDiffer: the records of this unit and later ones are not
        stored.
    """
    remaining = iter(records)
    while unit := list(islice(remaining, RECORDS_A_UNIT)):
        yield from _ingest_again(unit, ingest)


def _ingest_again(records: Sequence[SubmittedPurchase | Rejection], ingest: Ingest) -> list[Answer]:
    """Ingest a unit, anew where another process took in the same purchases or was in the way."""
    for _ in range(MOST_TRIES - 1):
        with suppress(StoreBusy):
            return _ingest_unit(records, ingest)
    return _ingest_unit(records, ingest)


def _ingest_unit(records: Sequence[SubmittedPurchase | Rejection], ingest: Ingest) -> list[Answer]:
    received_at = ingest.clock.now()
    at = ingest.judged_at or JudgedAt(received_at, latest_instant(received_at, ingest.machine, ingest.accept))
    submitted = [record for record in records if isinstance(record, SubmittedPurchase)]
    found = {id(record): record_of(record, ingest.members) for record in submitted}
    with ingest.store_for(submitted).unit_of_work() as work:
        known: dict[DedupeKey, KnownPurchase | PurchaseRecord] = dict(
            work.purchases.known([record.purchase.dedupe_key for record in submitted])
        )
        revisions = _Revisions(submitted, work)
        answers, new, contradicting = [], [], []
        for given in records:
            if isinstance(given, Rejection):
                answers.append(_rejected(given))
                continue
            record = found[id(given)]
            answer = _judge(record, known.get(record.key), ingest.accept, at)
            if answer.kind is AnswerKind.ACCEPTED:
                answer = revisions.judge(record) or answer
            answers.append(replace(answer, line=given.line))
            if answer.kind is AnswerKind.ACCEPTED:
                known[record.key] = record
                new.append(record)
            elif answer.kind is AnswerKind.CONFLICT:
                contradicting.append(record)
        work.purchases.add(new, state=PurchaseState.ACCEPTED, received_at=received_at)
        if contradicting:
            # Only now does every stored purchase have an id, also one of this very unit.
            firsts = work.purchases.known([record.key for record in contradicting])
            work.purchases.add_conflicts(
                [Conflict(firsts[record.key].purchase_id, record, received_at) for record in contradicting]
            )
        reach(FailPoint.INGEST_BEFORE_COMMIT)
    reach(FailPoint.INGEST_AFTER_COMMIT)
    return answers


def record_of(submitted: SubmittedPurchase, members: MemberDirectory) -> PurchaseRecord:
    """A purchase as it is stored: the membership number itself goes no further than this."""
    member_key = None if submitted.member is None else members.key_of(submitted.member)
    return PurchaseRecord(
        purchase=submitted.purchase,
        member_key=member_key,
        content_hash=_content_hash(submitted.purchase, member_key),
    )


def _content_hash(purchase: Purchase, member_key: bytes | None) -> bytes:
    # The facts are JSON, which never ends so that what follows could be taken for a part of it.
    return hashlib.sha256(canonical_facts(purchase) + (member_key or b"")).digest()


def _judge(
    record: PurchaseRecord,
    known: KnownPurchase | PurchaseRecord | None,
    accept: Acceptance,
    at: JudgedAt,
) -> Answer:
    if known is not None:
        if known.content_hash == record.content_hash:
            return Answer(AnswerKind.DUPLICATE, record.key, first=AnswerKind.ACCEPTED)
        return _answer(
            record,
            PurchaseState.CONFLICTED,
            code="conflict",
            sentence=f"{record.key.sale_ref} was sent before with other content; that one stands, this is"
            " kept and not applied.",
        )
    occurred_at_s = record.purchase.occurred_at_s
    # What changes a sale is taken however old: the chain returns miles at any age.
    is_sale = record.purchase.kind is PurchaseKind.SALE
    if is_sale and at.now_s - occurred_at_s > accept.oldest_days * SECONDS_A_DAY:
        sentence = f"The purchase is older than the {accept.oldest_days} days that the programme accepts."
        return _answer(record, PurchaseState.REJECTED, code="too_old", sentence=sentence)
    if occurred_at_s - at.latest_s > accept.ahead_minutes * 60:
        sentence = (
            f"The purchase lies more than {accept.ahead_minutes} minutes ahead: check the till's clock."
        )
        return _answer(record, PurchaseState.REJECTED, code="in_future", sentence=sentence)
    return _answer(record, PurchaseState.ACCEPTED)


class _Revisions:
    """The highest revision of each bill that is amended, as the records of a unit come in."""

    def __init__(self, submitted: Iterable[SubmittedPurchase], work: Work) -> None:
        amends = [one.purchase for one in submitted if one.purchase.kind is PurchaseKind.AMEND]
        self._highest: dict[_Bill, int] = {}
        for partner in {purchase.partner for purchase in amends}:
            refs = {purchase.sale_ref for purchase in amends if purchase.partner == partner}
            for stored in work.purchases.families(partner, sorted(refs)):
                if stored.purchase.kind is PurchaseKind.AMEND:
                    self._raise(stored.purchase)

    def judge(self, record: PurchaseRecord) -> Answer | None:
        """Refuse an AMEND after one of its revision or a higher one; None for what may be taken."""
        purchase = record.purchase
        if purchase.kind is not PurchaseKind.AMEND:
            return None
        highest = self._highest.get(_bill(purchase), 0)
        if purchase.revision > highest:
            self._raise(purchase)
            return None
        sentence = (
            f"{purchase.sale_ref} was amended as revision {highest} before: revisions rise, so this one of"
            f" {purchase.revision} is not applied. Send the bill's totals as revision {highest + 1}."
        )
        return _answer(record, PurchaseState.REJECTED, code="revision_not_rising", sentence=sentence)

    def _raise(self, purchase: Purchase) -> None:
        bill = _bill(purchase)
        self._highest[bill] = max(self._highest.get(bill, 0), purchase.revision)


_Bill = tuple[PartnerCode, str, SaleRef]


def _bill(purchase: Purchase) -> _Bill:
    return purchase.partner, purchase.source, purchase.sale_ref


_KINDS = {
    PurchaseState.ACCEPTED: AnswerKind.ACCEPTED,
    PurchaseState.CONFLICTED: AnswerKind.CONFLICT,
    PurchaseState.REJECTED: AnswerKind.REJECTED,
}


def _answer(
    record: PurchaseRecord, target: PurchaseState, *, code: str | None = None, sentence: str | None = None
) -> Answer:
    require_move(PURCHASE_MOVES, PurchaseState.RECEIVED, target)
    return Answer(_KINDS[target], record.key, code=code, sentence=sentence)


def _rejected(rejection: Rejection) -> Answer:
    return Answer(AnswerKind.REJECTED, line=rejection.line, code=rejection.code, sentence=rejection.sentence)
