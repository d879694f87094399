"""Settles a report as the contracts do, on plain books: the reference model of the award.

The contracts decide on chain; tests compare them with this on random input, and the demos check themselves by
it. judging.py decides a sale; amending.py and judging_again.py what refunds, voids and amendments change.
Source: the promotions' rules "From purchase to miles"; docs/report-format.md for the order of outcomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from milepost.domain.account import Bucket
from milepost.domain.amending import (
    Change,
    Sale,
    change_of,
    channel_of,
    how_of,
    offset_choice_of,
    party_of,
    sale_of,
)
from milepost.domain.books import Attached, Books, Earning, EarnTerms, IssuedReceipt, Judged, places_of
from milepost.domain.calendar import SECONDS_A_DAY, local_day, local_minute
from milepost.domain.judging import Purse, judge
from milepost.domain.judging_again import Bill, JudgedAgain, judge_again
from milepost.domain.lots import NO_DAY
from milepost.domain.outcome import Outcome
from milepost.domain.partner import EarnRate
from milepost.domain.programme import Acceptance
from milepost.domain.progress import PromotionState
from milepost.domain.purchase import PurchaseKind
from milepost.domain.quantities import MemberId, Miles, MinorUnits, OutletNumber, PartnerId
from milepost.domain.receipt import MOST_BASE, Basis, Settled
from milepost.domain.report import Entry, PlacedEntry, Report

__all__ = [
    "Books",
    "EarnTerms",
    "Earning",
    "Judged",
    "PromotionState",
    "earning_of",
    "judge",
    "refusal",
    "settle",
]

MINUTES_A_QUARTER_HOUR = 15


@dataclass(slots=True)
class _Settling:
    """One report on its way.

    Shape: `amended` are the sales that its amendments changed so far, `reversals` what the ledger takes back
        once all purchases are credited, with the place of the amendment; `place` is of the one in hand.
    """

    books: Books
    now_s: int
    amended: set[Sale] = field(default_factory=set)
    reversals: list[tuple[int, MemberId, Bucket, Miles]] = field(default_factory=list)
    place: int = 0


def settle(
    report: Report, books: Books, *, now_s: int, attached: Sequence[Attached | None] | None = None
) -> list[Judged]:
    """Settle a report: judge each purchase on the state the one before left, credit members, charge partners.

    Shape: one result a purchase, in the order of the report. `attached` has one for each entry that is no
        SALE, None for a sale that nobody knows; without it the report is of version 1, and proves none.
    Units: `now_s` is the block's unix second.
    Raises: KeyError for a section whose partner is not registered; the contract reverts there.
    """
    settling = _Settling(books, now_s)
    proofs = iter(attached or ())
    results: list[Judged] = []
    issued: list[IssuedReceipt] = []
    for settling.place, placed in enumerate(report.placed()):
        if placed.entry.kind is PurchaseKind.SALE:
            judged = _settle_sale(placed, settling)
        elif attached is None:
            judged = _refused(Outcome.UNPROVEN)
        else:
            judged = _settle_amendment(placed, next(proofs), settling)
        terms = books.partners[placed.section.partner_id]
        if judged.settled.basis == Basis():
            basis = Basis(terms.earn.miles, terms.earn.per_minor, terms.offer_set)
            judged = replace(judged, settled=replace(judged.settled, basis=basis))
        results.append(judged)
        issued.append(
            IssuedReceipt(
                placed.section.partner_id,
                placed.number,
                placed.section.base_time,
                placed.entry,
                judged.settled,
            )
        )
    for place, member, bucket, miles in settling.reversals:
        taken, owed = books.ledger.reverse(member, bucket, miles, today=books.ledger.day_of(now_s))
        results[place] = replace(results[place], taken=taken, owed=owed)
    _issue(issued, books)
    return results


def _issue(receipts: Sequence[IssuedReceipt], books: Books) -> None:
    """A report's receipts are true once all of it has settled."""
    for receipt in receipts:
        books.issued[receipt.partner_id, receipt.number] = receipt
        if receipt.settled.amendment is not None:
            books.heads[sale_of(receipt)] = receipt.number


def _refused(outcome: Outcome) -> Judged:
    return Judged(Settled(outcome, Miles(0), NO_DAY))


# ------------------------------------------------------------ sales


def _settle_sale(placed: PlacedEntry, settling: _Settling) -> Judged:
    entry, partner = placed.entry, placed.section.partner_id
    occurred_at_s = placed.section.base_time + entry.seconds
    return _credited(entry, partner, occurred_at_s, settling)


def _credited(entry: Entry, partner: PartnerId, occurred_at_s: int, settling: _Settling) -> Judged:
    """Judge a sale of an instant and credit it, or say what refuses it."""
    books, now_s = settling.books, settling.now_s
    terms = books.partners[partner]
    outcome = refusal(entry, terms, books.accept, age_s=now_s - occurred_at_s)
    if outcome is not None:
        return _refused(outcome)
    standing = books.ledger.standing(entry.member, occurred_at_s, now_s=now_s)
    if standing.outcome is not Outcome.CREDITED:
        return _refused(standing.outcome)
    earning = earning_of(entry, terms, occurred_at_s)
    judged = judge(earning, terms, partner, books.promotions, books.profile_of(entry.member))
    settled = replace(judged.settled, last_day=standing.last_day)
    offset = books.ledger.credit(entry.member, standing.bucket, settled.credited)
    return replace(judged, settled=replace(settled, debt_offset=offset))


def refusal(entry: Entry, terms: EarnTerms, accept: Acceptance, *, age_s: int) -> Outcome | None:
    """Why the partner's terms refuse a sale, or None. Units: age in seconds, negative if ahead."""
    if terms.is_suspended:
        return Outcome.SUSPENDED_PARTNER
    if entry.outlet >= len(terms.offsets):
        return Outcome.UNKNOWN_OUTLET
    if age_s > accept.oldest_days * SECONDS_A_DAY:
        return Outcome.TOO_OLD
    if -age_s > accept.ahead_minutes * 60:
        return Outcome.IN_FUTURE
    return None


def earning_of(entry: Entry, terms: EarnTerms, occurred_at_s: int) -> Earning:
    """Base miles, rounded down, and the outlet's local time."""
    return _earning(
        entry.member,
        entry.eligible_minor,
        terms.earn,
        terms,
        outlet=entry.outlet,
        occurred_at_s=occurred_at_s,
        how=how_of(entry),
    )


def _earning(
    member: MemberId,
    eligible_minor: MinorUnits,
    rate: EarnRate,
    terms: EarnTerms,
    *,
    outlet: OutletNumber,
    occurred_at_s: int,
    how: int,
) -> Earning:
    offset_minutes = terms.offsets[outlet][offset_choice_of(how)] * MINUTES_A_QUARTER_HOUR
    return Earning(
        member=member,
        base=Miles(min(eligible_minor * rate.miles // rate.per_minor, MOST_BASE)),
        eligible_minor=eligible_minor,
        outlet=outlet,
        occurred_at_s=occurred_at_s,
        local_day=local_day(occurred_at_s, offset_minutes),
        local_minute=local_minute(occurred_at_s, offset_minutes),
        channel=channel_of(how),
        party=party_of(how),
    )


# ------------------------------------------------------------ amendments


def _settle_amendment(placed: PlacedEntry, attached: Attached | None, settling: _Settling) -> Judged:
    """Change a sale by what its newest receipt says, or say what refuses that."""
    entry, partner = placed.entry, placed.section.partner_id
    change = change_of(entry, partner, attached, settling.books, seen=settling.amended)
    if isinstance(change, Outcome):
        return _refused(change)
    if change.is_claim:
        return _claimed(entry, partner, change, settling)
    if not change.has_earned:
        outcome = Outcome.CREDITED if entry.kind is PurchaseKind.AMEND else Outcome.REVERSED
        settled = Settled(
            outcome, Miles(0), NO_DAY, amendment=change.amendment, basis=change.was.settled.basis
        )
        return Judged(settled)
    return _changed(entry, partner, change, settling)


def _claimed(entry: Entry, partner: PartnerId, change: Change, settling: _Settling) -> Judged:
    """A member claims what was settled for nobody: a sale of its time, by all rules as they stand now."""
    left = change.amendment
    sale = replace(
        entry,
        kind=PurchaseKind.SALE,
        eligible_minor=left.eligible_minor,
        outlet=left.outlet,
        offset_choice=offset_choice_of(left.how),
    )
    judged = _credited(sale, partner, left.occurred_at_s, settling)
    settled = judged.settled
    if not settled.outcome.is_credited:
        return judged
    return replace(judged, settled=replace(settled, amendment=replace(left, added=settled.credited)))


def _changed(entry: Entry, partner: PartnerId, change: Change, settling: _Settling) -> Judged:
    """Judge the sale of a member again; credit what that adds, or have taken back what it leaves over."""
    books, left, was = settling.books, change.amendment, change.was.settled
    bucket, last_day, is_alive = books.ledger.lot_of(entry.member, left.occurred_at_s, now_s=settling.now_s)
    bill = _bill(entry, partner, change, books)
    if bill.is_raised and (not is_alive or entry.member in books.ledger.closed):
        return _refused(Outcome.LOT_VOID)
    terms = books.partners[partner]
    promotions = books.offer_sets.get(was.basis.offer_set, terms.promotions)
    purse = Purse(terms.available)
    again = judge_again(was, bill, places_of(promotions, books.promotions), books.promotions, purse)
    terms.available = purse.left
    amendment = replace(left, returned=Miles(max(-again.change, 0)), added=Miles(max(again.change, 0)))
    offset = books.ledger.credit(entry.member, bucket, amendment.added)
    if amendment.returned:
        settling.reversals.append((settling.place, entry.member, bucket, amendment.returned))
    return Judged(
        Settled(
            _outcome(entry, again),
            again.base,
            last_day,
            again.grants,
            debt_offset=offset,
            counted=again.counted,
            amendment=amendment,
            basis=was.basis,
        )
    )


def _bill(entry: Entry, partner: PartnerId, change: Change, books: Books) -> Bill:
    """The sale before and after, at its own time and by the rate of its receipt."""
    terms, left, basis = books.partners[partner], change.amendment, change.was.settled.basis
    rate = EarnRate(basis.earn_miles, basis.per_minor)
    before, after = (
        _earning(
            entry.member,
            eligible_minor,
            rate,
            terms,
            outlet=left.outlet,
            occurred_at_s=left.occurred_at_s,
            how=how,
        )
        for eligible_minor, how in (
            (change.left_before_minor, change.how_before),
            (left.eligible_minor, left.how),
        )
    )
    return Bill(partner, before, after)


def _outcome(entry: Entry, again: JudgedAgain) -> Outcome:
    """REVERSED for what took miles back or is a refund; an AMEND that did not is credited."""
    if entry.kind is not PurchaseKind.AMEND or again.change < 0:
        return Outcome.REVERSED
    return Outcome.CUT_BY_PREPAID if again.is_cut_by_prepaid else Outcome.CREDITED
