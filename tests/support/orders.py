"""Rewards, orders and families as the tests of the redemption desk use them."""

from typing import TYPE_CHECKING, Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.support.consents import NO_CONSENT, Consent, consent

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI

    from tests.support.contract_programme import Programme

UNLIMITED = 2**32 - 1
NO_END = 2**40 - 1
DETAILS = b"\x0d" * 32
REWARD, BILL = range(2)
NONE, REQUESTED, FULFILLED, CANCELLED = range(4)

Draws = list[tuple[int, list[int]]]
"""IRedemptionDesk.Draw: member, and packed lots that were taken."""


def reward_terms(**changes: Any) -> tuple[int, int, int, int, int]:
    """IRedemptionDesk.RewardTerms: 300 miles, always, for everybody."""
    usual = {"cost": 300, "stock": UNLIMITED, "start": 0, "until": NO_END, "lowest_tier": 0} | changes
    return (usual["cost"], usual["stock"], usual["start"], usual["until"], usual["lowest_tier"])


def a_reward(programme: "Programme", **changes: Any) -> int:
    """Add a reward; gives its number."""
    programme.redemption.addReward(reward_terms(**changes), DETAILS, sender=programme.manager)
    return int(programme.redemption.rewardCount())


def stock_of(programme: "Programme", reward: int) -> int:
    terms, _ = programme.redemption.rewardOf(reward)
    return int(terms[1])


def end_of(programme: "Programme", reward: int) -> int:
    """First unix second at which it is no longer offered."""
    terms, _ = programme.redemption.rewardOf(reward)
    return int(terms[3])


def order(
    programme: "Programme", reward: int, *, member: int = 1, most: int = 10**6, signed: Consent = NO_CONSENT
) -> tuple[int, Draws]:
    """Redeem for a member by custody, or by a stranger with the member's consent; gives order and draws."""
    sender = programme.manager if signed is NO_CONSENT else programme.relayer
    tx = programme.redemption.redeem(member, reward, most, signed, sender=sender)
    return int(programme.redemption.orderCount()), draws_of(programme, tx)


def order_by_wallet(
    programme: "Programme", reward: int, wallet: "AccountAPI", *, member: int = 1, most: int = 10**6
) -> tuple[int, Draws]:
    """Redeem by the signature of the member's wallet, relayed by a stranger to all roles."""
    signed = consent(programme, "Redeem", member, wallet, reward=reward, mostMiles=most)
    return order(programme, reward, member=member, most=most, signed=signed)


def a_paid_bill(programme: "Programme", *, partner: int = 1, amount: int = 10_000) -> tuple[int, Draws]:
    """Member 1 pays a bill by custody at one mile for 0.50; gives order and draws."""
    programme.redemption.setBurnRate(partner, 2, 100, sender=programme.manager)
    bill = bytes(30) + int(programme.redemption.orderCount() + 1).to_bytes(2, "big")
    tx = programme.redemption.payBill(1, partner, bill, amount, 10**6, NO_CONSENT, sender=programme.manager)
    return int(programme.redemption.orderCount()), draws_of(programme, tx)


def draws_of(programme: "Programme", tx: "ReceiptAPI") -> Draws:
    """What a tx logged, as `cancel` takes it."""
    return [(log.member, list(log.taken)) for log in tx.decode_logs(programme.redemption.MilesDrawn)]


def hash_of(draws: Draws) -> bytes:
    return keccak(encode(["(uint40,uint256[])[]"], [draws]))


def form_family(programme: "Programme", *members: int) -> int:
    """A family of members without wallets, by custody; gives its number."""
    programme.redemption.formFamily(list(members), [NO_CONSENT] * len(members), sender=programme.manager)
    return int(programme.redemption.familyOf(members[0]))


def balance(programme: "Programme", member: int = 1) -> int:
    return int(programme.ledger.balanceAt(member, programme.now))


def lots(programme: "Programme", member: int = 1) -> list[tuple[int, int]]:
    """Miles and last day of each lot of a member."""
    return [(lot.amount, lot.lastDay) for lot in programme.lens.lotsOf(programme.ledger, member)]
