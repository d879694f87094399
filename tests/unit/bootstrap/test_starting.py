"""A process that starts while a neighbour is away, and what it says to whoever asks."""

import json
from collections.abc import Iterator
from io import StringIO
from threading import Event

import pytest

from milepost.bootstrap.starting import Starting
from milepost.domain.errors import ChainError, MilepostError
from milepost.event_log import EventLog, write_lines
from milepost.ports import ChainUnavailable, StoreUnavailable
from milepost.worker import Backoff

NOT_LONG = Backoff(first_s=0, most_s=0, operator_s=0)


@pytest.fixture
def said() -> Iterator[StringIO]:
    stream = StringIO()
    write_lines(stream)
    yield stream


def _starting(stopping: Event | None = None) -> Starting:
    return Starting(EventLog("worker"), stopping or Event(), NOT_LONG, tick=lambda: 100.0)


class _Making:
    """Fails with what it is given, in turn, then makes something; keeps what was said before each try."""

    def __init__(self, starting: Starting, *errors: MilepostError) -> None:
        self.starting, self.errors = starting, list(errors)
        self.problems: list[str | None] = []

    def __call__(self) -> str:
        self.problems.append(self.starting.problem())
        if self.errors:
            raise self.errors.pop(0)
        return "made"


def test_until_there__neighbours_away__waits_says_why_once_and_goes_on(said: StringIO) -> None:
    starting = _starting()
    gone, no_answer = ChainUnavailable("no node"), StoreUnavailable("no database")
    making = _Making(starting, gone, gone, no_answer)
    assert starting.until_there(making) == "made"
    assert making.problems == [
        "starting for 0 s",
        "starting for 0 s: ChainUnavailable",
        "starting for 0 s: ChainUnavailable",
        "starting for 0 s: StoreUnavailable",
    ]
    assert starting.problem() is None
    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    assert [(line["event"], line.get("error")) for line in lines] == [
        ("start_waits", "ChainUnavailable"),
        ("start_waits", "StoreUnavailable"),
        ("start_goes_on", None),
    ]


def test_until_there__waiting_mends_nothing__raises_at_once() -> None:
    starting = _starting()
    with pytest.raises(ChainError, match="another chain"):
        starting.until_there(_Making(starting, ChainUnavailable("no node"), ChainError("of another chain")))
    assert starting.problem() is not None


def test_until_there__told_to_stop__makes_nothing() -> None:
    stopping = Event()
    starting = _starting(stopping)

    def away() -> str:
        stopping.set()
        raise ChainUnavailable("no node")

    assert starting.until_there(away) is None


def test_now__neighbour_away__raises() -> None:
    starting = _starting()
    with pytest.raises(ChainUnavailable):
        starting.now(_Making(starting, ChainUnavailable("no node")))
    assert starting.now(_Making(starting)) == "made"
