"""The history moved into a programme's calendar: every purchase once, its day moved, its bill as it was."""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from milepost.demo.history.rows import morning_after, read_history
from milepost.demo.lives.places import PLACES
from milepost.demo.lives.purchases import batches, member_ids, member_key, of_first_members

ROOT = Path(__file__).parents[4]
HISTORY = read_history(ROOT / "examples" / "cdnow_master.txt", most=600)
PLACE = next(place for place in PLACES if place.programme == "garuda-2011")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize("days", [7, 28])
def test_batches__all_of_them__have_each_purchase_once_on_its_moved_day(days: int) -> None:
    found = [stored for batch in batches(HISTORY, PLACE, days=days) for stored in batch.purchases]
    assert [one.purchase_id for one in found] == [one.line for one in HISTORY]
    for stored, one in zip(found, HISTORY, strict=True):
        purchase = stored.purchase
        assert purchase.occurred_at.astimezone(NEW_YORK).date() - one.day == timedelta(days=PLACE.shift_days)
        assert (purchase.partner, purchase.sale_ref, purchase.outlet) == (
            one.partner,
            one.sale_ref,
            one.outlet,
        )
        assert purchase.eligible_minor == purchase.gross_minor == one.amount_minor
        assert stored.member_key == member_key(one.customer)


def test_batches__each__settles_on_the_morning_after_its_last_day_in_order() -> None:
    found = list(batches(HISTORY, PLACE))
    times = [batch.at for batch in found]
    assert times == sorted(set(times))
    assert times[0] == morning_after(date(2010, 10, 7))
    for batch in found:
        assert all(0 < batch.at - one.purchase.occurred_at_s < 8 * 86_400 for one in batch.purchases)


def test_member_ids__customers__count_from_one_in_order_of_their_number() -> None:
    ids = member_ids(HISTORY)
    customers = sorted({one.customer for one in HISTORY})
    assert [ids[member_key(customer)] for customer in customers] == list(range(1, len(customers) + 1))


def test_of_first_members__two__keeps_whole_customers_in_order_of_day() -> None:
    kept = of_first_members(HISTORY, 2)
    first, second, *_ = sorted({one.customer for one in HISTORY})
    assert kept == [one for one in HISTORY if one.customer in (first, second)]
    assert of_first_members(HISTORY, None) == HISTORY
