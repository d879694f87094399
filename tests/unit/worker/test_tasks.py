"""One task at a time, and when it is tried again by who acts on what went wrong."""

import json
from collections.abc import Iterator
from io import StringIO
from time import monotonic

import pytest

from milepost.domain.errors import MilepostError, StoreError, WhoActs
from milepost.event_log import write_lines
from milepost.ports import ChainUnavailable, LeaseLost, StoreBusy
from milepost.worker import Heartbeat
from milepost.worker.tasks import Backoff, Task


@pytest.fixture
def said() -> Iterator[StringIO]:
    stream = StringIO()
    write_lines(stream)
    yield stream


def _events(said: StringIO) -> list[str]:
    return [json.loads(line)["event"] for line in said.getvalue().splitlines()]


class Failing:
    """Fails with what it is given, in turn, then is done."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def __call__(self) -> bool:
        if self.errors:
            raise self.errors.pop(0)
        return True


NOT_LONG = Backoff(first_s=0, most_s=0, operator_s=0, operator_most_s=0)


def test_attempt__done__beats_and_is_due_at_once_if_there_is_more() -> None:
    heartbeat = Heartbeat()
    assert Task("lane:0", 60, lambda: True).attempt(heartbeat)
    idle = Task("lane:1", 60, lambda: False)
    assert not idle.attempt(heartbeat)
    assert not idle.is_due()
    assert {name: beat.done for name, beat in heartbeat.beats().items()} == {"lane:0": 1, "lane:1": 1}


def test_attempt__another_worker_does_it__shows_nothing_and_is_asked_again_later() -> None:
    heartbeat = Heartbeat()
    task = Task("chore:webhooks", 60, lambda: None)
    assert not task.attempt(heartbeat) and not task.is_due()
    assert heartbeat.beats() == {}


def test_attempt__something_under_way__is_due_sooner_than_in_its_turn() -> None:
    began = monotonic()
    idle = Task("lane:0", 60, lambda: False, watch_s=5)
    watching = Task("lane:1", 60, lambda: False, watch_s=5, is_under_way=lambda: True)
    quick = Task("lane:2", 1, lambda: False, watch_s=5, is_under_way=lambda: True)
    for task in (idle, watching, quick):
        task.attempt(Heartbeat())
    assert [round(task.due_at - began) for task in (idle, watching, quick)] == [60, 5, 1]


@pytest.mark.parametrize(
    ("error", "who"),
    [
        (ChainUnavailable("no answer"), WhoActs.RETRY),
        (StoreError("two copies differ"), WhoActs.OPERATOR),
        (ZeroDivisionError("ours"), WhoActs.OPERATOR),
    ],
)
def test_attempt__fails__is_noted_and_tried_again_later(
    error: Exception, who: WhoActs, said: StringIO
) -> None:
    heartbeat = Heartbeat()
    task = Task("lane:0", 0, Failing(error), Backoff(first_s=50, operator_s=60))
    assert not task.attempt(heartbeat)
    assert not task.is_due()
    beat = heartbeat.beats()["lane:0"]
    assert beat.is_stuck and (beat.error, beat.who_acts) == (type(error).__name__, who)
    assert _events(said)[-1] == "task_stuck"


def test_attempt__the_same_again__is_said_once_a_change(said: StringIO) -> None:
    heartbeat = Heartbeat()
    errors = [ChainUnavailable("a"), ChainUnavailable("a"), ChainUnavailable("b")]
    task = Task("reader", 0, Failing(*errors), NOT_LONG)
    for _ in range(4):
        task.attempt(heartbeat)
    assert _events(said) == ["task_stuck", "task_stuck", "task_recovered"]
    assert not heartbeat.beats()["reader"].is_stuck
    assert heartbeat.beats()["reader"].failures == 3


def test_attempt__lease_lost__is_for_who_keeps_them() -> None:
    with pytest.raises(LeaseLost):
        Task("lane:0", 0, Failing(LeaseLost("lane:0"))).attempt(Heartbeat())


def test_attempt__a_mistake_of_ours__says_where_and_no_value(said: StringIO) -> None:
    def leak() -> bool:
        member = "1000000001"
        return bool({}[member])

    Task("lane:0", 0, leak).attempt(Heartbeat())
    crashed = json.loads(said.getvalue().splitlines()[0])
    assert crashed["event"] == "task_crashed" and any("test_tasks.py" in place for place in crashed["at"])
    # Once the next line, task_stuck, showed the words of the mistake, and a membership number in them.
    assert "1000000001" not in said.getvalue() and _events(said)[1:] == ["task_stuck"]


def test_pause_s__failures_in_a_row__doubles_up_to_the_cap_with_jitter() -> None:
    backoff = Backoff(first_s=1, most_s=8, operator_s=20, operator_most_s=20)
    for failures, whole in ((1, 1), (2, 2), (3, 4), (4, 8), (50, 8)):
        assert whole / 2 <= backoff.pause_s(failures, WhoActs.RETRY) <= whole
    assert 10 <= backoff.pause_s(9, WhoActs.OPERATOR) <= 20
    assert len({backoff.pause_s(4, WhoActs.RETRY) for _ in range(20)}) > 1


def test_attempt__another_process_was_quicker__is_due_again_at_once() -> None:
    """Finding: a lane that lost a race waited as long as for a node that is away."""
    task = Task("lane:0", 60, Failing(*[StoreBusy("quicker") for _ in range(9)]))
    for _ in range(9):
        began = monotonic()
        assert not task.attempt(Heartbeat())
        assert task.due_at - began < 1
    assert task.attempt(Heartbeat())


def test_who_acts__of_errors__is_of_their_class() -> None:
    assert MilepostError.who_acts is WhoActs.OPERATOR
