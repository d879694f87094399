"""Building a report: its order, and what must be deployed for it; sealing tests hold the entries."""

from datetime import timedelta

import pytest

from milepost.pipeline.build_report import MOST_SECONDS, PartnerNotDeployed, cut_of
from tests.support.programme import DEPLOYED
from tests.support.purchases import a_purchase, an_accepted_purchase


def test_outlet_of__unknown_partner__is_not_deployed() -> None:
    with pytest.raises(PartnerNotDeployed, match="outlet x of nobody"):
        DEPLOYED.outlet_of("nobody", "x")


def test_cut_of__too_long_after_the_first__waits_for_the_next_report() -> None:
    first = a_purchase().occurred_at
    last = an_accepted_purchase(occurred_at=first + timedelta(seconds=MOST_SECONDS))
    beyond = an_accepted_purchase(occurred_at=first + timedelta(seconds=MOST_SECONDS + 1))
    usual = an_accepted_purchase()
    assert cut_of([usual, beyond, last], DEPLOYED).purchases == [usual, last]


def test_of_lane__two_partners__are_in_order_of_code() -> None:
    assert (DEPLOYED.of_lane(0), DEPLOYED.of_lane(1)) == (["putien", "tamarind"], [])
