"""redeem: a member spends live miles on a reward, by signature or by custody.

given a member with miles and a wallet
  when a stranger relays the wallet's signature      then the miles are taken and an order is requested
  when the wallet is a contract (ERC-1271)           then its own answer decides
  when the signature is sent a second time           then ConsentNonceNotNext
  when its deadline has passed                       then ConsentExpired; at the deadline itself it is good
  when it is another's, or for something else        then ConsentSignatureInvalid
  when it was given before the wallet was unlinked   then custody alone may act
  when custody redeems without a signature           then ConsentExpired: the wallet must sign
given a member without a wallet
  when custody redeems                               then it goes; a stranger gets AccessManagedUnauthorized
given the reward
  when it costs more than was agreed to              then RedemptionCostsMore
  when it is not offered yet, or no longer           then RedemptionRewardNotOffered, to the second
  when its stock is used up                          then RedemptionSoldOut
  when the member's tier is too low                  then RedemptionTierTooLow
  when nobody added it                               then RedemptionRewardUnknown
given the miles
  when more are wanted than live                     then RedemptionMilesShort, and nothing changes
  when a lot lapsed a second before                  then RedemptionMilesShort
  when the account is closed                         then LedgerAccountClosed
"""

import pytest
from ape.api import AccountAPI
from ape.managers.project import ProjectManager

from tests.support.consents import NO_CONSENT, consent
from tests.support.contract_programme import Programme
from tests.support.links import link
from tests.support.orders import (
    REQUESTED,
    REWARD,
    a_reward,
    balance,
    hash_of,
    lots,
    order,
    order_by_wallet,
    reward_terms,
    stock_of,
)
from tests.support.refusals import refuses

DAY = 86_400


def test_redeem__signed_by_the_wallet__takes_miles_and_requests_an_order(
    programme: Programme, wallet: AccountAPI
) -> None:
    for days_ago in (0, 2, 1):
        programme.earn(200, days_ago=days_ago)
    link(programme, 1, wallet)
    reward = a_reward(programme, cost=300)
    signed = consent(programme, "Redeem", 1, wallet, reward=reward, mostMiles=300)
    tx = programme.redemption.redeem(1, reward, 300, signed, sender=programme.relayer)
    assert [miles for miles, _ in lots(programme)] == [100, 200]
    record = programme.redemption.orderOf(1)
    assert (record.kind, record.state, record.member, record.subject) == (REWARD, REQUESTED, 1, reward)
    assert (record.miles, record.amountMinor, record.placedAt, record.decidedAt) == (300, 0, programme.now, 0)
    (placed,) = tx.decode_logs(programme.redemption.OrderPlaced)
    assert (placed.order, placed.member, placed.kind, placed.subject, placed.miles) == (
        1, 1, REWARD, reward, 300,
    )  # fmt: skip
    (drawn,) = tx.decode_logs(programme.redemption.MilesDrawn)
    assert [lot & (2**40 - 1) for lot in drawn.taken] == [200, 100]
    assert bytes(record.drawsHash) == hash_of([(drawn.member, list(drawn.taken))])
    assert (programme.redemption.nonceOf(1), programme.ledger.totals().redeemed) == (1, 300)


def test_redeem__wallet_that_is_a_contract__its_answer_decides(
    programme: Programme, project: ProjectManager, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    programme.earn(500)
    safe = programme.admin.deploy(project.Wallet__Mock, wallet)
    link(programme, 1, safe, signer=wallet)
    reward = a_reward(programme)
    with refuses("ConsentSignatureInvalid", member=1, wallet=safe.address):
        order_by_wallet(programme, reward, stranger)
    order_by_wallet(programme, reward, wallet)
    assert balance(programme) == 200


def test_redeem__signature_sent_again__is_refused(programme: Programme, wallet: AccountAPI) -> None:
    programme.earn(1_000)
    link(programme, 1, wallet)
    reward = a_reward(programme)
    signed = consent(programme, "Redeem", 1, wallet, reward=reward, mostMiles=300)
    order(programme, reward, most=300, signed=signed)
    with refuses("ConsentNonceNotNext", member=1, given=0, expected=1):
        order(programme, reward, most=300, signed=signed)
    with refuses("ConsentSignatureInvalid"):
        order(programme, reward, most=300, signed=(1, *signed[1:]))
    assert balance(programme) == 700


@pytest.mark.parametrize("late_s", [0, 1])
def test_redeem__deadline_to_the_second__is_the_edge(
    programme: Programme, wallet: AccountAPI, late_s: int
) -> None:
    programme.earn(500)
    link(programme, 1, wallet)
    reward = a_reward(programme)
    deadline = programme.now + 50
    signed = consent(programme, "Redeem", 1, wallet, reward=reward, mostMiles=300, deadline=deadline)
    programme.chain.pending_timestamp = deadline + late_s
    if late_s == 0:
        order(programme, reward, most=300, signed=signed)
        assert balance(programme) == 200
    else:
        with refuses("ConsentExpired", deadline=deadline, now_=deadline + 1):
            order(programme, reward, most=300, signed=signed)


def test_redeem__signed_by_another_member__is_refused(
    programme: Programme, wallet: AccountAPI, stranger: AccountAPI
) -> None:
    for member in (1, 2):
        programme.earn(500, member=member)
    link(programme, 1, wallet)
    link(programme, 2, stranger)
    reward = a_reward(programme)
    with refuses("ConsentSignatureInvalid", member=1, wallet=wallet.address):
        order_by_wallet(programme, reward, stranger)
    signed = consent(programme, "Redeem", 2, stranger, reward=reward, mostMiles=300)
    with refuses("ConsentSignatureInvalid", member=1):
        order(programme, reward, most=300, signed=signed)


@pytest.mark.parametrize("changed", ["reward", "most", "deadline", "kind", "signature"])
def test_redeem__signed_for_something_else__is_refused(
    programme: Programme, wallet: AccountAPI, changed: str
) -> None:
    programme.earn(500)
    link(programme, 1, wallet)
    reward, other = a_reward(programme), a_reward(programme, cost=1)
    if changed == "kind":
        signed = consent(programme, "Leave", 1, wallet, family=0)
    else:
        signed = consent(programme, "Redeem", 1, wallet, reward=reward, mostMiles=300)
    if changed == "deadline":
        signed = (signed[0], signed[1] + 1, signed[2])
    if changed == "signature":
        signed = (signed[0], signed[1], b"")
    with refuses("ConsentSignatureInvalid"):
        order(
            programme,
            other if changed == "reward" else reward,
            most=301 if changed == "most" else 300,
            signed=signed,
        )


def test_redeem__custody_for_a_member_with_a_wallet__needs_the_signature(
    programme: Programme, wallet: AccountAPI
) -> None:
    programme.earn(500)
    link(programme, 1, wallet)
    with refuses("ConsentExpired", deadline=0):
        order(programme, a_reward(programme))


def test_redeem__wallet_unlinked_after_signing__its_signature_is_void(
    programme: Programme, wallet: AccountAPI
) -> None:
    programme.earn(500)
    link(programme, 1, wallet)
    reward = a_reward(programme)
    signed = consent(programme, "Redeem", 1, wallet, reward=reward, mostMiles=300)
    programme.ledger.unlink(1, sender=wallet)
    with refuses("AccessManagedUnauthorized", caller=programme.relayer.address):
        order(programme, reward, most=300, signed=signed)
    order(programme, reward)


def test_redeem__no_wallet__is_for_custody_alone(programme: Programme, stranger: AccountAPI) -> None:
    programme.earn(500)
    reward = a_reward(programme)
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        programme.redemption.redeem(1, reward, 300, NO_CONSENT, sender=stranger)
    order(programme, reward)
    assert (balance(programme), programme.redemption.nonceOf(1)) == (200, 0)


def test_redeem__cost_raised_after_signing__is_refused(programme: Programme, wallet: AccountAPI) -> None:
    programme.earn(500)
    link(programme, 1, wallet)
    reward = a_reward(programme, cost=300)
    signed = consent(programme, "Redeem", 1, wallet, reward=reward, mostMiles=300)
    programme.redemption.changeReward(reward, reward_terms(cost=301), sender=programme.manager)
    with refuses("RedemptionCostsMore", miles=301, most=300):
        order(programme, reward, most=300, signed=signed)
    # What was refused used no nonce: the signature is good when the cost is.
    programme.redemption.changeReward(reward, reward_terms(cost=250), sender=programme.manager)
    order(programme, reward, most=300, signed=signed)
    assert balance(programme) == 250


@pytest.mark.parametrize(("at", "is_offered"), [(-1, False), (0, True), (99, True), (100, False)])
def test_redeem__window__holds_to_the_second(programme: Programme, at: int, is_offered: bool) -> None:
    programme.earn(500)
    start = programme.now + 1_000
    reward = a_reward(programme, start=start, until=start + 100)
    programme.chain.pending_timestamp = start + at
    if is_offered:
        order(programme, reward)
        assert balance(programme) == 200
    else:
        with refuses("RedemptionRewardNotOffered", reward=reward, until=start + 100):
            order(programme, reward)


def test_redeem__stock__runs_out(programme: Programme) -> None:
    programme.earn(1_000)
    reward = a_reward(programme, stock=2)
    for _ in range(2):
        order(programme, reward)
    assert stock_of(programme, reward) == 0
    with refuses("RedemptionSoldOut", reward=reward):
        order(programme, reward)


def test_redeem__tier__must_be_reached(programme: Programme) -> None:
    programme.earn(500)
    reward = a_reward(programme, lowest_tier=2)
    programme.ledger.setProfile(1, 1, 0, sender=programme.manager)
    with refuses("RedemptionTierTooLow", member=1, tier=1, lowest=2):
        order(programme, reward)
    programme.ledger.setProfile(1, 2, 0, sender=programme.manager)
    order(programme, reward)


def test_redeem__reward_never_added__is_refused(programme: Programme) -> None:
    with refuses("RedemptionRewardUnknown", reward=9):
        order(programme, 9)


def test_redeem__more_than_lives__changes_nothing(programme: Programme) -> None:
    programme.earn(299)
    reward = a_reward(programme, stock=4)
    with refuses("RedemptionMilesShort", member=1, live=299, wanted=300):
        order(programme, reward)
    assert (balance(programme), stock_of(programme, reward)) == (299, 4)
    assert programme.redemption.orderCount() == 0


@pytest.mark.parametrize("late_s", [-1, 0])
def test_redeem__lot_on_its_last_day__goes_until_midnight(programme: Programme, late_s: int) -> None:
    programme.earn(300)
    reward = a_reward(programme)
    last_day = lots(programme)[0][1]
    void_at = (last_day + 1 + 7305) * DAY - 8 * 3600
    programme.chain.pending_timestamp = void_at + late_s
    if late_s:
        order(programme, reward)
        assert balance(programme) == 0
    else:
        with refuses("RedemptionMilesShort", member=1, live=0, wanted=300):
            order(programme, reward)


@pytest.mark.parametrize("member", [0, 101])
def test_redeem__no_member__has_no_miles(programme: Programme, member: int) -> None:
    with refuses("RedemptionMilesShort", member=member, live=0):
        order(programme, a_reward(programme), member=member)


def test_redeem__closed_account__is_refused(programme: Programme) -> None:
    programme.earn(500)
    reward = a_reward(programme)
    programme.ledger.close(1, sender=programme.manager)
    with refuses("LedgerAccountClosed", member=1):
        order(programme, reward)
    assert programme.redemption.redeemableBy(1) == 0


def test_redeem__desk_without_its_act__is_refused_by_the_ledger(programme: Programme) -> None:
    programme.earn(500)
    programme.ledger.setDesk(programme.redemption, 0, sender=programme.manager)
    with refuses("LedgerDeskUnauthorized", caller=programme.redemption.address):
        order(programme, a_reward(programme))
