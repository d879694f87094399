"""Several asked at once, in threads.

given three that each wait for the others     then all answer
given one that hangs                          then who has heard enough does not wait for it
given one that fails                          then its error is raised where its answer would be
given nobody                                  then there is no answer
"""

from contextlib import closing
from threading import Barrier, Event

import pytest

from milepost.domain.errors import StoreError
from milepost.worker.asking import together


def test_together__each_waits_for_the_others__all_answer() -> None:
    barrier = Barrier(3, timeout=20)
    assert len(list(together([barrier.wait] * 3))) == 3


def test_together__one_hangs__is_not_waited_for() -> None:
    goes_on = Event()
    try:
        with closing(together([lambda: goes_on.wait(20), lambda: False])) as answers:
            assert next(answers) is False
    finally:
        goes_on.set()


def test_together__one_fails__raises_it() -> None:
    def fail() -> None:
        raise StoreError("it failed")

    with pytest.raises(StoreError, match="it failed"):
        list(together([fail]))


def test_together__nobody__answers_nothing() -> None:
    assert list(together([])) == []
