"""A reporter elsewhere is asked again while what it lacks is on its way to it.

given it lacks purchases    when copies are on their way to it     then it is behind, as it signs in a moment
                            when none are                          then it lacks them
                            when some always are, and it never signs  then it lacks them after a while
given it says another thing                                        then that stands
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from milepost.pipeline.sign_report import proposal_of
from milepost.ports import (
    Proposal,
    ReporterAnswerRefused,
    ReporterBehind,
    ReporterLacksPurchases,
    ReporterUnavailable,
)
from milepost.worker import AwaitedReporter
from milepost.worker.awaited_reporter import MOST_AWAITED_S
from tests.support.programme import Oracle, submitted

SIGNATURE = b"\7" * 65


@dataclass
class Elsewhere:
    """Answers what it is told to; `answering` is called before."""

    error: Exception | None = None
    answering: Callable[[], None] = lambda: None
    address: str = "0x01"

    def sign(self, proposal: Proposal, *, message: bytes) -> bytes:
        self.answering()
        if self.error is not None:
            raise self.error
        return SIGNATURE


@pytest.fixture
def proposal() -> Proposal:
    oracle = Oracle()
    oracle.ingest(submitted("A-1"))
    report = oracle.sealed()
    with oracle.store.unit_of_work() as work:
        return proposal_of(work, report)


@pytest.mark.parametrize(
    ("is_more_coming", "expected"), [(True, ReporterBehind), (False, ReporterLacksPurchases)]
)
def test_sign__it_lacks_purchases__is_behind_while_copies_are_on_their_way(
    proposal: Proposal, is_more_coming: bool, expected: type[Exception]
) -> None:
    elsewhere = Elsewhere(ReporterLacksPurchases("It lacks 3."))
    with pytest.raises(ReporterUnavailable, match=r"It lacks 3\.") as raised:
        AwaitedReporter(elsewhere, lambda: is_more_coming).sign(proposal, message=b"")
    assert type(raised.value) is expected


def test_sign__copies_arrive_while_it_answers__is_behind(proposal: Proposal) -> None:
    on_their_way = ["a copy"]
    elsewhere = Elsewhere(ReporterLacksPurchases("It lacks 3."), on_their_way.clear)
    with pytest.raises(ReporterBehind):
        AwaitedReporter(elsewhere, lambda: bool(on_their_way)).sign(proposal, message=b"")


def test_sign__more_is_always_coming_and_it_never_signs__lacks_purchases_in_the_end(
    proposal: Proposal,
) -> None:
    """On a busy day copies are always on their way, also to one that will never have the others."""
    now = [0.0]
    elsewhere = Elsewhere(ReporterLacksPurchases("It lacks 3."))
    awaited = AwaitedReporter(elsewhere, lambda: True, lambda: now[0])

    def lacks(after_s: float) -> type[Exception]:
        now[0] += after_s
        with pytest.raises(ReporterUnavailable) as raised:
            awaited.sign(proposal, message=b"")
        return type(raised.value)

    assert [lacks(0), lacks(MOST_AWAITED_S), lacks(1)] == [
        ReporterBehind,
        ReporterBehind,
        ReporterLacksPurchases,
    ]
    # Not asked for long, as others made the quorum: it may have got what it lacked.
    assert lacks(MOST_AWAITED_S + 1) is ReporterBehind
    elsewhere.error = None
    assert awaited.sign(proposal, message=b"") == SIGNATURE
    elsewhere.error = ReporterLacksPurchases("It lacks 1.")
    assert lacks(1) is ReporterBehind


def test_sign__anything_else__stands(proposal: Proposal) -> None:
    awaited = AwaitedReporter(Elsewhere(), lambda: True)
    assert (awaited.address, awaited.sign(proposal, message=b"")) == ("0x01", SIGNATURE)
    for error in (ReporterUnavailable("away"), ReporterAnswerRefused("no")):
        with pytest.raises(type(error)) as raised:
            AwaitedReporter(Elsewhere(error), lambda: True).sign(proposal, message=b"")
        assert raised.value is error
