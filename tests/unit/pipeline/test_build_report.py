"""Building a report: its order, and what must be deployed for it; sealing tests hold the entries."""

from datetime import timedelta

import pytest

from milepost.pipeline.build_report import MOST_SECONDS, PartnerNotDeployed, cut_of
from milepost.ports import PurchaseState, StoredPurchase
from tests.support.programme import DEPLOYED
from tests.support.purchases import a_purchase


def test_outlet_of__unknown_partner__is_not_deployed() -> None:
    with pytest.raises(PartnerNotDeployed, match="outlet x of nobody"):
        DEPLOYED.outlet_of("nobody", "x")


def test_cut_of__too_long_after_the_first__waits_for_the_next_report() -> None:
    first = a_purchase().occurred_at
    last = _stored(occurred_at=first + timedelta(seconds=MOST_SECONDS))
    beyond = _stored(occurred_at=first + timedelta(seconds=MOST_SECONDS + 1))
    assert cut_of([_stored(), beyond, last], DEPLOYED).purchases == [_stored(), last]


def test_of_lane__two_partners__are_in_order_of_code() -> None:
    assert (DEPLOYED.of_lane(0), DEPLOYED.of_lane(1)) == (["putien", "tamarind"], [])


def _stored(**changes: object) -> StoredPurchase:
    return StoredPurchase(1, a_purchase(**changes), None, PurchaseState.ACCEPTED, 0)
