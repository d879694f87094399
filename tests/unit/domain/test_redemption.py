"""What an order is: its numbers are the contracts'."""

import re
from pathlib import Path

import pytest

from milepost.domain.redemption import OrderKind, OrderState

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("named", [OrderKind, OrderState])
def test_numbers__each_name__is_the_contracts(named: type[OrderKind] | type[OrderState]) -> None:
    source = (ROOT / "contracts" / "types" / "Order.sol").read_text(encoding="utf-8")
    found = re.search(rf"enum {named.__name__} {{(.*?)}}", source, re.DOTALL)
    assert found is not None
    assert [one.name for one in named] == [word.strip() for word in found.group(1).split(",")]
    assert [int(one) for one in named] == list(range(len(named)))
