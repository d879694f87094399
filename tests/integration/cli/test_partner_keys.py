"""`milepost partners keys`: given, rotated with an overlap, listed without secrets, ended."""

import json
from pathlib import Path
from typing import Any

from click.testing import Result

from tests.support.cli_stage import ROOT, run_cli


def _keys(tmp_path: Path, *words: object) -> Result:
    env = {
        "MILEPOST_PARTNER_KEYS_FILE": str(tmp_path / "keys" / "partner-keys.json"),
        "MILEPOST_PARTNERS": str(ROOT / "partners"),
    }
    return run_cli("partners", "keys", *words, env=env)


def _list(tmp_path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_keys(tmp_path, "list", "--json").stdout)
    return found


def test_keys_add__a_second_one__lets_the_first_hold_for_a_while(tmp_path: Path) -> None:
    first = json.loads(_keys(tmp_path, "add", "putien", "--json").stdout)
    assert len(first["secret"]) == 64 and first["key"] == "putien-1"
    file = tmp_path / "keys" / "partner-keys.json"
    assert file.stat().st_mode & 0o077 == 0
    assert (
        json.loads(_keys(tmp_path, "add", "putien", "--overlap", "1", "--json").stdout)["key"] == "putien-2"
    )
    one, two = _list(tmp_path)
    assert one["until"] - two["from"] == 3_600 and two["until"] is None
    assert (
        "secret" not in json.dumps(_list(tmp_path)) and first["secret"] not in _keys(tmp_path, "list").stdout
    )


def test_keys_add__into_a_file__does_not_show_the_secret(tmp_path: Path) -> None:
    given = tmp_path / "till.key"
    shown = _keys(tmp_path, "add", "@operator", "--out", given)
    assert shown.exit_code == 0, shown.output
    secret = given.read_text("utf-8").strip()
    assert len(secret) == 64 and secret not in shown.output and given.stat().st_mode & 0o077 == 0


def test_keys_end__of_a_key__holds_no_more(tmp_path: Path) -> None:
    assert _keys(tmp_path, "add", "putien").exit_code == 0
    assert "has ended." in _keys(tmp_path, "end", "putien-1").stdout
    assert "ended already" in _keys(tmp_path, "end", "putien-1").stdout
    assert _list(tmp_path)[0]["until"] is not None and _list(tmp_path)[0]["compromised"] is None
    assert "putien-1 is compromised" in _keys(tmp_path, "end", "putien-1", "--compromised").stdout
    assert "ended already" in _keys(tmp_path, "end", "putien-1", "--compromised").stdout
    assert _list(tmp_path)[0]["compromised"] is not None


def test_keys__what_is_not_there_or_not_readable__is_refused_and_nothing_changes(tmp_path: Path) -> None:
    unknown = _keys(tmp_path, "add", "putian")
    assert unknown.exit_code == 2 and "did you mean 'putien'?" in unknown.stderr
    assert not (tmp_path / "keys").exists()
    assert _keys(tmp_path, "add", "putien").exit_code == 0
    assert _keys(tmp_path, "end", "other-1").exit_code == 2
    file = tmp_path / "keys" / "partner-keys.json"
    file.write_text("[]", encoding="utf-8")
    assert _keys(tmp_path, "add", "putien").exit_code == 2
    assert file.read_text("utf-8") == "[]"
