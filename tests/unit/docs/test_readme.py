"""What README shows of the demo is what the reference model makes of its bills."""

from collections import Counter
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pytest

from milepost.demo.plan import demo_plan
from milepost.demo.tips import MEMBERS, Row, member_rows, purchases_from_tips
from milepost.domain.accrual import Judged, settle
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.report import Report, Section
from milepost.simulation.model import Model
from tests.support.purchases import an_entry

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PLAN = demo_plan(ROOT)
IDS = {row["member"]: number for number, row in enumerate(member_rows(), start=1)}


def _settle_all() -> tuple[list[Judged], int]:
    """A report a dining day, as the demo settles; results in the order of the chain, and the reports."""
    model, judged, reports = Model(PLAN, enrolled=MEMBERS), [], 0
    for day, bills in groupby(purchases_from_tips(ROOT / "examples/tips.csv"), lambda row: _time(row).date()):
        ordered = sorted(bills, key=lambda row: (row["partner"], _time(row)))
        sections = tuple(
            _section(code, list(rows)) for code, rows in groupby(ordered, lambda r: r["partner"])
        )
        noon = datetime.fromisoformat(f"{day}T12:00:00-04:00").timestamp()
        judged += settle(Report(0, 1, sections), model.books, now_s=int(noon) + 43_200)
        reports += 1
    return judged, reports


def _section(code: str, rows: list[Row]) -> Section:
    outlets, base_time = PLAN.outlet_numbers[code], int(_time(rows[0]).timestamp())
    entries = (
        an_entry(
            member=IDS.get(row["member"], 0),
            eligible_minor=int(row["gross_minor"]) - int(row["tip_minor"]),
            seconds=int(_time(row).timestamp()) - base_time,
            outlet=outlets[row["outlet"]],
            offset_choice=1,
        )
        for row in rows
    )
    return Section(PLAN.partner_ids[code], 1, base_time, tuple(entries))


def _time(row: Row) -> datetime:
    return datetime.fromisoformat(row["occurred_at"])


JUDGED, REPORTS = _settle_all()


def test_readme__purchases__are_as_many_by_outcome() -> None:
    outcomes = Counter(one.settled.outcome for one in JUDGED)
    for outcome in Outcome:
        assert (f"{outcome.code:15}{outcomes[outcome]:>9}" in README) == (outcomes[outcome] > 0)
    assert f"settles a month of bills in {REPORTS} reports" in README


def test_readme__miles__are_the_sums() -> None:
    base = sum(one.settled.base for one in JUDGED)
    bonus = sum(one.settled.bonus for one in JUDGED)
    assert f"{base:,} base and {bonus:,} bonus, {base + bonus:,} together" in README
    assert f"chain {base + bonus:,}, store {base + bonus:,}: difference 0" in README


@pytest.mark.parametrize("name", ["harbour-weekend-triple", "may-double"])
def test_readme__a_promotion__grants_and_is_cut_as_shown(name: str) -> None:
    number = [promotion.name for promotion in PLAN.promotions].index(name) + 1
    grants = [
        grant
        for one in JUDGED
        for grant in (*one.settled.grants, *one.losers)
        if grant.promotion_id == number
    ]
    desired, granted = (sum(getattr(one, key) for one in grants) for key in ("desired", "granted"))
    (rest,) = (line for line in README.splitlines() if line.strip().startswith(f"{name} "))
    awards = sum(one.granted > 0 for one in grants)
    assert rest.split()[2:5] == [str(awards), f"{desired:,}", f"{granted:,}"]
    cuts: Counter[Cut] = Counter()
    for grant in grants:
        cuts[grant.cut] += grant.desired - grant.granted
    for cut in filter(None, cuts):
        assert f"{cut.code} {cuts[cut]:>6,}" in README
