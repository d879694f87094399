"""One programme on anvil for all command tests: three members, and a first feed settled by the command."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli_stage import CliStage, cli_stage

MEMBERS = """\
member,tier,segments,enrolled_at
M0001,,,2018-04-02T09:00:00+08:00
M0002,,3 17,
M0003,,,
"""
HEADER = "partner,sale_ref,outlet,occurred_at,currency,gross_minor,tip_minor,member\n"
# A Saturday dinner within the first tables, a lunch, a bill of nobody's card, and four that are refused.
FEED = HEADER + (
    "harbour-grill,H-1,pier,2018-05-05T18:00:00-04:00,USD,2400,335,M0001\n"
    "noon-kitchen,N-1,market-street,2018-05-03T12:06:00-04:00,USD,2000,300,M0001\n"
    "harbour-grill,H-2,pier,2018-05-05T19:00:00-04:00,USD,1200,0,M9999\n"
    "nobodys,X-1,pier,2018-05-05T19:00:00-04:00,USD,1200,0,M0001\n"
    "harbour-grill,H-3,roof,2018-05-05T19:00:00-04:00,USD,1200,0,M0001\n"
    "harbour-grill,H-4,pier,2018-05-05T19:00:00-04:00,USD,-5,0,M0001\n"
    "harbour-grill,H-1,pier,2018-05-05T18:00:00-04:00,USD,2500,335,M0001\n"
)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with cli_stage(tmp_path_factory.mktemp("stage")) as made:
        imported = made.run("members", "import", made.write("members.csv", MEMBERS), "--json")
        assert imported.exit_code == 0, imported.output
        made.write("imported.json", imported.stdout)
        settled = made.run("settle", made.write("may.csv", FEED), "--receipts", made.folder / "out", "--json")
        assert settled.exit_code == 1, settled.output
        made.write("settled.json", settled.stdout)
        yield made


@pytest.fixture(scope="session")
def settled(stage: CliStage) -> dict[str, Any]:
    """What the first `settle` answered."""
    return json.loads((stage.folder / "settled.json").read_text(encoding="utf-8"))


@pytest.fixture
def receipt_file(stage: CliStage, tmp_path: Path) -> Path:
    """The receipt of H-1, as the command wrote it."""
    file = tmp_path / "receipt.json"
    assert stage.run("receipt", "show", "harbour-grill", "H-1", "--out", file).exit_code == 0
    return file
