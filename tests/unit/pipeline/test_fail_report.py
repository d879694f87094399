"""Giving up a report: its purchases are accepted again, and so are those of later ones of its lane only."""

import pytest

from milepost.pipeline.fail_report import fail_report
from milepost.pipeline.states import StateMoveForbidden
from milepost.ports import ReportState
from tests.support.programme import Oracle, submitted, three_bills


def test_fail_report__with_a_later_and_an_earlier_one__fails_the_later_only() -> None:
    oracle = Oracle()
    oracle.ingest(*(submitted(f"{number}") for number in range(6)))
    first, second, third = (oracle.sealed(most=2) for _ in range(3))
    with oracle.store.unit_of_work() as work:
        fail_report(work, second, "a reason")
    states = [oracle.report(sealed.content_hash).state for sealed in (first, second, third)]
    assert states == [ReportState.SEALED, ReportState.FAILED, ReportState.FAILED]
    assert oracle.report(second.content_hash).failure == "a reason"
    assert oracle.states() == {"reported": 2, "accepted": 4}


def test_fail_report__applied__is_forbidden() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    applied = oracle.relayed()
    with oracle.store.unit_of_work() as work, pytest.raises(StateMoveForbidden):
        fail_report(work, applied, "a reason")
