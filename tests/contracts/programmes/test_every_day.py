"""Solidity and the reference model agree on every day from 1990 to 2120, by the rules of each file.

given a ledger deployed from a programme file
  when any day's version, own day and deadline are asked  then they are the model's
given the offset of a programme
  when any day begins or ends                             then its first and last second belong to it
"""

from datetime import date
from functools import cache
from pathlib import Path

import pytest
from ape.managers.project import ProjectManager

from milepost.catalogue.loading import load_programme
from milepost.domain.calendar import day_number
from milepost.domain.programme import Programme
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import NEVER, clock_day_of, own_day_of, version_number_of
from tests.support.evm import Evm
from tests.support.ledger_stage import a_stage

FILES = sorted(Path(__file__).parents[3].joinpath("programmes").glob("*.yaml"))
LAST = day_number(date(2120, 12, 31))
A_CALL = 2_000


@cache
def expected(programme: Programme, day: DayNumber) -> int:
    """As the harness packs it: version 8, own day 16, deadline 16; never where no such rule is in force."""
    version = version_number_of(programme.versions, day)
    own_day = own_day_of(programme, day) or NEVER
    return version | own_day << 8 | (clock_day_of(programme, day) or NEVER) << 24


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_rules__every_day_to_2120__are_the_models(clock: int, project: ProjectManager, file: Path) -> None:
    programme = load_programme(file)
    evm = Evm(project)
    stage, calendar = a_stage(evm, programme), evm.deploy("Calendar__Harness")
    for first in range(0, LAST + 1, A_CALL):
        days = range(first, min(first + A_CALL, LAST + 1))
        found = calendar.ruledDaysOf(stage.ledger, first, len(days))
        assert list(found) == [expected(programme, DayNumber(day)) for day in days]


@pytest.mark.parametrize("offset", sorted({load_programme(file).utc_offset_minutes for file in FILES}))
def test_day_of__every_day_to_2120__begins_and_ends_at_its_second(
    clock: int, project: ProjectManager, offset: int
) -> None:
    calendar = Evm(project).deploy("Calendar__Harness")
    for first in range(1, LAST + 1, A_CALL):
        days = range(first, min(first + A_CALL, LAST + 1))
        expected = [day - 1 | day << 16 | day << 32 | day + 1 << 48 for day in days]
        assert list(calendar.edgesOf(first, len(days), offset)) == expected


def test_files__in_the_folder__are_the_ten() -> None:
    assert len(FILES) == 10
