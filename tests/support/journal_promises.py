"""What every journal of a reporter promises, tested on the SQL one and on the fake in memory alike."""

from collections.abc import Callable
from dataclasses import replace

from milepost.domain.quantities import Lane, ReportSequence
from milepost.ports import Disagreement, PurchaseState, SignedCut, Store
from milepost.ports.signing import MOST_CUTS, MOST_DISAGREEMENTS
from tests.support.stored import a_record

ASKING = f"0x{'B' * 40}"


def _stored(store: Store, *sale_refs: str) -> list[int]:
    records = [a_record(sale_ref) for sale_ref in sale_refs]
    with store.unit_of_work() as work:
        work.purchases.add(records, state=PurchaseState.ACCEPTED, received_at=1)
        found = work.purchases.by_keys([record.key for record in records])
    return [found[record.key].purchase_id for record in records]


def _cut(sequence: int, report_bytes: bytes, ids: list[int]) -> SignedCut:
    return SignedCut(Lane(3), ReportSequence(sequence), report_bytes, tuple(ids), 77, ASKING)


def cuts_come_back_by_their_purchases(store: Store) -> None:
    first, second, third = _stored(store, "a", "b", "c")
    later, earlier = _cut(5, b"later", [third, second]), _cut(4, b"earlier", [first, second])
    with store.unit_of_work() as work:
        for cut in (later, earlier, earlier):
            work.journal.add_cut(cut)
    with store.unit_of_work() as work:
        assert work.journal.cuts_of([second]) == [earlier, later]
        assert work.journal.cuts_of([first, third]) == [earlier, later]
        assert work.journal.cuts_of([third]) == [later]
        assert work.journal.cuts_of([]) == [] == work.journal.cuts_of([999])


def cuts_of_one_sequence_are_bounded_for_each_who_asks(store: Store) -> None:
    (only,) = _stored(store, "a")
    with store.unit_of_work() as work:
        cuts = [_cut(4, bytes([place]), [only]) for place in range(MOST_CUTS + 2)]
        assert [work.journal.add_cut(cut) for cut in cuts] == [True] * MOST_CUTS + [False] * 2
        assert work.journal.add_cut(cuts[0])
        assert work.journal.add_cut(replace(cuts[-1], asked_by=f"0x{'C' * 40}"))
        assert work.journal.add_cut(_cut(5, b"later", [only]))
    with store.unit_of_work() as work:
        assert len(work.journal.cuts_of([only])) == MOST_CUTS + 2


def cuts_of_settled_sequences_are_forgotten(store: Store) -> None:
    first, second = _stored(store, "a", "b")
    settled, later = _cut(4, b"settled", [first, second]), _cut(5, b"later", [second])
    of_another = replace(_cut(3, b"another", [first]), lane=Lane(2))
    with store.unit_of_work() as work:
        for cut in (settled, later, of_another):
            work.journal.add_cut(cut)
        work.journal.forget_cuts(Lane(3), ReportSequence(4))
    with store.unit_of_work() as work:
        assert work.journal.cuts_of([first, second]) == [of_another, later]


def disagreements_are_kept_once(store: Store) -> None:
    reporter = f"0x{'A' * 40}"
    one = Disagreement(reporter, Lane(0), ReportSequence(1), b"proposed", b"own", 5)
    with store.unit_of_work() as work:
        assert work.journal.add_disagreement(one)
        assert not work.journal.add_disagreement(replace(one, noticed_at=9))
        assert work.journal.add_disagreement(replace(one, own=b"another"))
    with store.unit_of_work() as work:
        assert work.journal.disagreements() == [one, replace(one, own=b"another")]


def disagreements_of_one_sequence_are_bounded(store: Store) -> None:
    one = Disagreement(f"0x{'A' * 40}", Lane(0), ReportSequence(1), b"proposed", b"own", 5)
    with store.unit_of_work() as work:
        kept = [
            work.journal.add_disagreement(replace(one, proposed=bytes([place])))
            for place in range(MOST_DISAGREEMENTS + 2)
        ]
        assert kept == [True] * MOST_DISAGREEMENTS + [False] * 2
        assert work.journal.add_disagreement(replace(one, sequence=ReportSequence(2)))


def the_newest_purchase_says_when_it_came(store: Store) -> None:
    with store.unit_of_work() as work:
        assert work.purchases.newest_received_at() is None
        work.purchases.add([a_record("a")], state=PurchaseState.ACCEPTED, received_at=9)
        work.purchases.add([a_record("b")], state=PurchaseState.ACCEPTED, received_at=7)
        assert work.purchases.newest_received_at() == 7


JOURNAL_PROMISES: tuple[Callable[[Store], None], ...] = (
    cuts_come_back_by_their_purchases,
    cuts_of_one_sequence_are_bounded_for_each_who_asks,
    cuts_of_settled_sequences_are_forgotten,
    disagreements_are_kept_once,
    disagreements_of_one_sequence_are_bounded,
    the_newest_purchase_says_when_it_came,
)
