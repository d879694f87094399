"""Builds partners' accounts with sensible defaults: a statement of May 2018 and its invoice."""

from dataclasses import replace
from typing import Any

from milepost.chain.deployment_file import Deployment
from milepost.cli.partner_invoice import Invoice, make_invoice
from milepost.domain.partner import PaymentMode
from milepost.domain.partner_account import Item, Movement, months_of
from milepost.pipeline.state_partner import PartnerStatement
from milepost.ports import Block, StandingPartner
from tests.support.deployment_files import a_deployment
from tests.support.programme import a_partner

# 2018-05-14T05:00:00Z, and a block in June by any clock.
MAY_S, JUNE_S = 1_526_274_000, 1_527_900_000
MAY = (2018, 5)
MOVEMENTS = (
    Movement(MAY_S - 86_400, Item.FUNDED, 10_000),
    Movement(MAY_S, Item.BASE, 3_725),
    Movement(MAY_S, Item.BONUS, 1_490, 1),
    Movement(MAY_S, Item.BONUS, 77, 9),
    Movement(MAY_S, Item.BASE_REVERSED, 125),
    Movement(MAY_S, Item.BONUS_REVERSED, 49, 1),
    Movement(MAY_S, Item.CONTRIBUTED, 500, 9),
    Movement(MAY_S, Item.RELEASED, 20, 9),
    Movement(MAY_S, Item.BONUS, 60, 2, from_pot=True),
)


def a_statement(
    *movements: Movement, payment: PaymentMode = PaymentMode.PREPAID, now_s: int = JUNE_S, **changes: Any
) -> PartnerStatement:
    moved = movements or MOVEMENTS
    months = months_of(moved, payment=payment, utc_offset_minutes=480, until_s=now_s)
    standing = StandingPartner(payment, months[-1].closing, 0, False)
    found = PartnerStatement(
        1, Block(77, b"\x0b" * 32, now_s), standing, tuple(moved), tuple(months), (), utc_offset_minutes=480
    )
    return replace(found, **changes)


def an_invoice(found: PartnerStatement | None = None, **agreed: Any) -> Invoice:
    return make_invoice(
        found or a_statement(), a_partner(**{"cost_per_mile": "0.08", **agreed}), MAY, the_deployment()
    )


def the_deployment() -> Deployment:
    promotions = {"may-triple": 1, "pot-of-may": 9}
    return replace(a_deployment(), programme="asia-miles-2018", title="Asia Miles", promotions=promotions)
