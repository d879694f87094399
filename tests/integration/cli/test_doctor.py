"""`milepost doctor`: everything as it should be, then broken one by one (`bootstrap.doctor`)."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.cli_stage import CliStage, key_of
from tests.support.deployments import MANAGER, REPORTERS, account_named, fund
from tests.support.governance_stage import govern

SQUARE = """
feeds:
  square:
    notification_url: https://miles.example.org/v1/feeds/square
    member: reference_id
    outlets: {LNOON0001: market-street}
"""


def _levels(stage: CliStage, *words: str, **settings: object) -> tuple[int, dict[str, set[str]], str]:
    """The exit code, the levels of each thing, and all that was said."""
    result = stage.run("doctor", "--json", *words, **settings)
    levels: dict[str, set[str]] = {}
    for one in json.loads(result.stdout):
        levels.setdefault(one["what"], set()).add(one["level"])
        assert bool(one["said"]) is (one["level"] != "ok")
    return result.exit_code, levels, result.output


def _skipped(levels: dict[str, set[str]]) -> set[str]:
    return {what for what, found in levels.items() if "skipped" in found}


def _wrong(levels: dict[str, set[str]]) -> set[str]:
    return {what for what, found in levels.items() if "wrong" in found}


def test_doctor__a_stage_that_settles__has_nothing_wrong(stage: CliStage) -> None:
    code, levels, _ = _levels(stage)
    assert (code, _wrong(levels)) == (0, set())
    # The chain's time is 2018, and nobody has keys for HTTP here.
    assert levels["clock"] == levels["partners' keys"] == {"warning"}
    assert len(levels) == 20


@pytest.mark.parametrize(
    ("setting", "text", "wrong"),
    [
        ("relayer_key_file", "no key", {"relayer's key"}),
        ("relayer_key_file", key_of(account_named("poor relayer")), {"gas money"}),
        ("reporter_keys_file", json.dumps([key_of(REPORTERS[0])]), {"reporters"}),
        ("directory_key_file", "12", {"directory's key"}),
        ("partner_secrets_file", json.dumps({"harbour-grill": "5e" * 32}), {"partners' secrets"}),
        ("partner_secrets_file", "{}", {"partners' secrets"}),
        ("partner_keys_file", "[]", {"partners' keys"}),
        ("feed_secrets_file", '{"putien": {"square": ["too-short"]}}', {"feeds' secrets"}),
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
    code, levels, said = _levels(stage, rpc_url="http://127.0.0.1:9")
    assert (code, _wrong(levels)) == (1, {"node"})
    assert _skipped(levels) == {"contracts", "clock", "settling", "gas money", "reporters"}
    assert levels["database"] == {"ok"}
    assert said.count("Not looked at") == 5


def test_doctor__node_of_another_chain__does_not_ask_it_for_gas_money(
    stage: CliStage, tmp_path: Path
) -> None:
    """Finding: it told people to send money to the relayer on a chain that is none of theirs."""
    file = tmp_path / "other.json"
    found = json.loads((stage.folder / "ethereum-local.json").read_text(encoding="utf-8"))
    file.write_text(json.dumps({**found, "chain_id": 5}), encoding="utf-8")
    code, levels, said = _levels(stage, deployment_file=file)
    assert (code, _wrong(levels), levels["gas money"]) == (1, {"node"}, {"skipped"})
    assert "of chain" in said and "send it some" not in said


def test_doctor__no_deployment__says_it_once(stage: CliStage, tmp_path: Path) -> None:
    code, levels, _ = _levels(stage, deployment_file=tmp_path / "none.json")
    assert (code, _wrong(levels)) == (1, {"deployment"})


def test_doctor__settling_is_paused__says_how_it_goes_on(stage: CliStage) -> None:
    fund(stage.web3, MANAGER.address)
    govern(stage, "pause", by=MANAGER)
    try:
        code, levels, said = _levels(stage)
    finally:
        govern(stage, "resume", by=MANAGER)
    assert (code, levels["settling"]) == (0, {"warning"})
    assert "Settling is paused" in said and "milepost governance resume" in said
    assert _levels(stage)[1]["settling"] == {"ok"}


def test_doctor__a_partner_with_square__needs_its_secret(stage: CliStage, tmp_path: Path) -> None:
    """Finding: it never looked at the feeds' secrets, without which webhooks and copies are refused."""
    folder = tmp_path / "partners"
    shutil.copytree(stage.partners, folder)
    with (folder / "noon-kitchen.yaml").open("a", encoding="utf-8") as file:
        file.write(SQUARE)
    code, levels, said = _levels(stage, partners=folder)
    assert (code, levels["feeds' secrets"]) == (0, {"warning"})
    assert "square of noon-kitchen" in said and "MILEPOST_FEED_SECRETS_FILE" in said
    secrets = tmp_path / "feed-secrets.json"
    secrets.write_text('{"putien": {"square": ["a-signature-key-of-square"]}}', encoding="utf-8")
    secrets.chmod(0o600)
    assert "holds no secret of square of noon-kitchen" in _levels(
        stage, partners=folder, feed_secrets_file=secrets
    )[2].replace("\n", " ")
    secrets.write_text('{"noon-kitchen": {"square": ["a-signature-key-of-square"]}}', encoding="utf-8")
    assert _levels(stage, partners=folder, feed_secrets_file=secrets)[1]["feeds' secrets"] == {"ok"}
    secrets.unlink()
    assert _wrong(_levels(stage, partners=folder, feed_secrets_file=secrets)[1]) == {"feeds' secrets"}


def test_doctor__on_a_reporters_machine__looks_at_what_a_reporter_needs(
    stage: CliStage, tmp_path: Path
) -> None:
    """Finding: it was always wrong there, for lack of a relayer's key and of a quorum."""
    file = tmp_path / "reporter.json"
    file.write_text(json.dumps([key_of(REPORTERS[0])]), encoding="utf-8")
    file.chmod(0o600)
    none = tmp_path / "none"
    code, levels, said = _levels(
        stage, "--reporter", reporter_keys_file=file, relayer_key_file=none, partner_keys_file=none
    )
    assert (code, _wrong(levels), levels["set of reporters"]) == (0, set(), {"ok"})
    assert "takes no copies" in said and not {"gas money", "reporters", "relayer's key"} & set(levels)
    file.write_text(json.dumps([key_of(account_named("stranger"))]), encoding="utf-8")
    code, levels, said = _levels(stage, "--reporter", reporter_keys_file=file, relayer_key_file=none)
    assert (code, _wrong(levels)) == (1, {"set of reporters"})
    file.write_text(json.dumps([key_of(one) for one in REPORTERS[:2]]), encoding="utf-8")
    code, levels, said = _levels(stage, "--reporter", reporter_keys_file=file, relayer_key_file=none)
    assert "2 keys are named" in said


def test_doctor__one_reporter_is_too_few__says_it_in_the_singular(stage: CliStage, tmp_path: Path) -> None:
    file = tmp_path / "reporter.json"
    file.write_text(json.dumps([key_of(REPORTERS[0])]), encoding="utf-8")
    file.chmod(0o600)
    assert "1 reporter can sign, and" in _levels(stage, reporter_keys_file=file)[2]


def test_doctor__a_reporter_lacks_a_copy__names_its_place_and_no_url(stage: CliStage, tmp_path: Path) -> None:
    url = _copy_of_database(
        stage,
        tmp_path / "copies.db",
        "INSERT INTO feed_copies (copy_id, method, target, headers, partner, added_at, body_id, size)"
        " VALUES (1, 'POST', x'2f', '{}', 'putien', 1000, 7, 0)",
        "INSERT INTO feed_backlogs (partner, copies, size) VALUES ('putien', 1, 0)",
    )
    urls = "http://127.0.0.1:9,http://127.0.0.1:10"
    _, levels, said = _levels(stage, database_url=url, reporter_urls=urls)
    assert levels["copies for reporters"] == {"warning"}
    assert "at place 2 has lacked requests of putien for" in said and "127.0.0.1" not in said


def test_doctor__no_database__says_so_and_makes_none(stage: CliStage, tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    code, levels, _ = _levels(stage, database_url=f"sqlite:///{file}")
    assert (code, _wrong(levels)) == (1, {"database"})
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
    assert (code, _wrong(levels)) == (1, {"database"})
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
