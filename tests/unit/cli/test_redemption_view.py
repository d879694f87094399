"""Rewards and orders as JSON: what has no limit is null, and a bill is told from a reward."""

from dataclasses import replace

from milepost.cli.redemption_view import order_document, reward_document
from milepost.domain.quantities import MemberId, Miles, OrderId, RewardId
from milepost.domain.redemption import Order, OrderKind, OrderState, Reward, RewardTerms

ORDER = Order(
    order_id=OrderId(3),
    kind=OrderKind.REWARD,
    state=OrderState.REQUESTED,
    member=MemberId(7),
    subject=2,
    miles=Miles(300),
    amount_minor=0,
    placed_at=1_526_256_000,
    decided_at=0,
    draws_hash=bytes(32),
    bill=bytes(32),
)


def test_reward_document__without_limits__is_null_there() -> None:
    shown = reward_document(Reward(RewardId(1), RewardTerms(Miles(300)), b"\x0d" * 32))
    assert [shown[key] for key in ("cost", "stock", "from", "until", "lowest_tier")] == [
        300, None, None, None, 0,
    ]  # fmt: skip


def test_reward_document__with_limits__says_them() -> None:
    terms = RewardTerms(Miles(300), stock=4, starts_at=1_526_256_000, until=1_526_342_400, lowest_tier=2)
    shown = reward_document(Reward(RewardId(1), terms, b"\x0d" * 32))
    assert (shown["stock"], shown["lowest_tier"], shown["details_hash"]) == (4, 2, "0x" + "0d" * 32)
    assert shown["from"].startswith("2018-05-14T00:00:00") and shown["until"].startswith("2018-05-15")


def test_order_document__of_a_reward__names_it_and_no_bill() -> None:
    shown = order_document(ORDER)
    assert [shown[key] for key in ("reward", "partner_id", "amount_minor", "bill_hash", "decided_at")] == [
        2, None, None, None, None,
    ]  # fmt: skip


def test_order_document__of_a_bill__names_partner_and_amount() -> None:
    bill = replace(
        ORDER, kind=OrderKind.BILL, state=OrderState.FULFILLED, amount_minor=10_000, decided_at=1_526_256_000
    )
    shown = order_document(replace(bill, bill=b"\xaa" * 32))
    assert (shown["reward"], shown["partner_id"], shown["amount_minor"]) == (None, 2, 10_000)
    assert (shown["bill_hash"], shown["state"]) == ("0x" + "aa" * 32, "fulfilled")
