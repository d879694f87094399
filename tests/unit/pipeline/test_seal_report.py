"""Sealing a report.

given no accepted purchase of the lane             then there is none
given accepted purchases                           then sections by partner id, in them by time, then key
    when more than a report takes                  then the oldest go first, and numbers go on in the next
    when one is too long after the first           then it waits
    when a member is unknown                       then the entry says 0
    when one lies ahead of the chain's time        then it waits, and holds up no other
given the chain settled more than the store knows  then nothing is sealed
    when what it settled is not seen as ours       then nothing is sealed either
    when what it settled was given up here         then nothing is sealed until that is final
given partner, outlet or offset is not deployed    then nothing is sealed
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from milepost.codec.digest import content_hash
from milepost.codec.report_bytes import decode_report
from milepost.domain.errors import WhoActs
from milepost.pipeline.build_report import DeployedPartners, PartnerNotDeployed
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.reconcile import ReconciliationError
from milepost.pipeline.relay_report import watch_report
from milepost.pipeline.seal_report import SettledElsewhere, seal_report
from milepost.pipeline.sign_report import counting_signatures
from milepost.ports import PurchaseRecord, PurchaseState, ReportState, StoredPurchase
from milepost.testing import MemoryStore
from tests.support.programme import MEMBERS, NOON_S, PARTNERS, Oracle, submitted, three_bills
from tests.support.purchases import a_purchase, an_accepted_purchase


def test_seal_report__no_purchases__seals_nothing() -> None:
    oracle = Oracle()
    assert seal_report(0, oracle.sealing, oracle.chain) is None


def test_seal_report__another_lane__seals_nothing() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    assert seal_report(1, oracle.sealing, oracle.chain) is None


def test_seal_report__three_bills__are_in_sections_by_partner() -> None:
    oracle = Oracle()
    oracle.ingest(*reversed(list(three_bills())))
    sealed = oracle.sealed()
    report = decode_report(sealed.report_bytes)
    assert sealed.content_hash == content_hash(sealed.report_bytes)
    assert (report.lane, report.sequence, sealed.state) == (0, 1, ReportState.SEALED)
    assert [(section.partner_id, section.first_number) for section in report.sections] == [(1, 1), (2, 1)]
    assert [[entry.member for entry in section.entries] for section in report.sections] == [[1, 2], [0]]
    assert oracle.states() == {"reported": 3}


def test_seal_report__times_out_of_order__are_put_in_order() -> None:
    oracle = Oracle()
    noon = a_purchase().occurred_at
    oracle.ingest(
        submitted("c", occurred_at=noon),
        submitted("a", occurred_at=noon + timedelta(seconds=5)),
        submitted("b", occurred_at=noon),
        submitted("d", occurred_at=noon - timedelta(hours=3)),
    )
    sealed = oracle.sealed()
    (section,) = decode_report(sealed.report_bytes).sections
    assert section.base_time == int(noon.timestamp()) - 3 * 3600
    assert [entry.seconds for entry in section.entries] == [0, 10_800, 10_800, 10_805]
    with oracle.store.unit_of_work() as work:
        ids = work.reports.purchase_ids(sealed.content_hash)
        purchases = work.purchases.by_ids(ids)
    assert [purchases[purchase_id].purchase.sale_ref for purchase_id in ids] == ["d", "b", "c", "a"]


def test_seal_report__more_than_it_takes__goes_on_in_the_next() -> None:
    oracle = Oracle()
    oracle.ingest(*(submitted(f"{number}") for number in range(5)))
    first, second = oracle.sealed(most=3), oracle.sealed(most=3)
    assert [decode_report(sealed.report_bytes).purchase_count for sealed in (first, second)] == [3, 2]
    assert (second.sequence, second.sections[0].first_number) == (2, 4)


def test_seal_report__partner_settled_before__numbers_go_on_from_the_chain() -> None:
    """A store that was rebuilt knows no numbers; the chain does."""
    oracle = Oracle()
    oracle.chain._facts.numbers[1] = 41
    oracle.ingest(submitted())
    assert oracle.sealed().sections[0].first_number == 42


def test_seal_report__chain_knows_more__seals_nothing() -> None:
    oracle = Oracle()
    oracle.chain._facts.sequences[0] = 7
    oracle.ingest(submitted())
    with pytest.raises(ReconciliationError, match="settled up to report 7, and the store knows 0"):
        oracle.sealed()
    assert oracle.states() == {"accepted": 1}


def test_seal_report__sequence_settled_by_who_knows_which_cut__seals_nothing_more() -> None:
    """Found by attack on an old copy: another cut of our open report was settled, and its block not final.

    Numbers and sequence would have gone on, and a purchase of that cut would have been settled twice.
    """
    theirs = Oracle()
    ours = replace(theirs, store=MemoryStore())
    ours.ingest(submitted("A-1"), submitted("A-2"))
    ours.signed()
    ours.ingest(submitted("A-3"))
    theirs.ingest(submitted("A-2"), submitted("A-3"))
    theirs.relayed()
    with pytest.raises(
        SettledElsewhere, match="Report 1 of lane 0 is settled by a tx that this store"
    ) as stop:
        ours.sealed()
    assert stop.value.who_acts is WhoActs.RETRY
    assert ours.states() == {"reported": 2, "accepted": 1}


@pytest.mark.parametrize(("ahead_s", "is_sealed"), [(600, True), (601, False)])
def test_seal_report__ahead_of_the_chains_time__waits_as_the_contract_judges(
    ahead_s: int, is_sealed: bool
) -> None:
    oracle = Oracle()
    occurred_at = datetime.fromtimestamp(NOON_S + ahead_s, UTC).astimezone(timezone(timedelta(hours=8)))
    with oracle.store.unit_of_work() as work:
        _put(work, an_accepted_purchase(occurred_at=occurred_at))
    assert (seal_report(0, oracle.sealing, oracle.chain) is not None) is is_sealed
    if not is_sealed:
        # Nobody sent anything: the newest block is as old as before, and a block made now would take it.
        oracle.chain.idle_s = 1
        assert oracle.sealed()


def test_seal_report__the_oldest_wait__later_arrivals_go_first() -> None:
    oracle = Oracle()
    later = datetime.fromtimestamp(NOON_S + 3_600, UTC).astimezone(timezone(timedelta(hours=8)))
    with oracle.store.unit_of_work() as work:
        for number in range(3):
            _put(work, an_accepted_purchase(sale_ref=f"ahead-{number}", occurred_at=later))
    oracle.ingest(submitted("A-1"))
    report = decode_report(oracle.sealed(most=2).report_bytes)
    assert report.purchase_count == 1
    assert oracle.states() == {"accepted": 3, "reported": 1}


@pytest.mark.parametrize(
    ("offset", "choice"), [("2018-01-14T12:30:05-05:00", 0), ("2018-05-14T12:30:05-04:00", 1)]
)
def test_seal_report__outlet_with_two_offsets__says_which_held(offset: str, choice: int) -> None:
    stored = an_accepted_purchase(outlet="soho", occurred_at=datetime.fromisoformat(offset))
    oracle = Oracle()
    oracle.chain.advance_to(max(oracle.chain.now(), stored.purchase.occurred_at_s))
    with oracle.store.unit_of_work() as work:
        _put(work, stored)
    (section,) = decode_report(oracle.sealed().report_bytes).sections
    assert (section.entries[0].outlet, section.entries[0].offset_choice) == (2, choice)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"outlet": "atlantis"}, "no outlet atlantis of putien"),
        (
            {"occurred_at": datetime.fromisoformat("2018-05-14T12:30:05+09:00")},
            "no UTC offset of 540 minutes",
        ),
        (
            {"occurred_at": datetime.fromisoformat("2018-05-14T12:30:05+08:01")},
            "no UTC offset of 481 minutes",
        ),
    ],
)
def test_seal_report__outlet_not_deployed_so__seals_nothing(
    changes: dict[str, object], sentence: str
) -> None:
    oracle = Oracle()
    with oracle.store.unit_of_work() as work:
        _put(work, an_accepted_purchase(**changes))
    with pytest.raises(PartnerNotDeployed, match=sentence):
        oracle.sealed()
    assert oracle.states() == {"accepted": 1}


def test_seal_report__partner_without_id__seals_nothing() -> None:
    oracle = Oracle()
    oracle.ingest(submitted())
    sealing = replace(oracle.sealing, partners=DeployedPartners(PARTNERS, {}))
    with pytest.raises(PartnerNotDeployed, match="no partner putien"):
        seal_report(0, sealing, oracle.chain)


def _put(work: object, stored: StoredPurchase) -> None:
    record = PurchaseRecord(stored.purchase, Oracle().members.key_of(MEMBERS[0]), bytes(32))
    work.purchases.add([record], state=PurchaseState.ACCEPTED, received_at=0)


def test_seal_report__another_settled_what_was_given_up__waits_until_that_is_final() -> None:
    """Found by the state machine: the store was called older than the chain, and it was not."""
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.chain.automine, oracle.chain.finality = False, 2
    report = oracle.relayed()
    oracle.chain.refuses_reports = True
    oracle.chain.mine()
    failed = watch_report(report.content_hash, oracle.store, chain=oracle.chain)
    assert failed.state is ReportState.FAILED
    oracle.chain.refuses_reports = False
    signatures = counting_signatures(report, oracle.store, chain=oracle.chain).signatures
    oracle.chain.settle_by_another(report.report_bytes, b"".join(one.signature for one in signatures))
    with pytest.raises(SettledElsewhere, match="Report 1 of lane 0"):
        oracle.sealed()
    for _ in range(2):
        oracle.chain.mine()
    assert read_settlements(oracle.store, chain=oracle.chain).reports == (report.content_hash,)
    assert seal_report(0, oracle.sealing, oracle.chain) is None
