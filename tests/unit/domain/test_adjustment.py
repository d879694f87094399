"""What an adjustment is: its numbers are the contracts', and how long a proposal waits."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from milepost.domain.adjustment import (
    PROPOSAL_LIFE_S,
    AdjustmentKind,
    AdjustmentReason,
    AdjustmentState,
)
from tests.support.stored import an_applied

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("named", [AdjustmentKind, AdjustmentState, AdjustmentReason])
def test_numbers__each_enum__are_soliditys(named: type) -> None:
    source = (ROOT / "contracts" / "types" / "Adjustment.sol").read_text(encoding="utf-8")
    body = re.search(rf"enum {named.__name__} \{{([^}}]*)\}}", source)
    assert body is not None
    assert [member.name for member in named] == re.findall(r"\w+", body[1])


def test_is_waiting__proposed__for_thirty_days_and_not_a_second_longer() -> None:
    proposed = replace(an_applied(1).adjustment, state=AdjustmentState.PROPOSED)
    until = proposed.proposed_at + PROPOSAL_LIFE_S
    assert PROPOSAL_LIFE_S == 2_592_000
    assert proposed.is_waiting(until) and not proposed.is_waiting(until + 1)
    for state in (AdjustmentState.APPLIED, AdjustmentState.WITHDRAWN, AdjustmentState.REJECTED):
        assert not replace(proposed, state=state).is_waiting(until)
