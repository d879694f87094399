"""Shows rewards and orders, to a person as words and tables and to a program as JSON.

The commands of redemption have them made; nothing is decided here.
"""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from milepost.cli.output import counted, facts, number, table
from milepost.domain.calendar import shown_instant
from milepost.domain.redemption import NO_END, UNLIMITED, Order, OrderKind, Reward


def reward_document(reward: Reward) -> dict[str, Any]:
    """A reward as JSON values; null where it has no limit."""
    terms = reward.terms
    return {
        "reward": reward.reward_id,
        "cost": terms.cost,
        "stock": None if terms.stock == UNLIMITED else terms.stock,
        "from": shown_instant(terms.starts_at) if terms.starts_at else None,
        "until": None if terms.until == NO_END else shown_instant(terms.until),
        "lowest_tier": terms.lowest_tier,
        "details_hash": f"0x{reward.details.hex()}",
    }


def rewards_table(rewards: Sequence[Reward]) -> Table:
    """Rewards in rows."""
    found = table(">number", ">miles", ">left", "from", "until", ">lowest tier")
    for one in rewards:
        shown = reward_document(one)
        found.add_row(
            number(one.reward_id),
            number(one.terms.cost),
            "any" if shown["stock"] is None else number(one.terms.stock),
            shown["from"] or "always",
            shown["until"] or "no end",
            number(one.terms.lowest_tier),
        )
    return found


def order_document(order: Order) -> dict[str, Any]:
    """An order as JSON values."""
    is_bill = order.kind is OrderKind.BILL
    return {
        "order": order.order_id,
        "kind": order.kind.code,
        "state": order.state.code,
        "member_id": order.member,
        "reward": None if is_bill else order.subject,
        "partner_id": order.subject if is_bill else None,
        "miles": order.miles,
        "amount_minor": order.amount_minor if is_bill else None,
        "bill_hash": f"0x{order.bill.hex()}" if is_bill else None,
        "placed_at": shown_instant(order.placed_at),
        "decided_at": shown_instant(order.decided_at) if order.decided_at else None,
    }


def order_words(order: Order) -> Table:
    """An order in words."""
    found = facts()
    found.add_row("Order", f"{order.order_id}: {_what(order)}, member {order.member}")
    found.add_row("Miles", number(order.miles))
    found.add_row("Placed", shown_instant(order.placed_at))
    decided = shown_instant(order.decided_at) if order.decided_at else "not yet"
    found.add_row(order.state.code.capitalize() if order.decided_at else "Decided", decided)
    return found


def orders_table(orders: Sequence[Order]) -> Table:
    """Orders in rows."""
    found = table(">number", "for", ">member", "took", "state", "placed")
    for one in orders:
        took = counted(one.miles, "mile")
        placed = shown_instant(one.placed_at)
        found.add_row(number(one.order_id), _what(one), number(one.member), took, one.state.code, placed)
    return found


def _what(order: Order) -> str:
    subject = "reward" if order.kind is OrderKind.REWARD else "a bill of partner"
    return f"{subject} {order.subject}"
