"""The lists of codes are the contracts' lists, number by number."""

import re
from pathlib import Path

import pytest

from milepost.domain.outcome import Cut, Outcome

TYPES = Path(__file__).parents[3] / "contracts" / "types"


@pytest.mark.parametrize("codes", [Outcome, Cut], ids=["Outcome", "Cut"])
def test_codes__the_contracts_list__is_the_same(codes: type[Outcome] | type[Cut]) -> None:
    source = (TYPES / f"{codes.__name__}.sol").read_text()
    declared = re.findall(r"uint\d+ internal constant ([A-Z_]+) = (\d+);", source)
    assert {code.name: code.value for code in codes} == {name: int(value) for name, value in declared}


def test_is_credited__all_outcomes__only_the_first_two_are() -> None:
    assert [outcome for outcome in Outcome if outcome.is_credited] == [0, 1]
