"""Connections of a partner: at most one a system, found by it."""

from milepost.domain.feed_connection import FeedSystem
from tests.support.programme import a_partner
from tests.support.square_events import SQUARE


def test_connection__system_that_sends_and_one_that_does_not__are_told_apart() -> None:
    partner = a_partner(feeds=(SQUARE,))
    assert partner.connection(FeedSystem.SQUARE) is SQUARE
    assert partner.connection(FeedSystem.TOAST) is None


def test_feed_system__words__are_sources_of_purchases() -> None:
    assert [str(system) for system in FeedSystem] == ["square", "toast", "poslog"]
