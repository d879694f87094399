"""`milepost webhooks`, from an endpoint that is added to messages that are sent again.

given a partner's endpoint     then its secret is shown once, and it gets what settles
given URLs of no use           then they are refused
given what was sent            then the log shows it, and replay sends it again under its id
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from milepost.store.engine import open_store
from milepost.store.unit_of_work import SqlStore
from tests.support.cli_stage import run_cli
from tests.support.outbox_promises import a_message
from tests.support.stored import a_log, a_report, a_settled, put_report
from tests.support.webhook_receiver import Receiver, receiver

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., Result]


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "directory.key").write_text("6b" * 32)
    (tmp_path / "directory.key").chmod(0o600)
    env = {
        "MILEPOST_DATABASE_URL": f"sqlite:///{tmp_path}/milepost.db",
        "MILEPOST_DIRECTORY_KEY_FILE": str(tmp_path / "directory.key"),
        "MILEPOST_PARTNERS": str(ROOT / "partners"),
        "MILEPOST_WEBHOOK_NETWORKS": "127.0.0.0/8",
    }
    return lambda *words, **more: run_cli("webhooks", *words, env={**env, **more})


def _json(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _store(tmp_path: Path) -> SqlStore:
    return SqlStore(open_store(f"sqlite:///{tmp_path}/milepost.db"))


def _put(tmp_path: Path, *names: str) -> None:
    with _store(tmp_path).unit_of_work() as work:
        work.outbox.add([a_message(1, name) for name in names])


def test_add__members_system__shows_the_secret_once_and_lists_it(run: Run, there: Receiver) -> None:
    added = _json(
        run("add", there.url + "?token=hidden", "--members", "--event", "purchase.settled", "--json")
    )
    assert added["secret"].startswith("whsec_")
    listed = run("list", "--json")
    (found,) = _json(listed)["endpoints"]
    assert found == {key: value for key, value in added.items() if key != "secret"}
    assert (found["partner"], found["events"], found["state"]) == (None, ["purchase.settled"], "enabled")
    shown = run("list")
    for said in (listed.output, shown.output):
        assert added["secret"] not in said and "hidden" not in said
    assert "all, for members" in shown.output


def test_add__partner__is_one_of_the_files(run: Run, there: Receiver) -> None:
    code = next((ROOT / "partners").glob("*.yaml")).stem
    assert _json(run("add", there.url, "--partner", code, "--json"))["partner"] == code
    refused = run("add", there.url, "--partner", "nobody-knows")
    assert refused.exit_code == 2 and "no partner 'nobody-knows'" in refused.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("http://hooks.example/", "--members"), "Plain http:// is for loopback alone"),
        (("https://10.0.0.1/", "--members"), "is not public"),
        (("https://u:p@hooks.example/", "--members"), "a user, a password"),
        (("https://hooks.example/",), "Name a partner"),
        (("https://hooks.example/", "--members", "--partner", "x"), "Name a partner"),
    ],
)
def test_add__of_no_use__is_refused(run: Run, words: tuple[str, ...], sentence: str) -> None:
    refused = run("add", *words)
    assert refused.exit_code == 2 and sentence in refused.output, refused.output
    assert "whsec_" not in refused.output


def test_add__loopback_that_the_setting_does_not_name__is_refused(run: Run, there: Receiver) -> None:
    refused = run("add", there.url, "--members", MILEPOST_WEBHOOK_NETWORKS="")
    assert refused.exit_code == 2 and "MILEPOST_WEBHOOK_NETWORKS" in refused.stderr


def test_deliver_log_and_replay__messages__are_sent_shown_and_sent_again(
    run: Run, there: Receiver, tmp_path: Path
) -> None:
    secret = _json(run("add", there.url, "--members", "--json"))["secret"]
    _put(tmp_path, "a", "b")
    sent = _json(run("deliver", "--json"))
    assert sent == {"delivered": 2, "failed": 0, "given_up": 0, "disabled": []}
    newest, _ = _json(run("log", "--json"))["attempts"]
    assert (newest["event"], newest["status"], newest["state"]) == ("evt_b", 204, "delivered")
    assert newest["next"] is None and newest["problem"] is None
    assert "evt_a" in run("log", "1").output
    assert run("log", "--failed").output == "There was no attempt.\n"
    assert _json(run("replay", "1", "--event", "evt_a", "--json")) == {"endpoint": 1, "due": 1}
    assert run("deliver").output == "1 message delivered, 0 failures.\n"
    assert there.ids == ["evt_a", "evt_b", "evt_a"]
    for request in there.received:
        request.verified(secret)


def test_deliver__receiver_is_gone__says_that_it_is_disabled(
    run: Run, there: Receiver, tmp_path: Path
) -> None:
    run("add", there.url, "--members")
    _put(tmp_path, "a")
    there.answers = [410]
    result = run("deliver")
    assert result.exit_code == 1 and "Endpoint 1 is disabled: it answered 410 Gone" in result.stderr
    assert "410" in run("log").output and "disabled" in run("list").output
    assert run("enable", "1").exit_code == 0
    assert run("replay", "1", "--event", "evt_a").exit_code == 0
    assert run("deliver").output == "1 message delivered, 0 failures.\n"


def test_replay__since__sends_what_settled_before_there_was_the_endpoint(
    run: Run, there: Receiver, tmp_path: Path
) -> None:
    report = a_report()
    with _store(tmp_path).unit_of_work() as work:
        ids = put_report(work, report)
        work.receipts.add(report.content_hash, a_log(report), a_settled(report, ids))
    run("add", there.url, "--members")
    assert run("replay", "1", "--since", "2100-01-01").exit_code == 1
    assert _json(run("replay", "1", "--since", "2018-01-01", "--json"))["due"] == 3
    assert run("deliver").exit_code == 0
    assert [one.data["sale_ref"] for one in there.received] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "words",
    [
        ("replay", "1"),
        ("replay", "1", "--event", "evt_a", "--failed"),
        ("replay", "1", "--since", "yesterday"),
        ("replay", "1", "--since", "2018-05-01T12:00"),
        ("replay", "9", "--failed"),
        ("disable", "9"),
        ("enable", "9"),
        ("rotate", "9"),
    ],
)
def test_webhooks__wrong_use__exits_2(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_rotate_and_disable__endpoint__change_it(run: Run, there: Receiver, tmp_path: Path) -> None:
    first = _json(run("add", there.url, "--members", "--json"))["secret"]
    second = _json(run("rotate", "1", "--overlap", "1", "--json"))["secret"]
    _put(tmp_path, "a")
    run("deliver")
    (request,) = there.received
    assert request.verified(first) == request.verified(second)
    assert "whsec_" in run("rotate", "1", "--overlap", "0").output
    assert run("disable", "1").exit_code == 0
    _put(tmp_path, "b")
    assert run("deliver").output == "0 messages delivered, 0 failures.\n"
