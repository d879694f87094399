"""approve, reject, withdraw: an adjustment is proposed by one and decided by another, within the day's limit.

given a proposal
  when another person approves a credit  then miles come that last from today, and the record says so
  when another person approves a debit   then the miles that lapse soonest go
  when the proposer approves it          then AdjustmentOwnProposal
  when it is 30 days old                 then it may be approved; a second later AdjustmentExpired
  when it was decided                    then nobody decides it again
  when the day's limit is used up        then AdjustmentDailyLimit, and the next day it goes
  when more is to be taken than lives    then LedgerMilesShort, and it stays proposed
  when an approver rejects it or its proposer withdraws it then nothing moves
"""

from typing import Any

import pytest
from ape.api import AccountAPI

from milepost.chain.roles import Role
from tests.support.contract_programme import DAILY_LIMIT, Programme
from tests.support.links import link
from tests.support.refusals import refuses

DAY = 86_400
CREDIT, DEBIT, MERGE = range(3)
PROPOSED, APPLIED, WITHDRAWN, REJECTED = range(1, 5)
GOODWILL, FRAUD = 0, 5
CASE = b"\x07" * 32


@pytest.fixture
def agent(programme: Programme, stranger: AccountAPI) -> AccountAPI:
    """Of support; may also approve, but never what it proposed."""
    for role in (Role.SUPPORT, Role.APPROVE):
        programme.authority.grantRole(role.value, stranger, 0, sender=programme.admin)
    return stranger


def propose(programme: Programme, agent: AccountAPI, kind: int = CREDIT, **parts: Any) -> int:
    """A proposal of 500 miles for member 1; gives its number."""
    usual: dict[str, Any] = {"member": 1, "into": 0, "miles": 500, "reason": GOODWILL, "case": CASE}
    values = usual | parts
    programme.desk.propose(
        kind,
        *(values[name] for name in ("member", "into", "miles", "reason", "case")),
        sender=agent,
    )
    return int(programme.desk.adjustmentCount())


def balance(programme: Programme, member: int = 1) -> int:
    return int(programme.ledger.balanceAt(member, programme.now))


def test_approve__credit__lasts_from_today_and_is_recorded(programme: Programme, agent: AccountAPI) -> None:
    number = propose(programme, agent)
    proposed_at = programme.now
    tx = programme.desk.approve(number, sender=programme.manager)
    last_day = programme.ledger.lastDayOf(programme.now)
    assert [(lot.amount, lot.lastDay) for lot in programme.lens.lotsOf(programme.ledger, 1)] == [
        (500, last_day)
    ]
    record = programme.desk.adjustmentOf(number)
    assert (record.kind, record.state, record.reason) == (CREDIT, APPLIED, GOODWILL)
    assert (record.member, record.into, record.miles, record.lastDay) == (1, 0, 500, last_day)
    assert (record.proposedAt, record.decidedAt) == (proposed_at, programme.now)
    assert (record.proposer, record.decidedBy) == (agent.address, programme.manager.address)
    assert bytes(record.caseHash) == CASE
    (event,) = tx.decode_logs(programme.desk.AdjustmentApplied)
    assert (event.id, event.member, event.kind, event.miles) == (number, 1, CREDIT, 500)
    assert programme.ledger.totals().credited == 500


def test_approve__debit__takes_what_lapses_soonest(programme: Programme, agent: AccountAPI) -> None:
    for days_ago in (0, 2, 1):
        programme.earn(100, days_ago=days_ago)
    programme.desk.approve(propose(programme, agent, DEBIT, miles=150), sender=programme.manager)
    assert [lot.amount for lot in programme.lens.lotsOf(programme.ledger, 1)] == [50, 100]
    totals = programme.ledger.totals()
    assert (balance(programme), totals.credited, totals.reversed) == (150, 300, 150)
    assert programme.ledger.totalSupply() == 150


def test_approve__by_the_proposer__is_refused(programme: Programme, agent: AccountAPI) -> None:
    number = propose(programme, agent)
    with refuses("AdjustmentOwnProposal", id=number, proposer=agent.address):
        programme.desk.approve(number, sender=agent)
    assert (programme.desk.adjustmentOf(number).state, balance(programme)) == (PROPOSED, 0)


def test_approve__thirty_days_later__is_the_last_moment(programme: Programme, agent: AccountAPI) -> None:
    in_time = propose(programme, agent)
    until = programme.now + 30 * DAY
    programme.chain.pending_timestamp = until
    programme.desk.approve(in_time, sender=programme.manager)
    assert balance(programme) == 500
    late = propose(programme, agent)
    until = programme.now + 30 * DAY
    programme.chain.pending_timestamp = until + 1
    with refuses("AdjustmentExpired", id=late, until=until):
        programme.desk.approve(late, sender=programme.manager)


@pytest.mark.parametrize("decide", ["approve", "reject", "withdraw"])
def test_decide__decided_before__is_refused(programme: Programme, agent: AccountAPI, decide: str) -> None:
    number = propose(programme, agent)
    sender = agent if decide == "withdraw" else programme.manager
    getattr(programme.desk, decide)(number, sender=sender)
    for again, who in (("approve", programme.manager), ("reject", programme.manager), ("withdraw", agent)):
        with refuses("AdjustmentNotProposed", id=number):
            getattr(programme.desk, again)(number, sender=who)
    assert balance(programme) == (500 if decide == "approve" else 0)


@pytest.mark.parametrize("decide", ["approve", "reject", "withdraw"])
def test_decide__number_never_given__is_refused(programme: Programme, decide: str) -> None:
    with refuses("AdjustmentNotProposed", id=99):
        getattr(programme.desk, decide)(99, sender=programme.manager)


def test_reject_or_withdraw__by_the_right_one__moves_nothing(programme: Programme, agent: AccountAPI) -> None:
    numbers = [propose(programme, agent) for _ in range(2)]
    with refuses("AdjustmentNotOwnProposal", id=numbers[1], proposer=agent.address):
        programme.desk.withdraw(numbers[1], sender=programme.manager)
    programme.desk.reject(numbers[0], sender=programme.manager)
    programme.desk.withdraw(numbers[1], sender=agent)
    states = [programme.desk.adjustmentOf(number).state for number in numbers]
    assert (states, balance(programme)) == ([REJECTED, WITHDRAWN], 0)


def test_approve__daily_limit__counts_credits_and_debits_of_a_day(
    programme: Programme, agent: AccountAPI
) -> None:
    desk = programme.desk
    desk.approve(propose(programme, agent, miles=DAILY_LIMIT - 300), sender=programme.manager)
    desk.approve(propose(programme, agent, DEBIT, miles=200), sender=programme.manager)
    number = propose(programme, agent, miles=101)
    with refuses("AdjustmentDailyLimit", left=100, wanted=101):
        desk.approve(number, sender=programme.manager)
    desk.approve(propose(programme, agent, DEBIT, miles=100), sender=programme.manager)
    today = programme.ledger.dayOf(programme.now)
    assert desk.adjustedOn(today) == DAILY_LIMIT
    # 2018-05-14 00:00 UTC is 08:00 in Hong Kong, where the programme's day begins 16 hours later.
    programme.chain.pending_timestamp = programme.now + 16 * 3600
    desk.approve(number, sender=programme.manager)
    assert desk.adjustedOn(today + 1) == 101


def test_set_daily_limit__lowered_below_what_was_used__refuses_the_rest(
    programme: Programme, agent: AccountAPI
) -> None:
    programme.desk.approve(propose(programme, agent), sender=programme.manager)
    programme.desk.setDailyLimit(499, sender=programme.manager)
    with refuses("AdjustmentDailyLimit", left=0, wanted=1):
        programme.desk.approve(propose(programme, agent, miles=1), sender=programme.manager)


def test_approve__more_than_lives__changes_nothing(programme: Programme, agent: AccountAPI) -> None:
    programme.earn(100)
    number = propose(programme, agent, DEBIT, miles=101, reason=FRAUD)
    with refuses("LedgerMilesShort", member=1, live=100, wanted=101):
        programme.desk.approve(number, sender=programme.manager)
    today = programme.ledger.dayOf(programme.now)
    state = programme.desk.adjustmentOf(number).state
    assert (state, balance(programme), programme.desk.adjustedOn(today)) == (PROPOSED, 100, 0)


def test_approve__closed_account__may_be_debited_and_not_credited(
    programme: Programme, agent: AccountAPI
) -> None:
    programme.earn(100)
    credit, debit = propose(programme, agent), propose(programme, agent, DEBIT, miles=60)
    programme.ledger.close(1, sender=programme.manager)
    with refuses("LedgerAccountClosed", member=1):
        programme.desk.approve(credit, sender=programme.manager)
    programme.desk.approve(debit, sender=programme.manager)
    assert balance(programme) == 40


@pytest.mark.parametrize("member", [0, 101, 2**40 - 1])
@pytest.mark.parametrize("kind", [CREDIT, DEBIT])
def test_approve__unknown_member__is_refused(
    programme: Programme, agent: AccountAPI, kind: int, member: int
) -> None:
    number = propose(programme, agent, kind, member=member)
    with refuses("LedgerMemberUnknown", member=member):
        programme.desk.approve(number, sender=programme.manager)


@pytest.mark.parametrize(
    ("kind", "miles", "into"), [(CREDIT, 0, 0), (DEBIT, 0, 0), (CREDIT, 5, 2), (MERGE, 0, 0), (MERGE, 5, 2)]
)
def test_propose__parts_that_contradict__are_refused(
    programme: Programme, agent: AccountAPI, kind: int, miles: int, into: int
) -> None:
    with refuses("AdjustmentInvalid", kind=kind, miles=miles, into=into):
        propose(programme, agent, kind, miles=miles, into=into)


def test_approve__linked_member__emits_what_the_wallet_sees(
    programme: Programme, agent: AccountAPI, wallet: AccountAPI
) -> None:
    link(programme, 1, wallet)
    nobody = "0x" + "0" * 40
    credit, debit = propose(programme, agent), propose(programme, agent, DEBIT, miles=120)
    seen = [
        tuple(programme.desk.approve(number, sender=programme.manager).decode_logs(programme.ledger.Transfer))
        for number in (credit, debit)
    ]
    assert [(log["from"], log.to, log.value) for (log,) in seen] == [
        (nobody, wallet.address, 500),
        (wallet.address, nobody, 120),
    ]
    assert programme.ledger.balanceOf(wallet) == 380
