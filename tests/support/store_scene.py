"""A store of its own for each test of `milepost store`, all it took in, and what every case ends on."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from milepost.bootstrap import Parts
from milepost.chain.node import Finality, FinalityKind, Node
from milepost.chain.receipt_verifier import ReceiptVerifier
from milepost.chain.settlement_chain import NodeSettlementChain
from milepost.codec.facts import canonical_facts, facts16, salt
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.config import load_settings
from milepost.domain.accrual import settle
from milepost.domain.purchase import SubmittedPurchase
from milepost.ports import SettledLog
from milepost.simulation.model import Model
from milepost.worker import Oracle
from tests.support.cli_stage import CliStage, a_stage_plan

MEMBERS = ("M-1", "M-2", "M-3", "M-4")
HEADER = "partner,sale_ref,outlet,occurred_at,currency,gross_minor,tip_minor,member\n"
PARTNERS = {"noon-kitchen": "station", "harbour-grill": "pier"}


def _feed(day: int, count: int = 6) -> str:
    """Bills of one day at two partners; every fourth is of a card that nobody has."""
    rows = []
    for number in range(count):
        partner = list(PARTNERS)[number % 2]
        member = (*MEMBERS, "nobody")[(day + number) % 5]
        rows.append(
            f"{partner},D{day}-{number},{PARTNERS[partner]},2018-05-{day:02}T12:{10 + number}:00-04:00,USD,"
            f"{2000 + 137 * number},300,{member}\n"
        )
    return HEADER + "".join(rows)


@dataclass
class Scene:
    """The stage with a database of its own for each test, and everything that was ever taken in."""

    stage: CliStage
    folder: Path
    days: list[int]

    @property
    def database(self) -> Path:
        return self.folder / "milepost.db"

    def run(self, *words: object) -> Any:
        return self.stage.run(*words, database_url=f"sqlite:///{self.database}")

    def feed(self, day: int) -> Path:
        path = self.folder / f"day-{day}.csv"
        path.write_text(_feed(day), encoding="utf-8")
        if day not in self.days:
            self.days.append(day)
        return path

    def settle(self, *days: int) -> None:
        result = self.run("settle", *map(self.feed, days))
        assert result.exit_code == 0, result.output

    def rebuild(self, *days: int) -> tuple[int, dict[str, Any], str]:
        result = self.run("store", "rebuild", *map(self.feed, days), "--json")
        return result.exit_code, json.loads(result.stdout), result.stderr

    def copy(self) -> Path:
        copy = self.folder / "copy.db"
        assert self.run("store", "backup", copy).exit_code == 0
        return copy

    def put_back(self, copy: Path) -> None:
        self.lose()
        shutil.copy(copy, self.database)

    def lose(self) -> None:
        for file in self.folder.glob("milepost.db*"):
            file.unlink()

    def import_members(self, *members: str, restore: bool = False) -> Any:
        lists = self.folder / "members.csv"
        lists.write_text("member\n" + "".join(f"{member}\n" for member in members), encoding="utf-8")
        return self.run("members", "import", lists, *(["--restore"] if restore else []))

    def parts(self) -> Parts:
        env = {**self.stage.settings, "MILEPOST_DATABASE_URL": f"sqlite:///{self.database}"}
        file = self.folder / "settings.env"
        file.write_text("".join(f"{name}={value}\n" for name, value in env.items()), encoding="utf-8")
        return Parts(load_settings(file))

    def oracle(self) -> Oracle:
        return self.parts().oracle


def logs_of(scene: Scene) -> list[SettledLog]:
    chain = NodeSettlementChain(
        Node(scene.stage.web3, "the node"), scene.stage.deployment, finality=Finality(FinalityKind.INSTANT)
    )
    return chain.settled_logs(scene.stage.deployment.start_block, scene.stage.web3.eth.block_number)


def _accepted(scene: Scene) -> dict[bytes, SubmittedPurchase]:
    """Every bill of every day, by what its entry commits to."""
    parts = scene.parts()
    found = {}
    for day in scene.days:
        for record in parts.read_feed(scene.feed(day)):
            assert isinstance(record, SubmittedPurchase), record
            secret = parts.secrets.secret_of(record.purchase.partner)
            facts = facts16(salt(secret, record.purchase.dedupe_key), canonical_facts(record.purchase))
            found[facts] = record
    return found


def assert_settled_once(scene: Scene) -> None:
    """What every case ends on."""
    accepted = _accepted(scene)
    entries = [
        (section.partner_id, number, entry)
        for log in logs_of(scene)
        for section in decode_report(log.report_bytes).sections
        for number, entry in enumerate(section.entries, start=section.first_number)
    ]
    facts = [entry.facts for _, _, entry in entries]
    assert sorted(facts) == sorted(accepted)
    for partner_id in {partner for partner, _, _ in entries}:
        numbers = [number for partner, number, _ in entries if partner == partner_id]
        assert numbers == list(range(1, len(numbers) + 1))
    for _, _, entry in entries:
        member = accepted[entry.facts].member
        assert entry.member == (MEMBERS.index(member) + 1 if member in MEMBERS else 0)
    oracle = scene.oracle()
    found = oracle.reconcile()
    assert (found.difference, found.numbers, found.pending_reports) == (0, (), 0)
    verifier = ReceiptVerifier(
        Node(scene.stage.web3, "the node"), scene.stage.deployment.addresses.receipts, None
    )
    for record in accepted.values():
        assert verifier.is_true(oracle.receipt(record.purchase.dedupe_key))
    books = Model(a_stage_plan(scene.stage.partners), enrolled=len(MEMBERS)).books
    for log in logs_of(scene):
        block = scene.stage.web3.eth.get_block(log.block_number)
        judged = settle(decode_report(log.report_bytes), books, now_s=block["timestamp"])
        assert [one.settled for one in judged] == decode_results(log.results, decode_report(log.report_bytes))
    assert found.chain == books.ledger.credited
