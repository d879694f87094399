"""fulfil, cancel, withdraw: an order is handed over once, or gives back what it took.

given a requested order
  when the operator fulfils it          then it is final: nobody cancels it any more
  when the operator cancels it          then each lot has its miles and day again, and the stock is back
  when its lot lapsed meanwhile         then the miles are written off at once, no balance changes
  when other lots are brought, or none  then RedemptionDrawsWrong, and the order stands
  when the member withdraws it by signature, or custody for one without a wallet then the same comes back
  when another signs, or a stranger sends none then ConsentSignatureInvalid, AccessManagedUnauthorized
given an order that was decided, or none
  when it is fulfilled, cancelled or withdrawn then RedemptionOrderDecided
"""

import pytest
from ape.api import AccountAPI

from tests.support.consents import NO_CONSENT, consent
from tests.support.contract_programme import Programme
from tests.support.links import link
from tests.support.orders import (
    CANCELLED,
    FULFILLED,
    NONE,
    REQUESTED,
    UNLIMITED,
    Draws,
    a_reward,
    balance,
    lots,
    order,
    order_by_wallet,
    reward_terms,
    stock_of,
)
from tests.support.refusals import refuses

DAY = 86_400


def cancel(programme: Programme, number: int, draws: Draws) -> None:
    programme.redemption.cancel(number, draws, sender=programme.manager)


def test_fulfil__requested__is_final(programme: Programme) -> None:
    programme.earn(500)
    number, draws = order(programme, a_reward(programme))
    tx = programme.redemption.fulfil(number, sender=programme.manager)
    (event,) = tx.decode_logs(programme.redemption.OrderFulfilled)
    assert (event.order, event.by) == (number, programme.manager.address)
    record = programme.redemption.orderOf(number)
    assert (record.state, record.decidedAt) == (FULFILLED, programme.now)
    with refuses("RedemptionOrderDecided", order=number, state=FULFILLED):
        cancel(programme, number, draws)
    with refuses("RedemptionOrderDecided", order=number, state=FULFILLED):
        programme.redemption.withdraw(number, draws, NO_CONSENT, sender=programme.manager)
    assert balance(programme) == 200


def test_cancel__requested__gives_each_lot_its_miles_and_day_again(programme: Programme) -> None:
    for days_ago in (0, 2, 1):
        programme.earn(200, days_ago=days_ago)
    before = lots(programme)
    reward = a_reward(programme, cost=500, stock=3)
    number, draws = order(programme, reward)
    assert (balance(programme), stock_of(programme, reward)) == (100, 2)
    tx = programme.redemption.cancel(number, draws, sender=programme.manager)
    (event,) = tx.decode_logs(programme.redemption.OrderCancelled)
    assert (event.order, event.by) == (number, programme.manager.address)
    assert (lots(programme), stock_of(programme, reward)) == (before, 3)
    assert programme.redemption.orderOf(number).state == CANCELLED
    totals = programme.ledger.totals()
    assert (totals.credited, totals.redeemed, totals.writtenOff) == (600, 0, 0)


@pytest.mark.parametrize("stock", [UNLIMITED, UNLIMITED - 1])
def test_cancel__stock_without_end_or_next_to_it__stays(programme: Programme, stock: int) -> None:
    programme.earn(500)
    reward = a_reward(programme)
    number, draws = order(programme, reward)
    programme.redemption.changeReward(reward, reward_terms(stock=stock), sender=programme.manager)
    cancel(programme, number, draws)
    assert stock_of(programme, reward) == stock


def test_cancel__lot_lapsed_meanwhile__changes_no_balance(programme: Programme) -> None:
    programme.earn(300)
    number, draws = order(programme, a_reward(programme))
    programme.move_to(programme.now + 37 * 31 * DAY)
    cancel(programme, number, draws)
    totals = programme.ledger.totals()
    assert (balance(programme), totals.redeemed, totals.writtenOff) == (0, 0, 300)


def test_cancel__other_lots__are_refused(programme: Programme) -> None:
    for days_ago in (0, 1):
        programme.earn(200, days_ago=days_ago)
    number, draws = order(programme, a_reward(programme))
    ((member, taken),) = draws
    for wrong in (
        [],
        [(2, taken)],
        [(member, taken[::-1])],
        [(member, taken[:1])],
        [(member, [taken[0] + 1, taken[1] - 1])],
        [(member, taken), (member, [])],
        [(member, [taken[0] + (1 << 48), taken[1]])],
    ):
        with refuses("RedemptionDrawsWrong", order=number):
            cancel(programme, number, wrong)
    assert (programme.redemption.orderOf(number).state, balance(programme)) == (REQUESTED, 100)


@pytest.mark.parametrize("function", ["fulfil", "cancel", "withdraw"])
def test_decide__cancelled_before_or_never_given__is_refused(programme: Programme, function: str) -> None:
    programme.earn(500)
    number, draws = order(programme, a_reward(programme))
    cancel(programme, number, draws)
    for one, state in ((number, CANCELLED), (number + 1, NONE), (0, NONE)):
        arguments = {"fulfil": (one,), "cancel": (one, draws), "withdraw": (one, draws, NO_CONSENT)}[function]
        with refuses("RedemptionOrderDecided", order=one, state=state):
            getattr(programme.redemption, function)(*arguments, sender=programme.manager)
    assert balance(programme) == 500


def test_withdraw__signed_by_the_wallet__gives_the_miles_back(
    programme: Programme, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    programme.earn(500)
    link(programme, 1, wallet)
    number, draws = order_by_wallet(programme, a_reward(programme), wallet)
    with refuses("ConsentSignatureInvalid", member=1, wallet=wallet.address):
        signed = consent(programme, "Withdraw", 1, stranger, order=number)
        programme.redemption.withdraw(number, draws, signed, sender=programme.relayer)
    with refuses("ConsentSignatureInvalid"):
        signed = consent(programme, "Withdraw", 1, wallet, order=number + 1)
        programme.redemption.withdraw(number, draws, signed, sender=programme.relayer)
    signed = consent(programme, "Withdraw", 1, wallet, order=number)
    programme.redemption.withdraw(number, draws, signed, sender=programme.relayer)
    assert (balance(programme), programme.redemption.orderOf(number).state) == (500, CANCELLED)


def test_withdraw__no_wallet__is_for_custody_alone(programme: Programme, stranger: AccountAPI) -> None:
    programme.earn(500)
    number, draws = order(programme, a_reward(programme))
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        programme.redemption.withdraw(number, draws, NO_CONSENT, sender=stranger)
    programme.redemption.withdraw(number, draws, NO_CONSENT, sender=programme.manager)
    assert balance(programme) == 500


def test_fulfil_or_cancel__anyone_else__cannot(
    programme: Programme, stranger: AccountAPI, wallet: AccountAPI
) -> None:
    programme.earn(500)
    link(programme, 1, wallet)
    number, draws = order_by_wallet(programme, a_reward(programme), wallet)
    for caller in (stranger, wallet):
        with refuses("AccessManagedUnauthorized", caller=caller.address):
            programme.redemption.fulfil(number, sender=caller)
        with refuses("AccessManagedUnauthorized", caller=caller.address):
            programme.redemption.cancel(number, draws, sender=caller)


def test_cancel__account_closed_meanwhile__still_gives_back(programme: Programme) -> None:
    programme.earn(500)
    number, draws = order(programme, a_reward(programme))
    programme.ledger.close(1, sender=programme.manager)
    cancel(programme, number, draws)
    assert balance(programme) == 500
