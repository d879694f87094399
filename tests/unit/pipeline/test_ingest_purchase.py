"""Ingesting a record.

given nothing of its key is stored
    when it is within the programme's days and minutes    then it is accepted, and stored without the number
    when it is older, or further ahead                    then it is rejected with a code, and not stored
    when the chain lags behind this machine, or is ahead  then this machine tells what is ahead, or it stops
given its key is stored
    when its content is the same                          then it is a duplicate, with the first answer
    when facts or member differ                           then it is a conflict, kept once, never applied
given it changes a sale                                   then it is taken however old, revisions rising
given it is a rejection of the feed                       then it is passed on with line and code
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from milepost.domain.purchase import PurchaseKind, SubmittedPurchase
from milepost.pipeline.compare_clocks import ClocksDiffer
from milepost.pipeline.ingest_purchase import AnswerKind, Ingest, ingest_many, ingest_purchase
from milepost.ports import PurchaseState, Rejection
from tests.support.clocks import FixedClock
from tests.support.programme import ACCEPT, MEMBERS, NOON_S, Oracle, submitted


def test_ingest_purchase__new__is_accepted_and_stored() -> None:
    oracle = Oracle()
    answer = ingest_purchase(submitted(), Ingest(oracle.store, oracle.members, ACCEPT, oracle.chain))
    assert answer.kind is AnswerKind.ACCEPTED
    with oracle.store.unit_of_work() as work:
        stored = work.purchases.by_key(answer.key)
    assert (stored.purchase, stored.state) == (submitted().purchase, PurchaseState.ACCEPTED)
    assert stored.received_at == NOON_S


def test_ingest_many__a_member__is_stored_as_a_keyed_hash_only() -> None:
    oracle = Oracle()
    oracle.ingest(submitted(member=MEMBERS[0]))
    with oracle.store.unit_of_work() as work:
        stored = work.purchases.by_key(submitted().purchase.dedupe_key)
    assert stored.member_key == oracle.members.key_of(MEMBERS[0])
    assert MEMBERS[0] not in repr(stored)


def test_ingest_many__sent_again__is_a_duplicate_with_the_first_answer() -> None:
    oracle = Oracle()
    oracle.ingest(submitted())
    (answer,) = oracle.ingest(submitted())
    assert (answer.kind, answer.first) == (AnswerKind.DUPLICATE, AnswerKind.ACCEPTED)
    assert oracle.states() == {"accepted": 1}


def test_ingest_many__twice_in_one_file__is_accepted_once() -> None:
    oracle = Oracle()
    kinds = [answer.kind for answer in oracle.ingest(submitted(), submitted(), submitted(member=None))]
    assert kinds == [AnswerKind.ACCEPTED, AnswerKind.DUPLICATE, AnswerKind.CONFLICT]
    assert oracle.states() == {"accepted": 1}


@pytest.mark.parametrize(
    ("ahead_s", "kind"),
    [(3_600, AnswerKind.ACCEPTED), (3_600 + 600, AnswerKind.ACCEPTED), (3_600 + 601, AnswerKind.REJECTED)],
)
def test_ingest_many__chain_lags_an_hour__takes_what_is_true_by_this_machine(
    ahead_s: int, kind: AnswerKind
) -> None:
    oracle = Oracle()
    bill = submitted(occurred_at=datetime.fromtimestamp(NOON_S + ahead_s, UTC))
    ingest = Ingest(oracle.store, oracle.members, ACCEPT, oracle.chain, FixedClock(NOON_S + 3_600))
    assert ingest_purchase(bill, ingest).kind is kind


def test_ingest_many__chain_is_ahead_of_this_machine__stops_and_stores_nothing() -> None:
    oracle = Oracle()
    ingest = Ingest(oracle.store, oracle.members, ACCEPT, oracle.chain, FixedClock(NOON_S - 3_600))
    with pytest.raises(ClocksDiffer):
        ingest_purchase(submitted(), ingest)
    assert oracle.states() == {}


def test_ingest_many__sent_again_when_too_old__stays_a_duplicate() -> None:
    oracle = Oracle()
    oracle.ingest(submitted())
    oracle.chain.advance_to(NOON_S + 400 * 86_400)
    (answer,) = oracle.ingest(submitted())
    assert answer.kind is AnswerKind.DUPLICATE


@pytest.mark.parametrize(
    "other", [submitted(gross_minor=61601), submitted(member=MEMBERS[1]), submitted(member=None)]
)
def test_ingest_many__same_key_other_content__is_a_conflict_kept_once(other: object) -> None:
    oracle = Oracle()
    oracle.ingest(submitted())
    answers = oracle.ingest(other, other)
    assert [(answer.kind, answer.code) for answer in answers] == [(AnswerKind.CONFLICT, "conflict")] * 2
    with oracle.store.unit_of_work() as work:
        (kept,) = work.purchases.conflicts()
        first = work.purchases.by_key(submitted().purchase.dedupe_key)
    assert (kept.first_id, kept.record.purchase) == (first.purchase_id, other.purchase)
    assert first.purchase == submitted().purchase


def _bill_at(second: int) -> datetime:
    usual = submitted().purchase.occurred_at
    return usual + timedelta(seconds=second - int(usual.timestamp()))


@pytest.mark.parametrize(
    ("occurred_s", "kind", "code"),
    [
        (NOON_S - 90 * 86_400, AnswerKind.ACCEPTED, None),
        (NOON_S - 90 * 86_400 - 1, AnswerKind.REJECTED, "too_old"),
        (NOON_S + 600, AnswerKind.ACCEPTED, None),
        (NOON_S + 601, AnswerKind.REJECTED, "in_future"),
    ],
)
def test_ingest_many__at_the_limits_of_time__includes_exactly_the_limit(
    occurred_s: int, kind: AnswerKind, code: str | None
) -> None:
    oracle = Oracle()
    (answer,) = oracle.ingest(submitted(occurred_at=_bill_at(occurred_s)))
    assert (answer.kind, answer.code) == (kind, code)
    assert oracle.states() == ({"accepted": 1} if kind is AnswerKind.ACCEPTED else {})


def _amend(revision: int, **changes: object) -> SubmittedPurchase:
    return submitted(kind=PurchaseKind.AMEND, revision=revision, **changes)


def test_ingest_many__revisions_of_a_bill__must_rise_in_a_file_and_over_files() -> None:
    oracle = Oracle()
    other = _amend(1, source="till-8")
    codes = [answer.code for answer in oracle.ingest(_amend(2), _amend(1), other, _amend(3), _amend(2))]
    assert codes == [None, "revision_not_rising", None, None, None]
    (again, lower) = oracle.ingest(_amend(3), _amend(1, eligible_minor=1))
    assert (again.kind, lower.kind) == (AnswerKind.DUPLICATE, AnswerKind.REJECTED)
    assert "as revision 4" in str(lower.sentence)


@pytest.mark.parametrize("kind", [PurchaseKind.REFUND, PurchaseKind.VOID])
def test_ingest_many__refund_older_than_a_sale_may_be__is_taken(kind: PurchaseKind) -> None:
    oracle = Oracle()
    oracle.chain.advance_to(NOON_S + 1_000 * 86_400)
    old = submitted("R-1", kind=kind, original_sale_ref="A-1001")
    assert [answer.kind for answer in oracle.ingest(old, submitted())] == ["accepted", "rejected"]


def test_ingest_many__a_feeds_rejection__is_answered_in_its_place() -> None:
    oracle = Oracle()
    answers = oracle.ingest(submitted("1"), Rejection(3, "bad_amount", "No amount."), submitted("2"))
    assert [answer.kind.value for answer in answers] == ["accepted", "rejected", "accepted"]
    assert (answers[1].line, answers[1].code, answers[1].sentence) == (3, "bad_amount", "No amount.")


def test_ingest_many__more_than_a_unit__answers_all_in_order() -> None:
    oracle = Oracle()
    answers = oracle.ingest(*(submitted(f"{number}") for number in range(2_345)))
    assert [answer.key.sale_ref for answer in answers] == [f"{number}" for number in range(2_345)]
    assert oracle.states() == {"accepted": 2_345}


def test_ingest_many__records_so_far__are_stored_before_the_next_are_read() -> None:
    """A file larger than memory, or one that breaks off, keeps what was answered."""
    oracle = Oracle()

    def breaking_off() -> object:
        yield from (submitted(f"{number}") for number in range(1_000))
        raise OSError("the disk went away")

    answers = ingest_many(breaking_off(), Ingest(oracle.store, oracle.members, ACCEPT, oracle.chain))
    with pytest.raises(OSError, match="went away"):
        list(answers)
    assert oracle.states() == {"accepted": 1_000}


def test_ingest_many__rows_of_a_file__keep_their_line_in_every_answer() -> None:
    first, again = replace(submitted(), line=2), replace(submitted(), line=3)
    other = replace(submitted(member=None), line=4)
    answers = Oracle().ingest(first, again, other)
    assert [(answer.kind.value, answer.line) for answer in answers] == [
        ("accepted", 2),
        ("duplicate", 3),
        ("conflict", 4),
    ]


def test_store_for__amendments__go_in_where_what_is_read_stays_true() -> None:
    oracle = Oracle()
    adding = Oracle().store
    ingest = Ingest(oracle.store, oracle.members, ACCEPT, oracle.chain, adding=adding)
    amendment = submitted("A-2", kind=PurchaseKind.AMEND, revision=1)
    assert ingest.store_for([submitted()]) is adding
    assert ingest.store_for([submitted(), amendment]) is oracle.store
    assert replace(ingest, adding=None).store_for([submitted()]) is oracle.store
