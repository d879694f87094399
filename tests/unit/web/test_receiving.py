"""How long a body may take, by how much of it has come, and what a request's target was as it was sent."""

import pytest
from starlette.requests import Request

from milepost.web.problems import Problem
from milepost.web.receiving import MOST_TARGET, Patience, target_of


@pytest.mark.parametrize(
    ("size", "seconds"), [(0, 30), (999, 30), (1_000, 31), (100_000, 130), (10_000_000, 900)]
)
def test_seconds_for__least_rate__grow_with_what_has_come_up_to_the_most(size: int, seconds: int) -> None:
    assert Patience(900, grace_s=30, least_rate=1_000).seconds_for(size) == seconds


@pytest.mark.parametrize("size", [0, 10_000_000])
def test_seconds_for__no_rate__are_all_there_are(size: int) -> None:
    assert Patience(60).seconds_for(size) == 60


@pytest.mark.parametrize(
    ("raw_path", "query", "target"),
    [
        (b"/v1/purchases/putien", b"sale_ref=A%2F1", b"/v1/purchases/putien?sale_ref=A%2F1"),
        (b"/v1/purchases/p%20t?x=1", b"x=1", b"/v1/purchases/p%20t?x=1"),
        (None, b"", b"/v1/purchases"),
    ],
)
def test_target_of__as_it_was_sent__is_not_decoded(
    raw_path: bytes | None, query: bytes, target: bytes
) -> None:
    scope = {"type": "http", "path": "/v1/purchases", "query_string": query, "headers": []}
    assert target_of(Request({**scope, "raw_path": raw_path})) == target


def test_target_of__longer_than_others_may_pass_on__is_refused() -> None:
    """Found by attack: a copy with an endless target could be kept, and never be passed on."""
    longest = b"x" * (MOST_TARGET - len(b"/v1/purchases?"))
    scope = {"type": "http", "path": "/v1/purchases", "headers": [], "raw_path": b"/v1/purchases"}
    assert len(target_of(Request({**scope, "query_string": longest}))) == MOST_TARGET
    with pytest.raises(Problem, match="shorten it"):
        target_of(Request({**scope, "query_string": longest + b"x"}))
