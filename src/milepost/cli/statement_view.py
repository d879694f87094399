"""Shows a statement, to a person as tables and to a program as JSON.

`statement.py` has it made; nothing is decided here.
"""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from milepost.bootstrap import Deployment
from milepost.bootstrap.statements import promotion_names
from milepost.cli.adjustments_view import what
from milepost.cli.coming_view import show_coming
from milepost.cli.output import counted, day, facts, number, shown_day, table
from milepost.cli.words import CUTS, KINDS, OUTCOMES, REASONS
from milepost.domain.calendar import shown_instant
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.purchase import Purchase, PurchaseKind
from milepost.domain.receipt import Grant, Settled
from milepost.pipeline.explain_coming import Coming
from milepost.pipeline.make_statement import Statement, StatementPurchase


def show_statement(
    member: str, found: Statement, coming: Coming, deployment: Deployment, *, console: Console
) -> None:
    """The statement as tables."""
    head = facts()
    head.add_row("Member", f"{member} (id {found.member_id} on chain), {deployment.title}")
    head.add_row("At", f"{shown_instant(found.at_s)}, {day(found.day)} by the programme's clock")
    if len(found.accounts) > 1:
        head.add_row("Merged", f"with {', '.join(f'id {account}' for account in found.accounts[1:])}")
    head.add_row("Balance", counted(found.balance, "mile"))
    if found.debt:
        head.add_row("Owed", f"{counted(found.debt, 'mile')}, spent before their bill was refunded")
    if found.beside:
        head.add_row(
            "Also", ", ".join(f"{number(miles)} {flow}" for flow, miles in sorted(found.beside.items()))
        )
    console.print(head)
    console.print()
    console.print(_lots(found) if found.lots else "No lots.")
    console.print()
    if coming.lapses:
        show_coming(coming, console=console, is_merged=len(found.accounts) > 1)
    console.print(_purchases(found, deployment) if found.purchases else "No purchases settled.")
    console.print()
    if found.adjustments:
        console.print(_adjustments(found))
        console.print()
    if found.pending_reports:
        console.print(
            f"{counted(found.pending_reports, 'report')} settled and not final yet: what they credit is not"
            " listed."
        )
    if not found.differences and not coming.differences:
        console.print(_agreement(found))


def _agreement(found: Statement) -> str:
    if found.beside:
        return "The lots on chain are what these purchases, adjustments and the acts named above left."
    if found.adjustments:
        return "The lots on chain are what these purchases and adjustments left."
    return "The lots on chain are what these purchases earned."


def _lots(found: Statement) -> Table:
    is_merged = len(found.accounts) > 1
    lots = table(
        "last valid day", ">miles", "", *(["account"] if is_merged else []), title="Lots, by the chain"
    )
    for one in found.lots:
        row = [shown_day(one.lot.last_day), number(one.lot.miles), "live" if one.is_live else "lapsed"]
        lots.add_row(*row, *([f"id {one.account}"] if is_merged else []))
    return lots


def _purchases(found: Statement, deployment: Deployment) -> Table:
    is_merged = len(found.accounts) > 1
    account = ["account"] if is_merged else []
    columns = ["when", "sale", ">base", ">bonus", ">miles", "valid to", "why", *account]
    purchases = table(*columns, title="Purchases settled")
    for one in found.purchases:
        purchases.add_row(*_purchase_row(one, deployment), *([f"id {one.account}"] if is_merged else []))
    return purchases


def _adjustments(found: Statement) -> Table:
    columns = ("when", ">number", "what", "reason", "valid to", "proposed and approved by", "")
    adjustments = table(*columns, title="Adjustments")
    for one in found.adjustments:
        adjustment = one.adjustment
        adjustments.add_row(
            shown_instant(adjustment.decided_at)[:10],
            number(adjustment.adjustment_id),
            what(adjustment),
            REASONS[adjustment.reason],
            shown_day(adjustment.last_day),
            f"{adjustment.proposer}\n{adjustment.decided_by}",
            "" if one.is_final else "not read from a final block yet",
        )
    return adjustments


def grant_words(grant: Grant, names: dict[int, str]) -> str:
    """What one promotion gave, in words."""
    name = names.get(grant.promotion_id, f"promotion {grant.promotion_id}")
    if grant.cut is Cut.NONE:
        return f"{name} +{number(grant.granted)}"
    return f"{name} +{number(grant.granted)} of {number(grant.desired)}, cut by {CUTS[grant.cut]}"


def _purchase_row(one: StatementPurchase, deployment: Deployment) -> tuple[str, ...]:
    settled, purchase = one.settled, one.purchase
    return (
        purchase.occurred_at.date().isoformat(),
        f"{purchase.sale_ref} {purchase.partner}{_what_it_is(purchase)}",
        number(settled.base),
        number(settled.bonus),
        _signed(settled),
        shown_day(settled.last_day),
        "\n".join(_why(one, promotion_names(deployment))),
    )


def _what_it_is(purchase: Purchase) -> str:
    if purchase.kind is PurchaseKind.SALE:
        return ""
    of = "" if purchase.amends == purchase.sale_ref else f" of {purchase.amends}"
    return f"\n{KINDS[purchase.kind]}{of}"


def _signed(settled: Settled) -> str:
    """Miles that a purchase moved: an amendment only what it changed."""
    return f"-{number(settled.returned)}" if settled.returned else number(settled.credited)


def _why(one: StatementPurchase, names: dict[int, str]) -> Iterator[str]:
    settled = one.settled
    if settled.outcome is not Outcome.CREDITED:
        yield OUTCOMES[settled.outcome]
    if settled.amendment is not None:
        yield "base and bonus are what is left of the bill's"
    if settled.debt_offset:
        yield f"{counted(settled.debt_offset, 'mile')} paid what was owed"
    if one.owed:
        yield f"{counted(one.owed, 'mile')} had been spent and are owed"
    if forgone := settled.returned - one.taken - one.owed:
        yield f"{counted(forgone, 'mile')} had been spent or had lapsed, and are not asked back"
    for grant in settled.grants:
        yield grant_words(grant, names)
    if not one.is_newest:
        yield "changed since: the newest of it is below"
