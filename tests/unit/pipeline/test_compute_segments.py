"""Computing segments.

given settled purchases              then every account is judged by its own, merged ones with their heir's
    when nothing was credited        then it is no visit
    when they are in another money   then they count by the file's rate, and without one it is refused
given profiles on chain              then only bits that the rules compute change, and tiers stay
    when written                     then so many go out in one tx, and a second run finds nothing
    when the caller may not          then nothing is written
"""

from fractions import Fraction
from typing import Any

import pytest

from milepost.domain.purchase import PurchaseKind
from milepost.domain.segments import Bound, Measure, Segment, SegmentRules, Visit
from milepost.pipeline import compute_segments as module
from milepost.pipeline.compute_segments import (
    Change,
    CurrencyWithoutRate,
    SegmentSize,
    compare_profiles,
    compute_segments,
    known_members,
    settled_histories,
    visits_of,
    write_segments,
)
from milepost.pipeline.read_settlements import read_settlements
from milepost.ports import LedgerHistory, MemberProfile, TxUnderfunded
from milepost.testing import FakeMemberLedger
from tests.support.programme import MEMBERS, Oracle, submitted, three_bills
from tests.support.purchases import a_purchase

# The bills' own day, 14 May 2018.
TODAY = 10_360
SEEN = Segment("seen", 1, "Seen", (Bound(Measure.VISITS, least=1),))
UNSEEN = Segment("unseen", 2, "Not seen", (Bound(Measure.VISITS, most=0),))
STAFF = Segment("staff", 31, "By hand")


def a_file(**changes: Any) -> SegmentRules:
    usual: dict[str, Any] = {"segments": (SEEN, UNSEEN, STAFF), "currency": "HKD", "rates": {}}
    return SegmentRules("sample", **{**usual, **changes})


def _settled() -> Oracle:
    """Member 1 has one bill of HKD 596.00 eligible, member 2 another; the third bill is nobody's."""
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    return oracle


def _histories(oracle: Oracle, **heirs: int) -> dict[int, list[Visit]]:
    merged = {int(account.removeprefix("of_")): heir for account, heir in heirs.items()}
    return settled_histories(oracle.store, a_file(), enrolled=3, heirs=merged)


def test_settled_histories__every_account__has_its_own_visits() -> None:
    visit = Visit(TODAY, 59_600, "putien/causeway-bay", "dine-in")
    assert _histories(_settled()) == {1: [visit], 2: [visit], 3: []}


def test_settled_histories__merged__go_along_to_the_heir() -> None:
    assert {member: len(visits) for member, visits in _histories(_settled(), of_2=1).items()} == {1: 2, 3: 0}


def test_settled_histories__not_credited__is_no_visit() -> None:
    oracle = Oracle()
    oracle.chain.books.partners[1].is_suspended = True
    oracle.ingest(submitted("A-1"))
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    assert _histories(oracle)[1] == []


def test_settled_histories__voided_on_chain__is_no_visit() -> None:
    oracle = _settled()
    oracle.ingest(submitted("A-1001", None, kind=PurchaseKind.VOID))
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    assert {member: len(visits) for member, visits in _histories(oracle).items()} == {1: 0, 2: 1, 3: 0}


def test_visits_of__refunded_whole__is_none() -> None:
    void = a_purchase(kind=PurchaseKind.VOID, sale_ref="V-1", original_sale_ref="A-1001")
    assert list(visits_of([a_purchase(), void], a_file())) == []


def test_visits_of__other_money__counts_by_the_rate_rounded_down() -> None:
    yen = a_purchase(currency="JPY", eligible_minor=1_001)
    (visit,) = visits_of([yen], a_file(rates={"JPY": Fraction("0.0519")}))
    # 1,001 yen are HKD 51.9519.
    assert visit.spend == 5_195
    with pytest.raises(CurrencyWithoutRate, match="add JPY to the file's rates") as refused:
        list(visits_of([yen], a_file()))
    assert refused.value.exit_code == 2


def _compared(tiers: dict[int, int], segments: dict[int, int]) -> Any:
    found, bits = compute_segments(_histories(_settled()), a_file(), today=TODAY)
    assert (found.members, found.visits, found.changes) == (3, 2, ())
    return compare_profiles(found, bits, a_file(), history=LedgerHistory({}, {}, tiers, segments))


def test_compare_profiles__bits_set_by_hand_and_tiers__stay() -> None:
    by_hand = 1 << 31 | 1 << 5
    found = _compared({1: 3}, {1: by_hand | 1 << 2, 2: 1 << 1})
    assert found.changes == (
        Change(1, MemberProfile(3, by_hand | 1 << 2), MemberProfile(3, by_hand | 1 << 1)),
        Change(3, MemberProfile(0, 0), MemberProfile(0, 1 << 2)),
    )
    assert found.sizes == {"seen": SegmentSize(2, joined=1, left=0), "unseen": SegmentSize(1, 1, 1)}


def test_compute_segments__chain_not_looked_at__sizes_say_so() -> None:
    found, _ = compute_segments({"M-1": []}, a_file(), today=TODAY)
    assert found.sizes == {"seen": SegmentSize(0), "unseen": SegmentSize(1)}


def test_known_members__numbers_nobody_has__are_left_out() -> None:
    oracle, visit = Oracle(), Visit(TODAY, 1, "putien/soho")
    assert known_members({MEMBERS[1]: [visit], "nobody": [visit]}, oracle.members) == {2: [visit]}


def test_write_segments__many__go_out_so_many_a_tx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROFILES_A_TX", 2)
    ledger = FakeMemberLedger(_settled().chain.books.ledger)
    heard: list[int] = []
    changes = _compared({1: 2}, {}).changes
    assert write_segments(changes, ledger=ledger, on_batch=heard.append) == 2
    assert (ledger.txs, heard) == (2, [2, 1])
    assert ledger.profiles == {1: MemberProfile(2, 2), 2: MemberProfile(0, 2), 3: MemberProfile(0, 4)}
    written = {member: profile.segments for member, profile in ledger.profiles.items()}
    assert _compared({1: 2}, written).changes == ()
    assert write_segments([], ledger=ledger) == 0


def test_write_segments__caller_may_not__writes_nothing() -> None:
    ledger = FakeMemberLedger(_settled().chain.books.ledger, refuses=TxUnderfunded("send funds"))
    with pytest.raises(TxUnderfunded):
        write_segments(_compared({}, {}).changes, ledger=ledger)
    assert ledger.profiles == {}
