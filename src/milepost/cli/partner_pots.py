"""`milepost partner contribute` and `release`: partners that pay for one promotion together.

Publishing fills a pot as the promotion's file says; here more goes in, and what is left comes back.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.governance import CallData, Execute, run_acts
from milepost.cli.partner import MOST_MILES
from milepost.cli.session import session_of

if TYPE_CHECKING:
    from milepost.bootstrap import Parts
    from milepost.domain.quantities import PromotionId

Name = Annotated[
    str, typer.Argument(metavar="PROMOTION", help="A promotion that a pot pays for.", show_default=False)
]


def contribute(
    context: typer.Context,
    promotion: Name,
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Who pays.", show_default=False)],
    miles: Annotated[int, typer.Argument(metavar="MILES", min=1, max=MOST_MILES, show_default=False)],
    execute: Execute = False,
    calldata: CallData = False,
) -> None:
    """Move miles that a partner may still issue into the pot of a joint promotion.

    Needs the key of a holder of PUBLISH_ROLE. The promotion's budget grows by them; nobody who was cut before
    is paid after.
    """
    from milepost.chain.partner_acts import paying_in
    from milepost.chain.roles import Role
    from milepost.cli.partner import find_partner

    parts = session_of(context).parts()
    pot, (_, partner_id) = _pot(parts, promotion), find_partner(parts, partner)
    # Where the account has no delay there is nothing to announce.
    at_once = not calldata and not parts.governance.delay_of(Role.PUBLISH, parts.governor.address)
    run_acts(
        context,
        lambda at: paying_in(at, pot, partner_id, miles),
        execute=execute or at_once,
        calldata=calldata,
        parts=parts,
    )


def release(context: typer.Context, promotion: Name) -> None:
    """Give what a joint promotion did not grant back to those who paid, in proportion.

    Anyone may, once no purchase can count for it any more; again after a refund gave miles back to the pot.
    """
    from milepost.chain.partner_acts import release_pot
    from milepost.cli.output import answers

    parts = session_of(context).parts()
    pot = _pot(parts, promotion)
    mined = release_pot(parts.governance.node, parts.deployment.addresses, pot, parts.governor)
    answers().print(f"What is left of the pot of {promotion} went back, in block {mined.block_number}.")


def _pot(parts: "Parts", name: str) -> "PromotionId":
    from milepost.catalogue.model import nearest
    from milepost.config import SettingsRefused

    known = parts.deployment.promotions
    if name not in known:
        raise SettingsRefused(f"There is no published promotion {name!r}; {nearest(name, known)}")
    return known[name]
