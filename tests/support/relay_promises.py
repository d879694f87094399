"""R1 to R6: what must hold after every fault, read from the chain, the wire and the database in plain words.

Nothing here asks the oracle's own stores or its reading of settlements; the database is read as SQL.
R1 every accepted purchase is in exactly one settled report; R2 miles on chain are the reference model's;
R3 no nonce ever carried two reports; R4 every raw tx on the wire was in the database before; R5 after quiet
the index equals the contract at the final block; R6 the queue drains within a stated time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from web3.contract import Contract

from milepost.bootstrap import deployed_partners
from milepost.catalogue import load_partners
from milepost.chain.node import Node
from milepost.chain.receipt_verifier import ReceiptVerifier
from milepost.codec.attached_receipt import attached_of
from milepost.codec.facts import canonical_facts, facts16, salt
from milepost.codec.receipt_file import read_receipt_text
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.domain.accrual import settle
from milepost.domain.partner import Partner
from milepost.domain.purchase import SubmittedPurchase
from milepost.domain.report import Report
from milepost.feeds.files import read_feed
from milepost.simulation.model import Model
from tests.support.cli_stage import PARTNER_SECRET
from tests.support.deployments import RELAYER
from tests.support.fault_stage import DRAINS_WITHIN_S, MEMBERS, FaultCase


@dataclass(frozen=True, slots=True)
class OnChain:
    """A report as the chain settled it."""

    report: Report
    results: bytes
    block_time: int


def require_promises(case: FaultCase) -> None:
    """Assert R1 to R6 for a case whose faults have stopped and whose last run was done."""
    settled = list(_settled(case))
    _r1_each_purchase_once(case, settled)
    _r2_miles_are_the_models(case, settled)
    _r3_no_nonce_with_two_reports(case)
    _r4_stored_before_sent(case)
    _r5_index_is_the_contract(case, settled)
    assert 0 < case.drained_in_s <= DRAINS_WITHIN_S, f"R6: drained in {case.drained_in_s:.1f} s"
    _receipts_are_complete_and_true(case)


def _settled(case: FaultCase) -> Iterator[OnChain]:
    """Every report of the chain, in its order, from the event and the input of its tx."""
    settlement = case.contract("Settlement")
    logs = settlement.events.ReportSettled().get_logs(from_block=case.stage.deployment.start_block)
    for log in logs:
        tx = case.web3.eth.get_transaction(log["transactionHash"])
        _, arguments = settlement.decode_function_input(tx["input"])
        report = decode_report(next(value for value in arguments.values() if isinstance(value, bytes)))
        assert (report.lane, report.sequence) == (log["args"]["lane"], log["args"]["sequence"])
        block = case.web3.eth.get_block(log["blockNumber"])
        yield OnChain(report, log["args"]["results"], block["timestamp"])


def expected_purchases(case: FaultCase) -> dict[bytes, tuple[int, int]]:
    """What the feeds hold, each bill once, by the 16 bytes that stand for it: member and eligible amount."""
    agreements = deployed_partners(_agreements(case.stage.partners), case.stage.deployment).partners
    found: dict[bytes, tuple[int, int]] = {}
    members: dict[tuple[str, str | None], int] = {}
    for feed in case.feeds:
        for record in read_feed(feed, agreements):
            assert isinstance(record, SubmittedPurchase), record
            purchase = record.purchase
            facts = facts16(salt(PARTNER_SECRET, purchase.dedupe_key), canonical_facts(purchase))
            own = MEMBERS.get(record.member or "", 0)
            # What changes a sale is its member's, unless that was nobody.
            member = members.setdefault((purchase.partner, purchase.amends or purchase.sale_ref), own) or own
            found[facts] = (member, purchase.eligible_minor)
    return found


@cache
def _agreements(folder: Path) -> tuple[Partner, ...]:
    # Read once a stage: it takes a quarter of the time that all promises take.
    return load_partners([folder])


def _r1_each_purchase_once(case: FaultCase, settled: list[OnChain]) -> None:
    entries = [entry for one in settled for section in one.report.sections for entry in section.entries]
    times = Counter(entry.facts for entry in entries)
    expected = expected_purchases(case)
    assert times == Counter(expected.keys()), "R1: a purchase settled twice, or not at all"
    assert {entry.facts: (entry.member, entry.eligible_minor) for entry in entries} == expected
    lanes: dict[int, list[int]] = defaultdict(list)
    numbers: dict[int, list[int]] = defaultdict(list)
    for one in settled:
        lanes[one.report.lane].append(one.report.sequence)
        for section in one.report.sections:
            numbers[section.partner_id] += [section.first_number + i for i in range(len(section.entries))]
    for given in (*lanes.values(), *numbers.values()):
        assert given == list(range(1, len(given) + 1)), "R1: sequences and purchase numbers have no gap"


def _r2_miles_are_the_models(case: FaultCase, settled: list[OnChain]) -> None:
    books = Model(case.plan, enrolled=len(MEMBERS)).books
    for one in settled:
        judged = settle(one.report, books, now_s=one.block_time, attached=attached_of(one.report))
        assert [own.settled for own in judged] == decode_results(one.results, one.report), (
            "R2: outcome and miles"
        )
    lens = case.contract("MilesLens")
    for member in MEMBERS.values():
        lots = lens.functions.lotsOf(case.stage.deployment.addresses.ledger, member).call()
        own = [(lot.miles, lot.last_day, lot.version) for lot in books.ledger.lots_of(member)]
        assert [tuple(lot)[:3] for lot in lots] == own, f"R2: lots of member {member}"
    totals = _totals(case)
    assert totals["credited"] == books.ledger.credited, "R2: the grand total"
    assert totals["reversed"] == books.ledger.reversed, "R2: what was taken back"


def _r3_no_nonce_with_two_reports(case: FaultCase) -> None:
    stored = case.sql("SELECT sender, nonce FROM txs GROUP BY 1, 2 HAVING count(DISTINCT content_hash) > 1")
    assert stored == [], "R3: in the database"
    carried = defaultdict(set)
    for sent in case.proxy.sent:
        carried[sent.sender, sent.nonce].add(sent.data)
    assert all(len(data) == 1 for data in carried.values()), "R3: on the wire"


def _r4_stored_before_sent(case: FaultCase) -> None:
    # Only what settles is stored: enrolling is done again from what the ledger says.
    sent = [sent for sent in case.proxy.sent if sent.sender == RELAYER.address]
    assert sent and all(one.was_stored for one in sent), "R4: sent and not stored before"


def _r5_index_is_the_contract(case: FaultCase, settled: list[OnChain]) -> None:
    states = dict(case.sql("SELECT state, count(*) FROM purchases GROUP BY 1"))
    assert states == {"settled_final": len(expected_purchases(case))}, "R5: purchases"
    reports = dict(case.sql("SELECT state, count(*) FROM reports WHERE state != 'failed' GROUP BY 1"))
    assert reports == {"final": len(settled)}, "R5: reports"
    twice = "SELECT content_hash FROM txs WHERE state = 'final' GROUP BY 1 HAVING count(*) > 1"
    assert case.sql(twice) == [], "R5: one final tx a report"
    sums = dict(case.sql("SELECT member_id, sum(credited - taken) FROM settled_purchases GROUP BY 1"))
    lens = case.contract("MilesLens")
    for member in MEMBERS.values():
        lots = lens.functions.lotsOf(case.stage.deployment.addresses.ledger, member).call()
        assert sums.get(member, 0) == sum(lot[0] for lot in lots), f"R5: miles of member {member}"
    totals = _totals(case)
    assert sum(sums.values()) == totals["credited"] - totals["reversed"], "R5: miles of all"
    registry = case.contract("PartnerRegistry")
    for partner, last in case.sql("SELECT partner_id, max(number) FROM settled_purchases GROUP BY 1"):
        assert _named(registry, "partnerOf", partner)["lastNumber"] == last, "R5: purchase numbers"
    ((number, block_hash),) = case.sql("SELECT block_number, block_hash FROM chain_cursor")
    assert bytes(case.web3.eth.get_block(number)["hash"]) == block_hash, "R5: the block read up to"


def _receipts_are_complete_and_true(case: FaultCase) -> None:
    verifier = ReceiptVerifier(
        Node(case.web3, "anvil"), case.stage.deployment.addresses.receipts, case.stage.deployment.chain_id
    )
    files = sorted(case.receipts.iterdir())
    assert [file.suffix for file in files] == [".json"] * len(expected_purchases(case))
    for file in files:
        assert verifier.is_true(read_receipt_text(file.read_text(encoding="utf-8"))), file


def _totals(case: FaultCase) -> dict[str, int]:
    return _named(case.contract("MilesLedger"), "totals")


def _named(contract: Contract, function: str, *arguments: Any) -> dict[str, Any]:
    """A struct that a view gives, by the names of its fields."""
    found = contract.get_function_by_name(function)(*arguments)
    (struct,) = found.abi["outputs"]
    return dict(zip((part["name"] for part in struct["components"]), found.call(), strict=True))
