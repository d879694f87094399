"""Moves the history into a programme's calendar and cuts it into batches, settled on the morning after.

`places.py` says by how many days; `reports.py` seals what comes out of here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from milepost.demo.history.feed import FIRST_DAY
from milepost.demo.history.rows import SOURCE, HistoryPurchase, morning_after, timed
from milepost.demo.lives.places import Place
from milepost.domain.purchase import Channel, Purchase, PurchaseKind
from milepost.domain.quantities import MemberId, MinorUnits
from milepost.ports import PurchaseState, StoredPurchase

DAYS = 7
"""Of purchases that are settled together unless told otherwise; the programmes take them for 90."""

_NOTHING = MinorUnits(0)


@dataclass(frozen=True, slots=True)
class Batch:
    """Purchases of so many days. Units: `at`, when they are settled, in unix seconds."""

    at: int
    purchases: tuple[StoredPurchase, ...]


def of_first_members(history: Sequence[HistoryPurchase], most: int | None) -> list[HistoryPurchase]:
    """The purchases of the first `most` customers by number, of all unless given; in the order they came."""
    if most is None:
        return list(history)
    kept = set(sorted({purchase.customer for purchase in history})[:most])
    return [purchase for purchase in history if purchase.customer in kept]


def member_ids(history: Sequence[HistoryPurchase]) -> Mapping[bytes, MemberId]:
    """The member id of each customer, from 1 in order of the customers' numbers."""
    customers = sorted({purchase.customer for purchase in history})
    return {member_key(customer): MemberId(i) for i, customer in enumerate(customers, start=1)}


def member_key(customer: str) -> bytes:
    """What stands for a customer in a stored purchase. No directory of members is kept in this run."""
    return customer.encode("ascii")


def batches(history: Sequence[HistoryPurchase], place: Place, *, days: int = DAYS) -> Iterator[Batch]:
    """The purchases, moved, by so many days counted from the first day; batches without any are left out.

    Shape: `history` in the order of `read_history`.
    """
    shift = timedelta(days=place.shift_days)
    for number, some in groupby(history, key=lambda one: (one.day - FIRST_DAY).days // days):
        moved = [replace(one, day=one.day + shift) for one in some]
        last = place.first_day + timedelta(days=days * number + days - 1)
        yield Batch(morning_after(last), tuple(_stored(one, at) for one, at in timed(moved)))


def _stored(one: HistoryPurchase, occurred_at: datetime) -> StoredPurchase:
    purchase = Purchase(
        partner=one.partner,
        source=SOURCE,
        sale_ref=one.sale_ref,
        kind=PurchaseKind.SALE,
        revision=0,
        original_sale_ref=None,
        outlet=one.outlet,
        terminal=None,
        occurred_at=occurred_at,
        business_date=None,
        currency="USD",
        gross_minor=one.amount_minor,
        tax_minor=_NOTHING,
        service_minor=_NOTHING,
        tip_minor=_NOTHING,
        eligible_minor=one.amount_minor,
        channel=Channel.DINE_IN,
        party_size=one.discs,
    )
    return StoredPurchase(
        one.line, purchase, member_key(one.customer), PurchaseState.ACCEPTED, int(occurred_at.timestamp())
    )
