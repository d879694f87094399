"""`milepost rewards`, `milepost redeem` and `milepost orders`: what members spend miles on.

Keepers of rewards act with one key, custody with another, for members without a wallet; those with one sign.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from milepost.chain.redemption_desk import NodeRedemptionDesk
    from milepost.domain.quantities import OrderId

rewards_app = typer.Typer(no_args_is_help=True, help="Keep what miles can be redeemed for.")
orders_app = typer.Typer(no_args_is_help=True, help="List, fulfil and cancel members' orders.")

_MOST_MILES = 2**40 - 1
_MOST_NUMBER = 2**32 - 1
_MOST_ORDER = 2**63 - 1
_MOST_TIER = 15
_MOST_LISTED = 50
RewardNumber = Annotated[
    int, typer.Argument(metavar="REWARD", min=1, max=_MOST_NUMBER, help="Number of the reward.")
]
OrderNumber = Annotated[
    int, typer.Argument(metavar="ORDER", min=1, max=_MOST_ORDER, help="Number of the order.")
]


@rewards_app.command("add")
def add_reward(
    context: typer.Context,
    details: Annotated[
        str, typer.Argument(metavar="TEXT", help="What it is; a hash of it goes on chain, no more.")
    ],
    cost: Annotated[int, typer.Option(metavar="MILES", min=1, max=_MOST_MILES, help="What it costs.")],
    stock: Annotated[
        int | None, typer.Option(min=0, max=_MOST_NUMBER - 1, help="How many there are.  [default: any]")
    ] = None,
    starts: Annotated[
        str | None, typer.Option("--from", metavar="INSTANT", help="When it is offered first, ISO 8601.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="First instant it is no longer, ISO 8601.")
    ] = None,
    tier: Annotated[int, typer.Option(min=0, max=_MOST_TIER, help="Lowest tier that may have it.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Add a reward. Exit code 4 without the role of who keeps rewards."""
    from eth_utils.crypto import keccak

    from milepost.cli.output import answers, print_json
    from milepost.domain.quantities import Miles
    from milepost.domain.redemption import NO_END, UNLIMITED, RewardTerms

    terms = RewardTerms(
        cost=Miles(cost),
        stock=UNLIMITED if stock is None else stock,
        starts_at=0 if starts is None else _unix_seconds(starts, "--from"),
        until=NO_END if until is None else _unix_seconds(until, "--until"),
        lowest_tier=tier,
    )
    if terms.starts_at >= terms.until:
        raise typer.BadParameter(
            "The window is over before it begins: name a later instant.", param_hint="--until"
        )
    number = session_of(context).parts().keeper_desk.add_reward(terms, keccak(text=details))
    if as_json:
        print_json({"reward": number})
    else:
        answers().print(f"Reward {number} is added.")


@rewards_app.command("end")
def end_reward(context: typer.Context, number: RewardNumber) -> None:
    """End a reward now: nobody can order it any more."""
    from milepost.cli.output import answers
    from milepost.domain.quantities import RewardId

    session_of(context).parts().keeper_desk.end_reward(RewardId(number))
    answers().print(f"Reward {number} is ended.")


@rewards_app.command("list")
def list_rewards(context: typer.Context, as_json: AsJson = False) -> None:
    """List rewards with what is left of them."""
    from milepost.cli.output import answers, print_json
    from milepost.cli.redemption_view import reward_document, rewards_table

    found = list(session_of(context).parts().redemption_desk.rewards())
    if as_json:
        print_json({"rewards": [reward_document(one) for one in found]})
    else:
        answers().print(rewards_table(found) if found else "There is no reward.")


def redeem(
    context: typer.Context,
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Membership number.")],
    reward: RewardNumber,
    most: Annotated[
        int, typer.Option(metavar="MILES", min=1, max=_MOST_MILES, help="Most miles the member agrees to.")
    ],
    another: Annotated[
        bool, typer.Option("--another", help="Also if an order of this member for it waits.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Order a reward for a member without a wallet, as custody; one with a wallet signs instead.

    Exit code 1 if the miles do not do, the reward is not to be had, or such an order waits already.
    """
    from milepost.domain.quantities import Miles, RewardId
    from milepost.pipeline.make_statement import require_member

    parts = session_of(context).parts()
    member_id = require_member(member, parts.members)
    desk = parts.custody_desk
    order_id = desk.redeem(member_id, RewardId(reward), most=Miles(most), is_another=another)
    _answer(desk, order_id, as_json=as_json)


@orders_app.command("list")
def list_orders(
    context: typer.Context,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that are requested.")] = False,
    most: Annotated[int, typer.Option(min=1, max=_MOST_ORDER, help="How many at most.")] = _MOST_LISTED,
    as_json: AsJson = False,
) -> None:
    """List orders, the newest first."""
    from itertools import islice

    from milepost.cli.output import answers, print_json
    from milepost.cli.redemption_view import order_document, orders_table
    from milepost.domain.redemption import OrderState

    orders = session_of(context).parts().redemption_desk.orders()
    wanted = (one for one in orders if not waiting or one.state is OrderState.REQUESTED)
    found = list(islice(wanted, most))
    if as_json:
        print_json({"orders": [order_document(one) for one in found]})
    elif found:
        answers().print(orders_table(found))
    else:
        answers().print("No order waits." if waiting else "There is no order.")


@orders_app.command()
def fulfil(context: typer.Context, number: OrderNumber, as_json: AsJson = False) -> None:
    """Say that the reward was handed over; it is final."""
    desk = session_of(context).parts().keeper_desk
    desk.fulfil(_id(number))
    _answer(desk, _id(number), as_json=as_json)


@orders_app.command()
def cancel(context: typer.Context, number: OrderNumber, as_json: AsJson = False) -> None:
    """Cancel a requested order, or a bill, and give every mile back to its lot with its old last day."""
    desk = session_of(context).parts().keeper_desk
    desk.cancel(_id(number))
    _answer(desk, _id(number), as_json=as_json)


def _answer(desk: "NodeRedemptionDesk", order_id: "OrderId", *, as_json: bool) -> None:
    from milepost.cli.output import answers, print_json
    from milepost.cli.redemption_view import order_document, order_words

    found = desk.order(order_id)
    if as_json:
        print_json(order_document(found))
    else:
        answers().print(order_words(found))


def _id(number: int) -> "OrderId":
    from milepost.domain.quantities import OrderId

    return OrderId(number)


def _unix_seconds(text: str, option: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no instant: write 2018-06-01T00:00:00Z.", param_hint=option
        ) from None
    if found.tzinfo is None or not 0 <= found.timestamp() < _MOST_MILES:
        raise typer.BadParameter(
            f"{text!r} needs its offset from UTC, as in 2018-06-01T00:00:00Z.", param_hint=option
        )
    return int(found.timestamp())
