"""The ten programme files: all are valid, and each says what the table of docs/programme-rules.md says."""

import re
from pathlib import Path

import pytest

from milepost.catalogue import load_programme
from milepost.domain.programme import AccountRule, ActivityDay, LotRule, Programme, SpendOrder
from tests.support.expiry_vectors import EXPIRY_VECTORS, ROOT

FILES = sorted((ROOT / "programmes").glob("*.yaml"))
PAGE = (ROOT / "docs/programme-rules.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `programmes/([\w-]+)\.yaml` \| (.*) \|$", PAGE, flags=re.MULTILINE))


def _shown(rule: LotRule | AccountRule) -> str:
    return f"{rule.months} months, {rule.align}"


def _offset(programme: Programme) -> str:
    hours, minutes = divmod(abs(programme.utc_offset_minutes), 60)
    return f"{'-' if programme.utc_offset_minutes < 0 else '+'}{hours:02}:{minutes:02}"


def test_programmes__of_the_repository__are_the_ten_of_the_page_and_of_the_vectors() -> None:
    names = sorted(path.stem for path in FILES)
    assert len(names) == 10
    assert sorted(ROWS) == names == sorted({vector.programme for vector in EXPIRY_VECTORS})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_programmes__a_file__says_what_the_page_says(path: Path) -> None:
    programme = load_programme(path)
    row = ROWS[programme.name]
    assert len(programme.versions) == (2 if "from 20" in row else 1)
    rules = [rule for version in programme.versions for rule in (version.lot, version.account) if rule]
    assert [_shown(rule) in row for rule in rules] == [True] * len(rules)
    assert ("by posting day, lots-first" in row) is (
        (programme.activity_day, programme.spend) == (ActivityDay.POSTING, SpendOrder.LOTS_FIRST)
    )
    assert ("Closes the account" in row) is programme.closes_account
    assert ("First lapse" in row) is (programme.first_lapse is not None)
    assert ("Blue" in row) is (programme.tiers[:1] == ("blue",))
    assert _offset(programme) in row or "the same" in row


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_programmes__a_file__says_what_is_real_and_what_assumed(path: Path) -> None:
    head = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# ")]
    assert {"# Real", "# Assumed"} <= {line.split(":")[0] for line in head}
