"""What must hold of the oracle: R1 to R6 once it is quiet, and INV-8 after every step.

Read from what the fake chain settled and what the store holds, not by the steps that wrote it.
"""

from collections import Counter, defaultdict

from milepost.codec.digest import content_hash
from milepost.codec.facts import canonical_facts, facts16, salt
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.domain.purchase import DedupeKey, Purchase
from milepost.ports import PurchaseState, ReportState, SettledLog, Store
from milepost.testing import FakeSettlementChain, FixedSecrets
from milepost.testing.fake_pool import carried_by, nonce_of


def settled_logs(chain: FakeSettlementChain) -> list[SettledLog]:
    """Every report that stands on the chain now, final or not."""
    return [log for log in chain.facts.logs if isinstance(log, SettledLog)]


def require_final_is_final(store: Store, chain: FakeSettlementChain) -> None:
    """INV-8: what the store calls final is in a final block, and what it read is what stands there."""
    final = chain.final_block()
    blocks = {content_hash(log.report_bytes): log.block_number for log in settled_logs(chain)}
    with store.unit_of_work() as work:
        for report in work.reports.in_states(ReportState.FINAL):
            assert blocks[report.content_hash] <= final.number, "INV-8: a final report's block is not final"
            assert work.receipts.log_of(report.content_hash) is not None, (
                "INV-8: a final report without its log"
            )
        finals = sum(
            len(work.reports.purchase_ids(report.content_hash))
            for report in work.reports.in_states(ReportState.FINAL)
        )
        assert work.purchases.count_by_state().get(PurchaseState.SETTLED_FINAL, 0) == finals, (
            "INV-8: purchases"
        )
        up_to = work.receipts.read_up_to()
    if up_to is not None:
        assert up_to.number <= final.number and chain.block(up_to.number) == up_to, (
            "INV-8: the block read up to"
        )


def require_promises(
    store: Store, chain: FakeSettlementChain, accepted: dict[DedupeKey, Purchase], secrets: FixedSecrets
) -> None:
    """R1, R2, R3 and R5 of the relaying rules; R4 is asked of every tx as it is sent, R6 of the last runs."""
    logs = settled_logs(chain)
    reports = [decode_report(log.report_bytes) for log in logs]
    entries = [entry for report in reports for section in report.sections for entry in section.entries]
    expected = Counter(
        facts16(salt(secrets.secret_of(key.partner), key), canonical_facts(purchase))
        for key, purchase in accepted.items()
    )
    assert Counter(entry.facts for entry in entries) == expected, (
        "R1: a purchase settled twice, or not at all"
    )
    results = [
        result for log in logs for result in decode_results(log.results, decode_report(log.report_bytes))
    ]
    miles = sum(result.credited for result in results)
    assert miles == chain.ledger_credited(), "R2: miles credited are those that the results say"
    reversals = [reversal for log in logs for reversal in log.reversals]
    assert [one.miles for one in reversals] == [one.returned for one in results if one.returned], "R2: taken"
    carried: defaultdict[int, set[bytes]] = defaultdict(set)
    for raw in chain.sent:
        report_bytes, _ = carried_by(raw)
        if report_bytes:
            # What an operator uses a nonce up by carries none.
            carried[nonce_of(raw)].add(report_bytes)
    assert all(len(sent) == 1 for sent in carried.values()), "R3: a nonce carried two reports"
    with store.unit_of_work() as work:
        assert work.purchases.count_by_state() == (
            {PurchaseState.SETTLED_FINAL: len(accepted)} if accepted else {}
        )
        finals = {report.content_hash for report in work.reports.in_states(ReportState.FINAL)}
        assert finals == {content_hash(log.report_bytes) for log in logs}, (
            "R5: final reports are the settled ones"
        )
        assert work.receipts.totals().credited == miles, "R5: miles"
