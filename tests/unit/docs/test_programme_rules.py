"""docs/programme-rules.md: its examples are what the command says, and its keys are those of a file."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from milepost.catalogue import CatalogueError
from milepost.catalogue.programme_file import read_programme
from tests.support.catalogue_files import ABSENT, problems_of, write_programme
from tests.support.cli_stage import ROOT, run_cli

PAGE = (ROOT / "docs" / "programme-rules.md").read_text(encoding="utf-8")

EXAMPLES = [
    ("ANA", "23 May 2006", "ana --earned 2006-05-23"),
    ("Rapid Rewards", "29 February 2008", "rapid-rewards --earned 2008-02-29"),
    ("Enrich", "any day of 2006", "enrich --earned 2006-01-01 --earned 2006-12-31"),
    (
        "JPPrivilege",
        "any day of the first quarter of 2008",
        "jpprivilege --earned 2008-01-01 --earned 2008-03-31",
    ),
    (
        "SkyMiles",
        "15 March 2007, active again on 15 March 2009",
        "skymiles --earned 2007-03-15 --last-activity 2009-03-15",
    ),
    (
        "SkyMiles",
        "15 March 2007, active again on 16 March 2009",
        "skymiles --earned 2007-03-15 --last-activity 2009-03-16",
    ),
    ("SkyMiles", "20 November 2006", "skymiles --earned 2006-11-20"),
    ("OnePass", "31 August 2006", "onepass --earned 2006-08-31"),
    ("Garuda", "15 March 2008, Blue", "garuda --earned 2008-03-15 --tier blue"),
    ("Garuda", "the same, Silver", "garuda --earned 2008-03-15 --tier silver"),
    (
        "Garuda 2011",
        "15 March 2011, Blue, active again on 1 May 2012",
        "garuda-2011 --earned 2011-03-15 --tier blue --last-activity 2012-05-01",
    ),
    ("Garuda 2011", "15 March 2011, Silver", "garuda-2011 --earned 2011-03-15 --tier silver"),
    ("Asia Miles 2020", "posted 31 August 2020", "asia-miles-2020 --earned 2020-08-31"),
]
"""The programme and the earning as the page words them, and as one asks the command."""


def _rows(part: int) -> list[list[str]]:
    """The cells of all rows of a part's tables, heads and rules left out."""
    text = re.split(r"^## \d+\. ", PAGE, flags=re.MULTILINE)[part]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def _keys() -> list[list[str]]:
    rows = _rows(11)
    heads = [place for place, row in enumerate(rows) if row[0] in ("key", "file")]
    return rows[heads[0] + 1 : heads[1]]


def _shown(text: str | None, form: str) -> str:
    if text is None:
        return "never while Silver"
    return f"{datetime.fromisoformat(text):{form}}".lstrip("0")


def test_part_12__its_rows__are_the_examples_asked_here() -> None:
    assert [tuple(row[:2]) for row in _rows(12)[1:]] == [example[:2] for example in EXAMPLES]


@pytest.mark.parametrize(
    ("row", "asked"), zip(_rows(12)[1:], (asked for _, _, asked in EXAMPLES), strict=True)
)
def test_part_12__each_example__is_what_the_command_says(row: list[str], asked: str) -> None:
    result = run_cli("expiry", *asked.split(), "--json")
    assert result.exit_code == 0, result.output
    for found in json.loads(result.stdout):
        assert _shown(found["last_valid_day"], "%d %B %Y").startswith(row[2])
        assert _shown(found["void_at"], "%d %B %Y, %H:%M").startswith(row[3])


@pytest.mark.parametrize("row", _keys(), ids=lambda row: str(row[0]))
def test_part_11__a_key_left_out__is_refused_as_the_page_says(tmp_path: Path, row: list[str]) -> None:
    key = row[0].strip("`")
    left_out: dict[str, Any] = {key: ABSENT}
    if key in ("lot", "account"):
        read_programme(write_programme(tmp_path, versions=[{"from": None}]))
    elif row[2] != "refused":
        read_programme(write_programme(tmp_path, **left_out))
    else:
        with pytest.raises(CatalogueError) as refused:
            read_programme(write_programme(tmp_path, **left_out))
        assert [found[1:] for found in problems_of(refused)] == [(key, "is missing; add it")]


def test_part_11__its_keys__are_all_that_a_file_knows(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as refused:
        read_programme(write_programme(tmp_path, zzz=1))
    ((_, _, reason),) = problems_of(refused)
    named = {row[0].strip("`") for row in _keys()} - {"lot", "account"}
    assert set(reason.partition("known are ")[2].split()) == named
