"""`milepost doctor`: everything as it should be, then broken one by one (`bootstrap.doctor`)."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.cli_stage import CliStage, key_of
from tests.support.deployments import REPORTERS, account_named


def _levels(stage: CliStage, **settings: object) -> tuple[int, dict[str, set[str]], str]:
    """The exit code, the levels of each thing, and all that was said."""
    result = stage.run("doctor", "--json", **settings)
    levels: dict[str, set[str]] = {}
    for one in json.loads(result.stdout):
        levels.setdefault(one["what"], set()).add(one["level"])
        assert bool(one["said"]) is (one["level"] != "ok")
    return result.exit_code, levels, result.output


def _wrong(levels: dict[str, set[str]]) -> set[str]:
    return {what for what, found in levels.items() if "wrong" in found}


def test_doctor__a_stage_that_settles__has_nothing_wrong(stage: CliStage) -> None:
    code, levels, _ = _levels(stage)
    assert (code, _wrong(levels)) == (0, set())
    # The chain's time is 2018, and nobody has keys for HTTP here.
    assert levels["clock"] == levels["partners' keys"] == {"warning"}
    assert len(levels) == 16


@pytest.mark.parametrize(
    ("setting", "text", "wrong"),
    [
        ("relayer_key_file", "no key", {"relayer's key", "gas money"}),
        ("relayer_key_file", key_of(account_named("poor relayer")), {"gas money"}),
        ("reporter_keys_file", json.dumps([key_of(REPORTERS[0])]), {"reporters"}),
        ("directory_key_file", "12", {"directory's key", "webhooks"}),
        ("partner_secrets_file", json.dumps({"harbour-grill": "5e" * 32}), {"partners' secrets"}),
        ("partner_keys_file", "[]", {"partners' keys"}),
    ],
)
def test_doctor__a_file_is_not_as_it_must_be__says_what_is_wrong_and_goes_on(
    stage: CliStage, tmp_path: Path, setting: str, text: str, wrong: set[str]
) -> None:
    file = tmp_path / "secret"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    code, levels, _ = _levels(stage, **{setting: file})
    assert (code, _wrong(levels)) == (1, wrong)


def test_doctor__a_key_that_others_may_read__is_a_warning(stage: CliStage, tmp_path: Path) -> None:
    file = tmp_path / "relayer.key"
    file.write_bytes((stage.folder / "relayer.key").read_bytes())
    file.chmod(0o644)
    code, levels, said = _levels(stage, relayer_key_file=file)
    assert (code, levels["modes of secret files"]) == (0, {"warning"})
    assert "chmod 600" in said


def test_doctor__node_is_down__looks_at_all_that_needs_none(stage: CliStage) -> None:
    code, levels, _ = _levels(stage, rpc_url="http://127.0.0.1:9")
    assert code == 1
    assert _wrong(levels) == {"node", "contracts", "clock", "gas money", "reporters"}
    assert levels["database"] == {"ok"}


def test_doctor__no_database__says_so_and_makes_none(stage: CliStage, tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    code, levels, _ = _levels(stage, database_url=f"sqlite:///{file}")
    assert (code, _wrong(levels)) == (1, {"database", "room on disk", "webhooks"})
    assert not file.exists()


def _copy_of_database(stage: CliStage, file: Path, *statements: str) -> str:
    """A copy of the stage's database, changed; its URL."""
    with closing(sqlite3.connect(file)) as made:
        with closing(sqlite3.connect(stage.folder / "milepost.db")) as found:
            found.backup(made)
        for statement in statements:
            made.execute(statement)
        made.commit()
    return f"sqlite:///{file}"


def test_doctor__database_of_an_older_version__says_to_migrate(stage: CliStage, tmp_path: Path) -> None:
    url = _copy_of_database(stage, tmp_path / "old.db", "UPDATE alembic_version SET version_num = '0004'")
    code, levels, said = _levels(stage, database_url=url)
    assert (code, _wrong(levels)) == (1, {"database", "webhooks"})
    assert "milepost store migrate" in said


def test_doctor__endpoints_that_fail__are_warnings(stage: CliStage, tmp_path: Path) -> None:
    said = "'purchase.settled'"
    url = _copy_of_database(
        stage,
        tmp_path / "hooks.db",
        f"INSERT INTO webhook_endpoints VALUES (1, NULL, 'https://a.example', {said}, 'disabled', 'x', '')",
        f"INSERT INTO webhook_endpoints VALUES (2, NULL, 'https://b.example', {said}, 'enabled', NULL, '')",
        "INSERT INTO webhook_health VALUES (1, 9, 5, 0), (2, 3, 5, 0)",
    )
    code, levels, said = _levels(stage, database_url=url)
    assert (code, levels["webhooks"]) == (0, {"warning"})
    assert "webhooks enable 1" in said and "failed 3 times" in said and "example" not in said


def test_doctor__reporters_elsewhere_are_silent__is_a_warning_while_enough_are_here(
    stage: CliStage,
) -> None:
    code, levels, _ = _levels(stage, reporter_urls="http://127.0.0.1:9")
    assert (code, levels["reporters"]) == (0, {"warning"})


def test_doctor__for_people__names_each_thing(stage: CliStage) -> None:
    result = stage.run("doctor")
    assert result.exit_code == 0, result.output
    assert "gas money" in result.stdout and "clock" in result.stdout
