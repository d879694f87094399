"""`milepost expiry`: the shared vectors by the command, its refusals, and what it takes to start."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalogue_files import write_programme
from tests.support.cli_stage import ROOT, run_cli
from tests.support.expiry_vectors import EXPIRY_VECTORS, ExpiryVector

PROGRAMMES = ROOT / "programmes"
KEYS = ["programme", "earned", "tier", "last_valid_day", "void_at", "rule", "explanation"]


def _answers(*words: object) -> list[dict[str, Any]]:
    result = run_cli("expiry", *words, "--json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("vector", EXPIRY_VECTORS, ids=str)
def test_expiry__vectors_of_the_programmes__agree(vector: ExpiryVector) -> None:
    words: list[object] = [PROGRAMMES / f"{vector.programme}.yaml", "--earned", vector.earned]
    words += ["--last-activity", vector.last_activity] if vector.last_activity else []
    words += ["--tier", vector.tier] if vector.tier else []
    (found,) = _answers(*words)
    assert list(found) == KEYS
    assert found.pop("explanation").endswith(".")
    assert found == {
        "programme": vector.programme,
        "earned": vector.earned_day,
        "tier": vector.tier,
        "last_valid_day": vector.last_valid_day,
        "void_at": vector.void_at,
        "rule": vector.rule,
    }


def test_expiry__several_days__are_answered_in_order_repeats_kept() -> None:
    days = ["2008-12-31", "2006-05-23", "2008-12-31"]
    found = _answers("ana", *(word for day in days for word in ("--earned", day)))
    assert [one["earned"] for one in found] == days


@pytest.mark.parametrize(("tier", "name"), [(None, "blue"), ("BLUE", "blue"), ("Silver", "silver")])
def test_expiry__a_tier__is_matched_without_case_and_the_lowest_if_absent(
    tier: str | None, name: str
) -> None:
    (found,) = _answers("garuda", "--earned", "2008-03-15", *(["--tier", tier] if tier else []))
    assert found["tier"] == name


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2008-05-31T23:59:59+09:00", "2008-05-31"),
        ("2008-05-31T14:59:59.999Z", "2008-05-31"),
        ("2008-05-31T15:00Z", "2008-06-01"),
        ("1989-12-31T15:00:00Z", "1990-01-01"),
        ("2120-12-31T14:59:59Z", "2120-12-31"),
    ],
)
def test_expiry__an_instant__is_the_local_day(instant: str, day: str) -> None:
    (found,) = _answers("ana", "--earned", instant)
    assert found["earned"] == day


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["ana"], "Missing option"),
        (["anna", "--earned", "2008-05-31"], "did you mean 'ana'?"),
        (["none/such.yaml", "--earned", "2008-05-31"], "no such file"),
        (["ana", "--earned", "2006-02-29"], "is no day"),
        (["ana", "--earned", "2006-05-23", "--earned", "23 May 2006"], "is no day"),
        (["ana", "--earned", ""], "is no day"),
        (["ana", "--earned", "20060523"], "is no day"),
        (["ana", "--earned", "2008-05-31T14:59:59"], "is no day"),
        (["ana", "--earned", "2008-05-31T24:00:01Z"], "is no day"),
        (["ana", "--earned", "9999-12-31T23:59:59-12:00"], "is no day"),
        (["ana", "--earned", "1989-12-31"], "lies outside"),
        (["ana", "--earned", "2121-01-01"], "lies outside"),
        (["ana", "--earned", "2120-12-31T15:00:00Z"], "lies outside"),
        (["ana", "--earned", "2008-05-31", "--last-activity", "2121-01-01"], "lies outside"),
        (["ana", "--earned", "2008-05-31", "--last-activity", "soon"], "is no day"),
        (
            ["skymiles", "--earned", "2007-03-15", *["--last-activity", "2008-03-15"] * 2],
            "was given 2 times: name only the last one.",
        ),
        (["ana", "--earned", "2008-05-31", "--tier", "gold"], "it has none: leave it out"),
        (["garuda", "--earned", "2008-05-31", "--tier", "bleu"], "known are blue, silver"),
        (["garuda", "--earned", "2008-05-31", "--tier", ""], "is no tier"),
        (["ana", "--earned", "2008-05-31", "--earnt", "2008-05-31"], "No such option"),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["words", "json"])
def test_expiry__wrong_use__exits_2_with_nothing_on_standard_output(
    words: list[str], reason: str, form: list[str]
) -> None:
    result = run_cli("expiry", *words, *form)
    assert (result.exit_code, result.stdout) == (2, "")
    assert reason in " ".join(result.stderr.split())


def test_expiry__a_programme_that_contradicts_itself__is_refused_with_its_line(tmp_path: Path) -> None:
    path = write_programme(tmp_path, versions=[{"lot": {"months": 0, "align": "day"}}])
    result = run_cli("expiry", path, "--earned", "2008-05-31")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{path}:4: versions[0].lot.months" in result.stderr


def test_expiry__in_words__shows_days_reasons_and_what_to_do() -> None:
    result = run_cli("expiry", "garuda-2011", "--earned", "2011-03-15", "--last-activity", "2011-05-01")
    assert result.exit_code == 0, result.output
    shown = ("Garuda Frequent Flyer", "2012-12-31T17:00:00Z", "the account's deadline", "To keep", "Cost")
    assert [words for words in shown if words not in result.stdout] == []


def test_expiry__never__is_said_once_in_words() -> None:
    result = run_cli("expiry", "skymiles", *["--earned", "2006-11-20"] * 2)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("never  ") == 2 and result.stdout.count("Earned 2006-11-20") == 1


def test_expiry__run__imports_no_chain_and_no_store() -> None:
    """It answers in under a second: what takes longest to import is not there."""
    code = (
        "import sys; from milepost.cli import app; app(['expiry', 'ana', '--earned', '2006-05-23'],"
        " standalone_mode=False); print([name for name in ('web3', 'sqlalchemy', 'eth_account', 'alembic',"
        " 'pydantic_settings') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n[]\n")
