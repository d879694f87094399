"""docs/segments.md: its example runs and says what the page says, and its tables are the format's."""

import re
from pathlib import Path
from textwrap import dedent

from milepost.catalogue import read_segment_rules
from milepost.domain.segments import Habit, Measure
from tests.support.catalogue_files import write
from tests.support.cli_stage import run_cli

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "segments.md").read_text(encoding="utf-8")


def _block(start: str) -> str:
    """The indented block whose first line starts so."""
    lines = PAGE.splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith(f"    {start}"))
    rest = lines[first:]
    end = next(place for place, line in enumerate(rest) if line and not line.startswith("    "))
    return dedent("\n".join(rest[:end])).strip() + "\n"


def test_page__its_example__says_what_the_command_says(tmp_path: Path) -> None:
    rules = write(tmp_path / "sample.yaml", _block("segments: sample"))
    feed = write(tmp_path / "may.csv", _block("partner,sale_ref"))
    env = {"MILEPOST_PARTNERS": str(ROOT / "partners")}
    result = run_cli("segments", "compute", "--rules", rules, "--purchases", feed, env=env)
    assert result.exit_code == 0, result.output
    said = "\n".join(line.rstrip() for line in result.stdout.splitlines())
    assert said.strip() == _block("Segments sample on").strip()


def test_page__its_measures__are_all_there_are() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .* \| .* \|$", PAGE, re.MULTILINE)
    assert rows == [*Measure, "share"]
    for habit in Habit:
        assert f"`{habit}`" in PAGE


def test_page__its_commands__know_their_words() -> None:
    usage = run_cli("segments", "compute", "--help").stdout
    commands = re.findall(r"^    milepost segments compute(.*?)(?:#.*)?$", PAGE, re.MULTILINE)
    assert len(commands) == 4
    for option in re.findall(r"--[a-z-]+", " ".join(commands)):
        assert option in usage


def test_shipped_file__every_segment__has_a_title_of_its_own() -> None:
    segments = read_segment_rules(ROOT / "segments" / "dining.yaml").segments
    assert len({one.title for one in segments}) == len(segments)
    assert all(one.title != one.name for one in segments)
