"""What the chart of the liability shows: every month, and each partner's part of it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from milepost.cli.liability_chart import MOST_PARTNERS, draw_liability, stacks
from milepost.domain.conservation import LedgerTotals
from milepost.domain.liability import Liability, Month, Shares
from milepost.pipeline.state_liability import Differences, LiabilityStatement
from milepost.ports import Block
from tests.support.deployment_files import a_deployment
from tests.support.ledgers import day

BLOCK = Block(7, b"b" * 32, 1_526_274_000)
DEPLOYMENT = replace(a_deployment(), partners={"grill": 1, "diner": 2})


def a_liability(miles: dict[tuple[Month | None, int | None], int]) -> Liability:
    found = Liability(day("2018-05-14"), months=dict(miles))
    for (_, funder), amount in miles.items():
        shares = found.funders.setdefault(funder, Shares())
        shares.live += amount
        found.total.live += amount
    return found


def test_stacks__months_with_a_gap__shows_each_month_between() -> None:
    liability = a_liability({((2020, 12), 1): 5, ((2021, 2), 2): 7, ((2021, 2), None): 3, (None, 1): 9})
    months, rows = stacks(liability, DEPLOYMENT)
    assert months == [(2020, 12), (2021, 1), (2021, 2)]
    assert [(name, miles) for name, _, miles in rows] == [
        ("grill", [5, 0, 0]),
        ("diner", [0, 0, 7]),
        ("the programme", [0, 0, 3]),
    ]


def test_stacks__many_partners__those_that_funded_less_share_a_colour() -> None:
    liability = a_liability({((2021, 1), partner): 100 - partner for partner in range(1, MOST_PARTNERS + 3)})
    _, rows = stacks(liability, DEPLOYMENT)
    assert [name for name, _, _ in rows][-2:] == [f"partner {MOST_PARTNERS}", "2 other partners"]
    assert rows[-1][2] == [100 - MOST_PARTNERS - 1 + 100 - MOST_PARTNERS - 2]


def test_stacks__nothing_outstanding__has_no_month() -> None:
    assert stacks(a_liability({}), DEPLOYMENT) == ([], [])


def test_draw_liability__same_block__is_the_same_file(tmp_path: Path) -> None:
    statement = LiabilityStatement(
        BLOCK,
        BLOCK,
        BLOCK,
        None,  # type: ignore[arg-type]  # The chart draws sums, and no rule.
        LedgerTotals(1, 0, 0, 0, 0),
        a_liability({((2021, 1), 1): 5}),
        Differences(),
    )
    for name in ("one.svg", "two.svg"):
        draw_liability(statement, DEPLOYMENT, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_liability_command__imported__does_not_import_the_drawing() -> None:
    """It takes over a second, and most statements are tables."""
    program = "import sys, milepost.cli, milepost.cli.liability_view; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
