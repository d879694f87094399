"""What a worker says of reporters that gave no signature: once a change, and without what they said."""

import logging

import pytest

from milepost.bootstrap.working import LaneUnknown, _holder, _say_once
from milepost.domain.quantities import Lane
from milepost.domain.quoting import quoted
from milepost.event_log import JsonLine
from milepost.ports import ReporterUnavailable


def said(number: int) -> ReporterUnavailable:
    return ReporterUnavailable(f"The reporter at http://r{number} answered 409: {quoted('Mrs. Chan')}.")


def test_say_once__the_same_again__is_said_once_and_names_nobody(caplog: pytest.LogCaptureFixture) -> None:
    say = _say_once()
    for number in (1, 1, 2, 1, 2):
        say(said(number))
    lines = [JsonLine().format(record) for record in caplog.records]
    assert [record.getMessage() for record in caplog.records] == ["reporter_passed_over"] * 2
    assert ["http://r1 answered 409" in lines[0], "http://r2 answered 409" in lines[1]] == [True, True]
    assert not [line for line in lines if "Chan" in line]


def test_say_once__very_many_sentences__are_forgotten_and_not_kept_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    say = _say_once()
    for number in [*range(150), 0]:
        say(said(number))
    assert len(caplog.records) == 151


def test_lane_unknown__says_which_there_are() -> None:
    assert str(LaneUnknown(9, [Lane(0), Lane(2)])) == "No partner is in lane 9: name one of 0, 2."


def test_holder__of_two_workers_of_a_process__differ() -> None:
    assert _holder() != _holder()
