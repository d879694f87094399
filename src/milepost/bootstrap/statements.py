"""Makes a member's statement by the parts that settings describe, for a command and over HTTP.

`milepost statement` and `serving` ask it; it reads the chain and the store, and writes nothing.
"""

from milepost.bootstrap.parts import Parts
from milepost.chain.deployment_file import Deployment
from milepost.domain.attribution import HeldLot
from milepost.pipeline.explain_coming import Coming, explain_coming
from milepost.pipeline.make_statement import Statement, make_statement
from milepost.pipeline.write_statement import Names


def state_member(member: str, at_s: int | None, parts: Parts) -> tuple[Statement, Coming]:
    """The statement of a membership number, and what of it will lapse.

    Units: `at_s` in unix seconds; None for now, by the chain's clock.
    Raises: MemberUnknown; ChainError.
    """
    chain, programme, book = parts.reading_chain, parts.programme, parts.ledger_book.newest()
    found = make_statement(
        member,
        chain.pending_time() if at_s is None else at_s,
        store=parts.store,
        chain=chain,
        directory=parts.members,
        ledger=parts.ledger,
        book=book,
    )
    held = [HeldLot(one.account, one.lot) for one in found.lots]
    return found, explain_coming(held, found.day, programme=programme, ledger=book)


def names_of(deployment: Deployment) -> Names:
    """What a deployment calls things."""
    return Names(deployment.programme, deployment.utc_offset_minutes, promotion_names(deployment))


def promotion_names(deployment: Deployment) -> dict[int, str]:
    """Promotions by the id they have on chain."""
    return {int(promotion_id): name for name, promotion_id in deployment.promotions.items()}
