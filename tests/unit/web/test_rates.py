"""Each partner's share of requests, counted for itself whatever key it signs with."""

import pytest

from milepost.web.authentication import Caller
from milepost.web.problems import Problem
from milepost.web.rates import RateLimits


def test_count__more_than_its_share__is_told_when_to_come_again() -> None:
    rates = RateLimits("2/hour")
    rates.count(Caller("one", "putien"))
    rates.count(Caller("two", "putien"))
    with pytest.raises(Problem) as refused:
        rates.count(Caller("one", "putien"))
    assert refused.value.code.label == "rate_limited"
    assert refused.value.retry_after_s is not None and 0 < refused.value.retry_after_s <= 3_601
    rates.count(Caller("one", "tamarind"))
    rates.count(Caller("portal", None))


def test_count__several_limits__each_holds() -> None:
    rates = RateLimits("100/second;1/day")
    rates.count(Caller("one", "putien"))
    with pytest.raises(Problem):
        rates.count(Caller("one", "putien"))


@pytest.mark.parametrize("text", ["", "many", "5/fortnight"])
def test_rate_limits__no_rate__is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"rate|parse|granularity|No"):
        RateLimits(text)
