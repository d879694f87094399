"""addReward, changeReward, endReward: what can be redeemed for.

given a keeper of rewards
  when a reward is added               then it has the next number, its terms and its details
  when it is changed                   then orders to come are by the new terms, and those before stay
  when it is ended                     then nobody can redeem for it from that second on
  when it costs nothing, its window never opens or its tier is above 15 then RedemptionRewardInvalid
  when a reward that is not there is changed, ended or read then RedemptionRewardUnknown
given anyone else
  when they add, change or end one     then AccessManagedUnauthorized
"""

from typing import Any

import pytest
from ape.api import AccountAPI

from tests.support.contract_programme import Programme
from tests.support.orders import DETAILS, NO_END, UNLIMITED, a_reward, end_of, order, reward_terms
from tests.support.refusals import refuses


def test_add_reward__terms__are_kept_under_the_next_number(programme: Programme) -> None:
    terms = reward_terms(cost=900, stock=5, start=10, until=20, lowest_tier=2)
    tx = programme.redemption.addReward(terms, DETAILS, sender=programme.manager)
    assert programme.redemption.rewardCount() == 1
    stored, details = programme.redemption.rewardOf(1)
    assert (tuple(stored), bytes(details)) == (terms, DETAILS)
    (event,) = tx.decode_logs(programme.redemption.RewardAdded)
    assert (event.reward, tuple(event.terms), bytes(event.details)) == (1, terms, DETAILS)
    assert a_reward(programme) == 2


def test_change_reward__cost_and_stock__count_for_orders_to_come(programme: Programme) -> None:
    programme.earn(1_000)
    reward = a_reward(programme, cost=300)
    first, _ = order(programme, reward)
    tx = programme.redemption.changeReward(reward, reward_terms(cost=400, stock=1), sender=programme.manager)
    (event,) = tx.decode_logs(programme.redemption.RewardChanged)
    assert (event.reward, tuple(event.terms)) == (reward, reward_terms(cost=400, stock=1))
    second, _ = order(programme, reward)
    assert [programme.redemption.orderOf(one).miles for one in (first, second)] == [300, 400]
    with refuses("RedemptionSoldOut", reward=reward):
        order(programme, reward)


def test_end_reward__open_one__ends_at_once(programme: Programme) -> None:
    programme.earn(1_000)
    reward = a_reward(programme)
    tx = programme.redemption.endReward(reward, sender=programme.manager)
    (event,) = tx.decode_logs(programme.redemption.RewardEnded)
    assert (event.reward, end_of(programme, reward)) == (reward, programme.now)
    with refuses("RedemptionRewardNotOffered", reward=reward, until=programme.now):
        order(programme, reward)


def test_end_reward__over_already__keeps_its_end(programme: Programme) -> None:
    reward = a_reward(programme, until=100)
    programme.redemption.endReward(reward, sender=programme.manager)
    assert end_of(programme, reward) == 100


@pytest.mark.parametrize(
    "changes", [{"cost": 0}, {"start": 50, "until": 50}, {"start": 51, "until": 50}, {"lowest_tier": 16}]
)
def test_add_or_change_reward__impossible_terms__are_refused(
    programme: Programme, changes: dict[str, Any]
) -> None:
    reward = a_reward(programme)
    terms = reward_terms(**changes)
    with refuses("RedemptionRewardInvalid", cost=terms[0], until=terms[3], lowestTier=terms[4]):
        programme.redemption.addReward(terms, DETAILS, sender=programme.manager)
    with refuses("RedemptionRewardInvalid"):
        programme.redemption.changeReward(reward, terms, sender=programme.manager)


@pytest.mark.parametrize("reward", [0, 2, 2**32 - 1])
def test_change_or_end_reward__never_added__is_refused(programme: Programme, reward: int) -> None:
    a_reward(programme)
    for function, arguments in (
        ("changeReward", (reward, reward_terms())),
        ("endReward", (reward,)),
    ):
        with refuses("RedemptionRewardUnknown", reward=reward):
            getattr(programme.redemption, function)(*arguments, sender=programme.manager)
    with refuses("RedemptionRewardUnknown", reward=reward):
        programme.redemption.rewardOf(reward)


def test_rewards__anyone_else__cannot_keep_them(programme: Programme, stranger: AccountAPI) -> None:
    reward = a_reward(programme)
    for function, arguments in (
        ("addReward", (reward_terms(), DETAILS)),
        ("changeReward", (reward, reward_terms(cost=1))),
        ("endReward", (reward,)),
    ):
        with refuses("AccessManagedUnauthorized", caller=stranger.address):
            getattr(programme.redemption, function)(*arguments, sender=stranger)
    assert tuple(programme.redemption.rewardOf(reward)[0]) == (300, UNLIMITED, 0, NO_END, 0)
