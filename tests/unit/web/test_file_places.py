"""Places for files: a partner has its share, all of them have a bound, and what is given back is free."""

import pytest

from milepost.web.authentication import Caller
from milepost.web.file_places import FilePlaces
from milepost.web.problems import Problem

PUTIEN, PUTIEN_TOO = Caller("putien-1", "putien"), Caller("putien-2", "putien")
TAMARIND, OPERATOR = Caller("tamarind-1", "tamarind"), Caller("operator-1", None)


def refused(places: FilePlaces, caller: Caller) -> str:
    with pytest.raises(Problem) as found:
        places.take(caller)
    assert (found.value.code.label, found.value.retry_after_s) == ("unavailable", 5)
    return found.value.detail


def test_take__more_than_a_partners_own__are_refused_and_others_are_not() -> None:
    places = FilePlaces(at_once=10, a_partner=2)
    places.take(PUTIEN)
    places.take(PUTIEN_TOO)
    assert "2 files of yours" in refused(places, PUTIEN)
    places.take(TAMARIND)
    places.take(OPERATOR)
    assert places.held == 4


def test_take__all_taken__is_refused_to_any() -> None:
    places = FilePlaces(at_once=2, a_partner=2)
    places.take(PUTIEN)
    places.take(OPERATOR)
    assert "Files of others" in refused(places, TAMARIND)


def test_free__given_back__can_be_taken_again() -> None:
    places = FilePlaces(at_once=1, a_partner=1)
    for _ in range(3):
        places.take(PUTIEN)
        refused(places, PUTIEN_TOO)
        places.free(PUTIEN)
    assert places.held == 0
