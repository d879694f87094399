"""Puts a member receipt into words, the commands' own: the bill, how its miles came about, where they stand.

`terminal.py` shows the lines; `milepost receipt show` says the same of a receipt in a configured store.
"""

from collections.abc import Iterator

from milepost.cli.output import counted, money, number, shown_day
from milepost.cli.receipt_view import base_words
from milepost.cli.words import CUTS, OUTCOMES
from milepost.demo.stage import Stage
from milepost.domain.outcome import Cut
from milepost.domain.purchase import Purchase
from milepost.domain.receipt import Grant, MemberReceipt


def receipt_words(receipt: MemberReceipt, stage: Stage) -> Iterator[tuple[str, str]]:
    """What a line is about, and what it says, in the order of the way from bill to root."""
    purchase, settled = receipt.purchase, receipt.settled
    yield "bill", _bill(purchase)
    yield "at", f"{purchase.outlet} of {purchase.partner}, {purchase.occurred_at.isoformat()}"
    yield "member", f"id {receipt.entry.member}; the number stays off chain"
    yield "outcome", OUTCOMES[settled.outcome]
    yield "base", base_words(receipt)
    names = {promotion_id: name for name, promotion_id in stage.deployment.promotions.items()}
    for grant in settled.grants:
        yield "bonus", _bonus(grant, names[grant.promotion_id])
    yield "miles", f"{number(settled.base + settled.bonus)}, valid through {shown_day(settled.last_day)}"
    place = f"report {receipt.sequence} of lane {receipt.lane}, purchase {receipt.number} of the partner"
    yield "settled in", f"{place}, {counted(len(receipt.proof), 'step')} below the root"


def _bill(purchase: Purchase) -> str:
    gross, tip = money(purchase.gross_minor, purchase.currency), money(purchase.tip_minor, purchase.currency)
    eligible = money(purchase.eligible_minor, purchase.currency)
    return f"{purchase.sale_ref}: {gross}, of it tip {tip}; {eligible} earn miles"


def _bonus(grant: Grant, name: str) -> str:
    if grant.cut is Cut.NONE:
        return f"{number(grant.granted)} by {name}"
    return (
        f"{number(grant.granted)} by {name}, which desired {number(grant.desired)}: cut by {CUTS[grant.cut]}"
    )
