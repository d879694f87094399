"""Replaying what changed accounts: the lots that come out are those the model of the ledger has."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.adjustment import AdjustmentKind
from milepost.domain.calendar import Align, local_day
from milepost.domain.outcome import Outcome
from milepost.domain.receipt import Amendment, Settled
from milepost.pipeline.explain_lots import Explained, explain_lots
from milepost.ports import AppliedLog, SettledLog, SettledPurchase
from tests.support.ledgers import a_lot, a_lot_ledger
from tests.support.stored import an_applied

NOON_S = 1_526_274_000
DAY_S = 86_400


def day_of(instant_s: int) -> int:
    return local_day(instant_s, 480)


def time_of(_block: int) -> int:
    return NOON_S


TODAY = day_of(NOON_S)


def a_credit(block: int, miles: int, last_day: int, member: int = 1) -> tuple[SettledPurchase, SettledLog]:
    settled = SettledPurchase(
        block, b"r" * 32, 0, 1, block, member, Settled(Outcome.CREDITED, miles, last_day)
    )
    return settled, SettledLog(0, block, b"", b"", b"", block, b"b" * 32, b"t" * 32)


def an_adjustment(block: int, kind: AdjustmentKind, **changes: object) -> AppliedLog:
    usual = {"member": 1, "decided_at": NOON_S}
    log = an_applied(block, kind)
    return replace(
        log, adjustment=replace(log.adjustment, **{**usual, **changes}), block_number=block, log_index=9
    )


def explained(*acts: object) -> Explained:
    purchases = [act for act in acts if isinstance(act, tuple)]
    adjustments = [act for act in acts if isinstance(act, AppliedLog)]
    return explain_lots(purchases, adjustments, day_of=day_of, time_of=time_of)


def test_explain_lots__debit__takes_the_soonest_of_those_that_live() -> None:
    found = explained(
        a_credit(1, 100, TODAY + 9),
        a_credit(2, 100, TODAY),
        a_credit(3, 100, TODAY - 1),
        an_adjustment(4, AdjustmentKind.DEBIT, miles=130),
        a_credit(5, 40, TODAY),
    )
    assert found.accounts == {1: {(TODAY, 1): 40, (TODAY + 9, 1): 70}}
    assert found.differences == ()


def a_refund(block: int, taken: int, last_day: int, **changes: int) -> tuple[SettledPurchase, SettledLog]:
    """It took so many miles of a sale whose lot lasts to that day."""
    credit, log = a_credit(block, 0, last_day)
    amendment = Amendment(1, 0, 0, 0, 0, 0, returned=taken)
    settled = replace(credit.settled, outcome=Outcome.REVERSED, amendment=amendment, **changes)
    return replace(credit, settled=settled, taken=taken), log


def test_explain_lots__refund__takes_from_its_sales_own_lot_and_then_the_soonest_that_live() -> None:
    found = explained(
        a_credit(1, 100, TODAY + 9),
        a_credit(2, 100, TODAY - 1),
        a_credit(3, 100, TODAY + 5),
        a_credit(4, 100, TODAY + 30),
        a_refund(5, 130, TODAY + 9),
    )
    assert found.accounts == {1: {(TODAY + 5, 1): 70, (TODAY + 30, 1): 100}}
    assert found.differences == ()


def test_explain_lots__refund_of_what_nobody_had__is_named() -> None:
    found = explained(a_credit(1, 20, TODAY), a_refund(2, 30, TODAY))
    assert found.differences == (
        "Purchase 2 of partner 1 took back 30 miles, and what is known before it accounts for 20.",
    )


def test_explain_lots__amend_up_and_debt_paid__only_what_was_added_and_kept_makes_a_lot() -> None:
    raised, log = a_credit(2, 150, TODAY)
    amendment = Amendment(1, 0, 0, 0, 0, 0, added=50)
    settled = replace(raised.settled, amendment=amendment, debt_offset=20)
    found = explained(a_credit(1, 100, TODAY), (replace(raised, settled=settled), log))
    assert found.accounts == {1: {(TODAY, 1): 130}}


def test_explain_lots__same_block__goes_by_the_place_of_the_log() -> None:
    credit, log = a_credit(4, 100, TODAY + 1)
    debit = an_adjustment(4, AdjustmentKind.DEBIT, miles=100)
    after = explain_lots([(credit, replace(log, log_index=8))], [debit], day_of=day_of, time_of=time_of)
    assert (after.accounts, after.differences) == ({1: {}}, ())
    before = explain_lots([(credit, replace(log, log_index=10))], [debit], day_of=day_of, time_of=time_of)
    assert before.accounts == {1: {(TODAY + 1, 1): 100}}
    assert before.differences == (
        "Adjustment 4 took back 100 miles, and purchases and adjustments before it account for 0.",
    )


def test_explain_lots__merge__moves_what_lives_with_its_days() -> None:
    found = explained(
        a_credit(1, 100, TODAY - 1, member=2),
        a_credit(2, 50, TODAY + 3, member=2),
        a_credit(3, 5, TODAY + 3),
        an_adjustment(4, AdjustmentKind.MERGE, member=2, into=1, miles=50),
        an_adjustment(5, AdjustmentKind.CREDIT, miles=7, last_day=TODAY + 4),
    )
    assert found.accounts == {1: {(TODAY + 3, 1): 55, (TODAY + 4, 1): 7}, 2: {}}
    assert found.differences == ()


def test_explain_lots__merge_of_more_than_is_known__says_so() -> None:
    found = explained(
        a_credit(1, 50, TODAY + 3, member=2),
        an_adjustment(4, AdjustmentKind.MERGE, member=2, into=1, miles=60),
    )
    assert found.differences == (
        "Adjustment 4 moved 60 miles, and purchases and adjustments before it account for 50.",
    )


_ACTS = st.lists(
    st.tuples(
        st.sampled_from(["credit", "up", "down", "merge"]),
        st.integers(1, 3),
        st.integers(1, 500),
        st.integers(0, 40),
    ),
    max_size=25,
)


@pytest.mark.parametrize("align", [Align.DAY, Align.MONTH])
@given(acts=_ACTS)
def test_explain_lots__any_order_of_acts__is_the_models(
    align: Align, acts: list[tuple[str, int, int, int]]
) -> None:
    """Time passes over lots' ends meanwhile: a credit may be of a day before."""
    model = a_lot_ledger(1, align, enrolled=3)
    given_acts: list[object] = []
    now_s = NOON_S
    for block, (act, member, miles, days) in enumerate(acts, 1):
        now_s += days * DAY_S // 4
        day = day_of(now_s)
        if act == "merge":
            into = member % 3 + 1
            if {member, into} & model.closed:
                continue
            moved = model.merge(member, into, today=day)
            log = an_adjustment(
                block, AdjustmentKind.MERGE, member=member, into=into, miles=moved, decided_at=now_s
            )
        elif act == "down":
            if model.balance_on(member, day) < miles:
                continue
            model.adjust_down(member, miles, today=day)
            log = an_adjustment(block, AdjustmentKind.DEBIT, member=member, miles=miles, decided_at=now_s)
        elif member in model.closed:
            continue
        elif act == "up":
            last_day = model.adjust_up(member, miles, today=day)
            log = an_adjustment(
                block, AdjustmentKind.CREDIT, member=member, miles=miles, last_day=last_day, decided_at=now_s
            )
        else:
            last_day = model.last_day_of(now_s - days * DAY_S)
            model.credit(member, a_lot(last_day), miles)
            given_acts.append(a_credit(block, miles, last_day, member))
            continue
        given_acts.append(log)
    found = explained(*given_acts)
    assert found.differences == ()
    for member in (1, 2, 3):
        lots = found.accounts.get(member, {})
        assert lots == {(lot.last_day, lot.version): lot.miles for lot in model.lots_of(member)}
