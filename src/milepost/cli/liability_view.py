"""Shows what is outstanding, to a person as tables and to a program as JSON.

`liability.py` has it stated; nothing is decided here.
"""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from milepost.bootstrap import Deployment
from milepost.cli.output import counted, day, facts, number, table
from milepost.domain.calendar import shown_instant
from milepost.domain.liability import Liability, Month, Shares
from milepost.domain.programme import Programme
from milepost.domain.quantities import PartnerId
from milepost.pipeline.state_liability import LiabilityStatement

PROGRAMME = "the programme"
"""Who answers for miles that no partner funded."""


def liability_document(
    found: LiabilityStatement, programme: Programme, deployment: Deployment
) -> dict[str, Any]:
    """The statement as JSON values; months as `YYYY-MM`, null for a tier without a name and the programme."""
    liability, totals = found.liability, found.totals
    return {
        "programme": deployment.programme,
        "block": {"number": found.block.number, "hash": f"0x{found.block.block_hash.hex()}"},
        "at": shown_instant(found.block.timestamp),
        "day": day(liability.day),
        "chain_head": {
            "number": found.head.number,
            "at": shown_instant(found.head.timestamp),
            "blocks_not_counted": _not_counted(found),
        },
        "members": totals.enrolled,
        "outstanding": liability.total.live,
        "by_month": [
            {"month": shown_month(month), "miles": miles}
            for month, miles in liability.by_month().items()
            if month is not None
        ],
        "never_lapsing": liability.by_month().get(None, 0),
        "revivable": liability.total.revivable,
        "lapsed": {"not_written_off": liability.total.lapsed, "written_off": totals.written_off},
        "by_tier": [
            {"tier": _tier(programme, tier), "tier_number": tier, **_shares(shares)}
            for tier, shares in sorted(liability.tiers.items())
        ],
        "by_partner": [
            {"partner": funder_name(funder, deployment), "partner_id": funder, **_shares(shares)}
            for funder, shares in ordered_funders(liability)
        ],
        "totals": {
            "credited": totals.credited,
            "reversed": totals.reversed,
            "redeemed": totals.redeemed,
            "written_off": totals.written_off,
            "in_lots": liability.total.held,
        },
        "conserved": not found.differences.count,
        "difference_count": found.differences.count,
        "differences": found.differences.sentences,
    }


def show_liability(
    found: LiabilityStatement, programme: Programme, deployment: Deployment, *, console: Console
) -> None:
    """The statement as tables."""
    liability, totals = found.liability, found.totals
    head = facts()
    head.add_row("Programme", f"{deployment.title}, {counted(totals.enrolled, 'member')}")
    head.add_row("Block", f"{found.block.number}, {shown_instant(found.block.timestamp)}")
    head.add_row("Day", f"{day(liability.day)} by the programme's clock")
    head.add_row("Outstanding", counted(liability.total.live, "mile"))
    console.print(head)
    if further := further_words(found):
        console.print(f"\n{further}")
    for rows in (
        _months(liability, totals.written_off),
        _split(
            "By tier", "tier", {_tier(programme, k) or str(k): v for k, v in sorted(liability.tiers.items())}
        ),
        _split(
            "By funding partner (docs/liability.md)",
            "partner",
            {funder_name(k, deployment) or PROGRAMME: v for k, v in ordered_funders(liability)},
        ),
        _conservation(found),
    ):
        console.print()
        console.print(rows)
    if not found.differences.count:
        console.print("\nNo mile is missing: in sum and in every account, to the mile (INV-1).")


def further_words(found: LiabilityStatement) -> str | None:
    """What to do where the chain is further than the block that was counted to; None where it is not."""
    blocks, head = _not_counted(found), found.head
    if not blocks:
        return None
    if found.block.number < found.read.number:
        advice = f"leave out --at to count up to block {found.read.number}"
    else:
        advice = "run milepost settle without a file, which reads what is final, and ask again"
    return (
        f"The chain is {counted(blocks, 'block')} further, at block {head.number},"
        f" {shown_instant(head.timestamp)}: what happened there is not counted. To count it, {advice}."
    )


def shown_month(month: Month) -> str:
    """`YYYY-MM`."""
    return f"{month[0]}-{month[1]:02}"


def ordered_funders(liability: Liability) -> list[tuple[PartnerId | None, Shares]]:
    """Partners by what they are liable for, most first; the programme last."""
    return sorted(
        liability.funders.items(), key=lambda row: (row[0] is None, -row[1].live, -row[1].held, row[0] or 0)
    )


def funder_name(funder: PartnerId | None, deployment: Deployment) -> str | None:
    """The partner's code, its number where the deployment knows none, or None for the programme."""
    if funder is None:
        return None
    codes = {partner_id: code for code, partner_id in deployment.partners.items()}
    return codes.get(funder, f"partner {funder}")


def _not_counted(found: LiabilityStatement) -> int:
    return max(0, found.head.number - found.block.number)


def _months(liability: Liability, written_off: int) -> Table:
    months = table("lapses in", ">miles", title="Outstanding, by month of expiry")
    for month, miles in liability.by_month().items():
        months.add_row("never" if month is None else shown_month(month), number(miles))
    months.add_row("in all", number(liability.total.live), style="bold", end_section=True)
    months.add_row("lapsed, and late activity may revive it", number(liability.total.revivable))
    months.add_row("lapsed for good, not written off", number(liability.total.lapsed))
    months.add_row("lapsed and written off", number(written_off))
    return months


def _split(title: str, what: str, rows: Mapping[str, Shares]) -> Table:
    made = table(what, ">outstanding", ">revivable", ">lapsed, not written off", title=title)
    for name, shares in rows.items():
        made.add_row(name, number(shares.live), number(shares.revivable), number(shares.lapsed))
    return made


def _conservation(found: LiabilityStatement) -> Table:
    totals = found.totals
    made = table("", ">miles", title="The ledger's totals")
    made.add_row("credited", number(totals.credited))
    for what, miles in (
        ("less redeemed", totals.redeemed),
        ("less taken back", totals.reversed),
        ("less written off", totals.written_off),
    ):
        made.add_row(what, number(miles))
    made.add_row("must stand in lots", number(totals.held), style="bold")
    made.add_row("stands in lots", number(found.liability.total.held), style="bold")
    return made


def _tier(programme: Programme, tier: int) -> str | None:
    return programme.tiers[tier] if tier < len(programme.tiers) else None


def _shares(shares: Shares) -> dict[str, int]:
    return {"outstanding": shares.live, "revivable": shares.revivable, "lapsed": shares.lapsed}
