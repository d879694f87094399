"""What `bench.webhooks` sends: orders that differ, of the sizes it says."""

import pytest

from bench.webhooks import LARGE_BYTES, Body, large, usual
from milepost.domain.feed_connection import FeedSystem
from milepost.domain.purchase import SubmittedPurchase
from milepost.feeds.event_body import MOST_EVENT_BYTES
from milepost.feeds.outside import Outside
from milepost.feeds.toast import read_toast
from tests.support.programme import a_partner
from tests.support.toast_orders import TOAST


@pytest.mark.parametrize("body", [usual, large])
def test_orders__each__is_a_purchase_of_its_own(body: Body) -> None:
    outside = Outside([a_partner(feeds=(TOAST,))], FeedSystem.TOAST)
    found = [read_toast(body(number), outside) for number in (1, 2)]
    assert all(isinstance(record, SubmittedPurchase) for (record,) in found)
    assert found[0] != found[1]


def test_large__its_size__is_what_toast_says() -> None:
    assert len(usual(1)) < 2_000 < LARGE_BYTES < len(large(1)) < MOST_EVENT_BYTES
