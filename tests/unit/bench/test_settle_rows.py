"""Which rows the bench has, and when one meets its target."""

from bench.floor import CAPPED, EXISTING, NEW, NONE, SAME, THREE
from bench.settle_rows import SIZES, Case, Row, cases


def test_cases__all_sizes__cover_every_combination_once() -> None:
    found = list(cases())
    alone = {case for case in found if case.partners == 1}
    assert len(found) == len(alone) + 1
    assert alone == {
        Case(size, member, lot, promotions)
        for size in SIZES
        for member, lot in ((EXISTING, SAME), (EXISTING, NEW), (NEW, NEW))
        for promotions in (NONE, THREE, CAPPED)
    }


def test_cases__without_200__leave_the_fifty_partners_out() -> None:
    assert all(case.partners == 1 for case in cases((1, 10)))


def test_is_met__exactly_at_the_target__is_met() -> None:
    case = Case(200, EXISTING, SAME, NONE)
    assert Row(case, gas=8_000 * 200, floor=5_617).is_met is True
    assert Row(case, gas=8_000 * 200 + 1, floor=5_617).is_met is False


def test_is_met__without_a_target__is_none() -> None:
    assert Row(Case(1, EXISTING, SAME, NONE), gas=150_000, floor=26_512).is_met is None
