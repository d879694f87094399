"""The store of a reporter that proposes nothing follows the chain.

given settled reports whose purchases the store has      then they are linked, once
given a report with a purchase that the store lacks      then it waits, and comes when that is fed
given a report that is not final                         then it is known as settled, and not linked
"""

from milepost.pipeline.follow_chain import follow_chain, settled_unlinked
from milepost.pipeline.reconcile import reconcile
from milepost.pipeline.restore_purchases import Rebuilding
from milepost.ports import PurchaseState
from tests.support.programme import DEPLOYED, Oracle, submitted, three_bills


def _follower(oracle: Oracle) -> tuple[Oracle, Rebuilding]:
    apart = Oracle(chain=oracle.chain)
    return apart, Rebuilding(apart.store, apart.members, DEPLOYED, apart.secrets)


def test_follow_chain__its_purchases_were_settled_by_others__links_them_once() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    apart, rebuilding = _follower(oracle)
    apart.ingest(submitted("Z-9"), *three_bills())
    oracle.relayed()
    assert follow_chain(rebuilding, oracle.chain).purchases == 3
    assert follow_chain(rebuilding, oracle.chain).purchases == 0
    assert apart.states() == {PurchaseState.SETTLED_FINAL: 3, PurchaseState.ACCEPTED: 1}
    assert reconcile(apart.store, oracle.chain).is_equal
    assert settled_unlinked(apart.store, oracle.chain) == []


def test_follow_chain__a_purchase_is_lacking__its_report_waits_for_it() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    apart, rebuilding = _follower(oracle)
    first, *others = three_bills()
    apart.ingest(first)
    oracle.relayed()
    assert sum(len(one.numbers) for one in follow_chain(rebuilding, oracle.chain).missing) == 2
    assert [log.sequence for log in settled_unlinked(apart.store, oracle.chain)] == [1]
    apart.ingest(*others)
    assert follow_chain(rebuilding, oracle.chain).purchases == 3


def test_settled_unlinked__a_report_is_not_final__is_known_all_the_same() -> None:
    oracle = Oracle()
    oracle.chain.finality = 2
    oracle.ingest(*three_bills())
    apart, rebuilding = _follower(oracle)
    apart.ingest(*three_bills())
    oracle.relayed()
    assert follow_chain(rebuilding, oracle.chain).purchases == 0
    assert [log.sequence for log in settled_unlinked(apart.store, oracle.chain)] == [1]
