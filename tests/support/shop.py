"""Prices, payments and permits as the tests of the miles shop use them."""

from typing import TYPE_CHECKING, Any

from eth_account.messages import encode_typed_data

if TYPE_CHECKING:
    from ape.api import AccountAPI, ReceiptAPI

    from tests.support.contract_programme import Programme

DAY = 86_400
NO_PERMIT = (0, 0, bytes(32), bytes(32))
NO_PRICE = (0, 0)
MOST = 2**256 - 1
BUYING, EXTENDING, TRANSFERRING = (30_000, 1), (12_000_000, 1_000), (10_000_000, 1_000)
"""Of a token with six decimals: 0.03 a mile, 12.00 and 10.00 a thousand."""
LIMITS = (5_000, 4_000, 3_000, 30)
"""Bought, extended, transferred a year; days before lapse."""


def open_shop(programme: "Programme", **changes: Any) -> None:
    """Set prices and limits, those of this module unless told."""
    prices = {"buying": BUYING, "extending": EXTENDING, "transferring": TRANSFERRING}
    for name in prices:
        prices[name] = changes.get(name, prices[name])
    programme.shop.setPrices(*prices.values(), sender=programme.manager)
    programme.shop.setLimits(changes.get("limits", LIMITS), sender=programme.manager)


def give(programme: "Programme", payer: "AccountAPI", amount: int = 10**12, allowed: int = 10**12) -> None:
    """Let a payer have so much of the token, and the shop take so much of it."""
    programme.token.mint(payer, amount, sender=payer)
    programme.token.approve(programme.shop, allowed, sender=payer)


def paid(programme: "Programme") -> int:
    """What the treasury has."""
    return int(programme.token.balanceOf(programme.shop.treasury()))


def permit(
    programme: "Programme", payer: "AccountAPI", value: int, *, deadline: int | None = None
) -> tuple[int, int, bytes, bytes]:
    """IMilesShop.Permit: the payer's ERC-2612 signature that lets the shop take `value`."""
    token = programme.token
    deadline = programme.now + 3_600 if deadline is None else deadline
    domain = {
        "name": "Test Dollar",
        "version": "1",
        "chainId": programme.chain.chain_id,
        "verifyingContract": str(token.address),
    }
    names = ("owner", "spender", "value", "nonce", "deadline")
    kinds = ("address", "address", "uint256", "uint256", "uint256")
    types = {"Permit": [{"name": name, "type": kind} for name, kind in zip(names, kinds, strict=True)]}
    values = (payer.address, str(programme.shop.address), value, int(token.nonces(payer)), deadline)
    message = encode_typed_data(domain, types, dict(zip(names, values, strict=True)))
    signature = payer.sign_message(message)
    assert signature is not None
    return deadline, signature.v, bytes(signature.r), bytes(signature.s)


def buy(programme: "Programme", payer: "AccountAPI", miles: int, *, member: int = 1) -> "ReceiptAPI":
    """Buy at whatever price there is, by an allowance given before."""
    return programme.shop.buy(member, miles, MOST, NO_PERMIT, sender=payer)


def last_days_before(programme: "Programme", days: int, *, member: int = 1) -> None:
    """Move to noon of the day so many days before the member's first lot lapses."""
    last_day = programme.lens.lotsOf(programme.ledger, member)[0].lastDay
    programme.move_to((last_day - days + 7305) * DAY + 4 * 3_600)
