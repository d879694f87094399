"""`milepost store` on anvil and SQLite: a store that is older than the chain, lost, or copied.

given an old copy put back, or a new database with the members restored
                                        then it is rebuilt from chain and feeds, and settling goes on
    when killed, or run again           then the next run finishes, or finds nothing
given a feed is missing                 then its purchases are named, and nothing is settled
given an old copy with a report under way, whose sequence was settled with another cut, or a former one
                                        then no purchase is in two settled reports
given members in another order          then it is refused with both ids
given adjustments and a merge           then they come back, and both numbers lead to one account again
given a store of an older revision      then it is refused until it is migrated, a copy beside it

Each case ends on the chain's own events: every accepted purchase is in exactly one settled report, the ledger
has the miles of the reference model, chain and store agree, and every receipt verifies.
"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config

from milepost.pipeline.relay_report import relay_report
from milepost.pipeline.seal_report import seal_report
from milepost.pipeline.sign_report import sign_report
from milepost.store.engine import MIGRATIONS, open_engine
from milepost.worker import Oracle
from tests.support.cli_stage import CliStage, cli_stage
from tests.support.store_scene import MEMBERS, Scene, assert_settled_once, logs_of


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with cli_stage(tmp_path_factory.mktemp("stores")) as made:
        lists = made.write("first.csv", "member\n" + "".join(f"{member}\n" for member in MEMBERS))
        imported = made.run("members", "import", lists)
        assert imported.exit_code == 0, imported.output
        yield made


@pytest.fixture
def scene(stage: CliStage, tmp_path: Path) -> Iterator[Scene]:
    """The chain as it was before each test: members enrolled, nothing settled."""
    snapshot = stage.web3.provider.make_request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
    made = Scene(stage, tmp_path, [])
    assert made.import_members(*MEMBERS, restore=True).exit_code == 0
    yield made
    stage.web3.provider.make_request("evm_revert", [snapshot])  # type: ignore[arg-type]


def test_rebuild__old_copy_put_back__goes_on_where_the_chain_stands(scene: Scene) -> None:
    scene.settle(2)
    copy = scene.copy()
    scene.settle(3)
    scene.settle(4)
    scene.put_back(copy)
    refused = scene.run("settle", scene.feed(5))
    assert refused.exit_code == 1
    assert "Run milepost store rebuild with the feeds since" in refused.stderr
    code, answer, _ = scene.rebuild(3, 4)
    assert (code, answer["missing"], answer["stopped"]) == (0, [], None)
    assert [report["sequence"] for report in answer["reports"]] == [2, 3]
    assert (answer["restored"], answer["reconciliation"]["difference"]) == (12, 0)
    scene.settle(5)
    assert_settled_once(scene)


def test_rebuild__store_lost__members_and_feeds_bring_it_back(scene: Scene) -> None:
    scene.settle(2)
    scene.settle(3)
    scene.lose()
    refused = scene.run("settle", scene.feed(2))
    assert refused.exit_code == 2
    assert "milepost members import --restore" in refused.stderr
    assert scene.import_members(*MEMBERS).exit_code == 2
    restored = scene.import_members(*MEMBERS, restore=True)
    assert restored.exit_code == 0
    assert f"{len(MEMBERS)} members restored, 0 restored before, 0 refused." in restored.stdout
    code, answer, _ = scene.rebuild(2, 3, 4)
    assert (code, answer["restored"]) == (0, 12)
    assert answer["answers"] == {"accepted": 6, "duplicate": 12, "conflict": 0, "rejected": 0}
    code, answer, _ = scene.rebuild(2, 3, 4)
    assert (code, answer["reports"], answer["restored"]) == (0, [], 0)
    scene.settle(5)
    assert_settled_once(scene)
    statement = scene.run("statement", MEMBERS[0])
    assert statement.exit_code == 0, statement.output


def test_rebuild__store_lost_after_a_merge__brings_back_adjustments_too(scene: Scene) -> None:
    """The lists do not tell of the merge: the chain does."""

    def answered(*words: object) -> Any:
        result = scene.run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def approved(*words: object) -> int:
        number = answered(*words)["adjustment"]
        assert answered("adjustments", "approve", number)["state"] == "applied"
        return int(number)

    scene.settle(2)
    credit = approved("adjustments", "propose", "M-3", "--credit", 50, "--reason", "goodwill")
    merge = approved("members", "merge", "M-1", "M-2")
    scene.settle(3)
    before = [answered("statement", member, "--at", "2018-06-05T00:00:00+08:00") for member in MEMBERS]
    scene.lose()
    scene.import_members(*MEMBERS, restore=True)
    code, answer, said = scene.rebuild(2, 3)
    assert code == 0, said
    after = [answered("statement", member, "--at", "2018-06-05T00:00:00+08:00") for member in MEMBERS]
    assert after == before
    assert [one["adjustment"] for one in after[2]["adjustments"]] == [credit]
    assert after[0]["member_id"] == after[1]["member_id"] == 2
    assert (after[1]["agrees"], after[1]["merged_member_ids"]) == (True, [1])
    assert answer["reconciliation"]["difference"] == 0
    assert answered("members", "merge", "M-1", "M-2")["adjustment"] == merge


def test_rebuild__bills_are_too_old_by_now__come_back_all_the_same(scene: Scene) -> None:
    scene.settle(2)
    scene.lose()
    scene.import_members(*MEMBERS, restore=True)
    now_s = scene.stage.web3.eth.get_block("latest")["timestamp"]
    provider = scene.stage.web3.provider
    provider.make_request("evm_setNextBlockTimestamp", [now_s + 400 * 86_400])  # type: ignore[arg-type]
    provider.make_request("evm_mine", [])  # type: ignore[arg-type]
    code, answer, _ = scene.rebuild(2)
    assert (code, answer["restored"]) == (0, 6)
    assert_settled_once(scene)


def test_rebuild__a_feed_is_missing__is_refused_with_names_and_nothing_settles(scene: Scene) -> None:
    scene.settle(2)
    scene.settle(3)
    scene.settle(4)
    scene.lose()
    scene.import_members(*MEMBERS, restore=True)
    code, answer, sentence = scene.rebuild(2, 4)
    assert code == 1
    assert answer["missing"] == [
        {"lane": 0, "report": 2, "partner": partner, "numbers": [4, 5, 6], "count": 3}
        for partner in ("harbour-grill", "noon-kitchen")
    ]
    assert [report["sequence"] for report in answer["reports"]] == [1]
    assert "6 settled purchases are neither in the store nor in these files" in sentence
    words = scene.run("store", "rebuild", scene.feed(2))
    assert words.exit_code == 1 and "4-6" in words.stdout and "harbour-grill" in words.stdout
    before = len(logs_of(scene))
    assert scene.run("settle", scene.feed(5)).exit_code == 1
    assert len(logs_of(scene)) == before
    code, answer, _ = scene.rebuild(3)
    assert (code, [report["sequence"] for report in answer["reports"]]) == (0, [2, 3])
    scene.settle(5)
    assert_settled_once(scene)


def test_rebuild__a_settled_row_can_no_longer_be_read__is_missing_and_shown_as_refused(scene: Scene) -> None:
    scene.settle(2)
    scene.lose()
    scene.import_members(*MEMBERS, restore=True)
    feed = scene.feed(2)
    feed.write_text(feed.read_text().replace("D2-0,station", "D2-0,roof"), encoding="utf-8")
    result = scene.run("store", "rebuild", feed, "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [(one["partner"], one["numbers"]) for one in answer["missing"]] == [("noon-kitchen", [1])]
    assert [(row["line"], row["code"]) for row in answer["refused"]] == [(2, "unknown_outlet")]
    assert scene.rebuild(2)[0] == 0


@pytest.mark.parametrize("until", ["sealed", "signed", "relaying"])
def test_rebuild__copy_with_another_cut_under_way__settles_each_purchase_once(
    scene: Scene, until: str
) -> None:
    """The copy holds a report of days 2 and 3; the chain then settled days 3 and 4 under its sequence."""
    oracle = scene.oracle()
    list(oracle.ingest(scene.parts().read_feed(scene.feed(2))))
    list(oracle.ingest(scene.parts().read_feed(scene.feed(3))))
    _under_way(scene, oracle, until)
    copy = scene.copy()
    scene.lose()
    scene.import_members(*MEMBERS, restore=True)
    scene.settle(3, 4)
    scene.put_back(copy)
    assert scene.run("settle", scene.feed(5)).exit_code == 1
    code, answer, sentence = scene.rebuild(3, 4)
    assert (code, answer["restored"]) == (0, 6), sentence
    scene.settle(5)
    assert_settled_once(scene)


def _under_way(scene: Scene, oracle: Oracle, until: str) -> bytes:
    (lane,) = oracle.lanes
    report = seal_report(lane, oracle._sealing, oracle.chain)
    assert report is not None
    if until != "sealed":
        sign_report(report.content_hash, oracle.store, chain=oracle.chain, reporters=oracle._checking)
    if until == "relaying":
        make_request = scene.stage.web3.provider.make_request
        make_request("evm_setAutomine", [False])  # type: ignore[arg-type]
        relay_report(report.content_hash, oracle.store, chain=oracle.chain)
        make_request("anvil_dropAllTransactions", [])  # type: ignore[arg-type]
        make_request("evm_setAutomine", [True])  # type: ignore[arg-type]
    return report.content_hash


def test_rebuild__settled_by_a_cut_that_the_copy_gave_up__settles_each_purchase_once(scene: Scene) -> None:
    """The copy gave its first cut up and sealed another; the chain then settled the first, and more."""
    oracle = scene.oracle()
    list(oracle.ingest(scene.parts().read_feed(scene.feed(2))))
    given_up = _under_way(scene, oracle, "signed")
    first = scene.copy()
    with sqlite3.connect(scene.database) as connection:
        # As a tx that reverted leaves it.
        connection.execute("update reports set state = 'failed', failure = 'reverted'")
        connection.execute("update purchases set state = 'accepted'")
    list(oracle.ingest(scene.parts().read_feed(scene.feed(3))))
    assert _under_way(scene, oracle, "sealed") != given_up
    copy = scene.folder / "later.db"
    assert scene.run("store", "backup", copy).exit_code == 0
    scene.put_back(first)
    scene.settle(4)
    scene.put_back(copy)
    code, _, sentence = scene.rebuild(3, 4)
    assert code == 0, sentence
    scene.settle(5)
    assert_settled_once(scene)


def test_rebuild__members_in_another_order__is_refused_with_both_ids(scene: Scene) -> None:
    scene.settle(2)
    scene.lose()
    scene.import_members(*reversed(MEMBERS), restore=True)
    code, answer, sentence = scene.rebuild(2)
    assert (code, answer["reports"]) == (1, [])
    assert "Report 1 of lane 0 credited other members than the directory names" in sentence
    assert "member 3 for “D2-0” of noon-kitchen, which is member 2's here" in sentence
    assert not any(member in sentence for member in MEMBERS)
    assert scene.run("settle", scene.feed(3)).exit_code == 1
    scene.lose()
    scene.import_members(*MEMBERS, restore=True)
    assert scene.rebuild(2)[0] == 0
    scene.settle(3)
    assert_settled_once(scene)


def test_rebuild__no_feed__is_refused_before_anything_is_stored(scene: Scene) -> None:
    bad = scene.folder / "bad.csv"
    bad.write_text("a,b\n1,2\n", encoding="utf-8")
    result = scene.run("store", "rebuild", scene.feed(2), bad, "--json")
    assert (result.exit_code, result.stdout) == (2, "")


def test_import__restore_with_more_than_were_enrolled__is_refused(scene: Scene) -> None:
    scene.lose()
    result = scene.import_members(*MEMBERS, "M-5", restore=True)
    assert result.exit_code == 2
    assert "would know 5 members, and the ledger has 4" in result.stderr


def test_migrate__newest_revision__has_nothing_to_do(scene: Scene) -> None:
    result = scene.run("store", "migrate")
    assert result.exit_code == 0 and "already: nothing to do" in result.stdout
    answer = json.loads(scene.run("store", "migrate", "--json").stdout)
    assert answer["before"] == answer["after"] and answer["copy"] is None


def test_migrate__store_of_the_first_revision__is_refused_until_it_is_migrated_with_a_copy(
    scene: Scene,
) -> None:
    scene.lose()
    _make_store(scene.database, revision="0001")
    refused = scene.run("settle", scene.feed(2))
    assert refused.exit_code == 2
    assert "The database is at revision 0001, and this version needs" in refused.stderr
    assert "run milepost store migrate" in refused.stderr
    answer = json.loads(scene.run("store", "migrate", "--json").stdout)
    assert answer["before"] == "0001" < answer["after"]
    assert answer["copy"] == f"{scene.database}.at-0001" and Path(answer["copy"]).exists()
    assert scene.import_members(*MEMBERS, restore=True).exit_code == 0
    scene.settle(2)
    assert_settled_once(scene)


def _make_store(file: Path, *, revision: str) -> None:
    """A store as an older version made it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with open_engine(f"sqlite:///{file}").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_migrate__no_store__is_refused_and_makes_none(scene: Scene) -> None:
    scene.lose()
    result = scene.run("store", "migrate")
    assert result.exit_code == 2 and "There is no database" in result.stderr
    assert not scene.database.exists()


def test_backup__twice_to_one_file__is_refused(scene: Scene) -> None:
    copy = scene.copy()
    result = scene.run("store", "backup", copy)
    assert result.exit_code == 2 and "exists already" in result.stderr
    answer = json.loads(scene.run("store", "backup", scene.folder / "other.db", "--json").stdout)
    assert answer["bytes"] == (scene.folder / "other.db").stat().st_size
