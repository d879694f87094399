"""A purchase knows its instant, its offset and its dedupe key, and refuses a time that says neither."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from milepost.domain.errors import PurchaseInvalid
from milepost.domain.purchase import DedupeKey, PurchaseKind
from tests.support.purchases import a_purchase

AT = datetime(2018, 5, 14, 12, 30, 5)


def test_purchase__time_with_offset__knows_instant_and_offset() -> None:
    purchase = a_purchase(occurred_at=AT.replace(tzinfo=timezone(timedelta(hours=-3, minutes=-30))))
    assert purchase.occurred_at_s == int(datetime(2018, 5, 14, 16, 0, 5, tzinfo=UTC).timestamp())
    assert purchase.utc_offset_minutes == -210


@pytest.mark.parametrize(
    "occurred_at",
    [
        AT,
        AT.replace(tzinfo=UTC, microsecond=1),
        AT.replace(tzinfo=timezone(timedelta(hours=8, seconds=1))),
    ],
    ids=["no offset", "part of a second", "part of a minute of offset"],
)
def test_purchase__time_that_no_entry_can_hold__is_refused(occurred_at: datetime) -> None:
    with pytest.raises(PurchaseInvalid, match="A-1001"):
        a_purchase(occurred_at=occurred_at)


@pytest.mark.parametrize(
    ("kind", "original", "sale"),
    [
        (PurchaseKind.SALE, None, None),
        (PurchaseKind.AMEND, None, "A-1001"),
        (PurchaseKind.REFUND, "B-1", "B-1"),
        (PurchaseKind.VOID, None, "A-1001"),
        (PurchaseKind.VOID, "B-1", "B-1"),
    ],
)
def test_amends__each_kind__is_the_sale_it_changes(
    kind: PurchaseKind, original: str | None, sale: str | None
) -> None:
    assert a_purchase(kind=kind, original_sale_ref=original).amends == sale


def test_dedupe_key__any_purchase__is_its_five_parts() -> None:
    key = a_purchase(revision=2, kind=PurchaseKind.AMEND).dedupe_key
    assert key == DedupeKey("putien", "till-7", "A-1001", PurchaseKind.AMEND, 2)
