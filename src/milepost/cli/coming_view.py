"""Shows every coming last valid day of a member with its reasons, in words and as JSON.

A statement shows it between the lots and the purchases; nothing is decided here.
"""

from rich.console import Console
from rich.padding import Padding

from milepost.cli.output import counted, day, facts, number, shown_day, table
from milepost.domain.calendar import shown_instant
from milepost.domain.expiry import LapseRule
from milepost.domain.rules import POOL_DAY
from milepost.pipeline.explain_coming import Coming, ComingLapse

MOST_EXPLAINED = 12
"""Lots whose reasons are shown in words, those that lapse first; the document has them all."""

_BY = {LapseRule.LOT: "own day", LapseRule.ACCOUNT: "account's deadline", None: "-"}


def show_coming(coming: Coming, *, console: Console, is_merged: bool) -> None:
    """Every date and amount in order, and below the reasons of those that come first."""
    rows = table(
        "last valid day",
        ">miles",
        "void from (UTC)",
        "by",
        "rules",
        "",
        *(["account"] if is_merged else []),
        title="Coming, what lapses first above",
    )
    for one in coming.lapses:
        rows.add_row(*_row(one), *([f"id {one.account}"] if is_merged else []))
    console.print(rows)
    console.print()
    for one in coming.lapses[:MOST_EXPLAINED]:
        _show_reasons(one, console)
    if rest := coming.lapses[MOST_EXPLAINED:]:
        console.print(f"{counted(len(rest), 'more lot')}: --json explains each.\n", style="dim")


def _row(one: ComingLapse) -> tuple[str, ...]:
    status = "" if one.revivable_until is None else f"lapsed; may live again until {day(one.revivable_until)}"
    rules = "pool" if one.lot.own_day == POOL_DAY else f"version {one.lot.version}"
    last_day, miles = shown_day(one.lot.last_day), number(one.lot.miles)
    return last_day, miles, _void(one) or "-", _BY[one.rule], rules, status


def _show_reasons(one: ComingLapse, console: Console) -> None:
    last = day(one.lot.last_day)
    title = "that never lapse" if last is None else f"to {last}"
    console.print(f"{counted(one.lot.miles, 'mile')} {title}", style="bold")
    reasons = facts()
    words = one.explanation
    for name, sentences in (("Why", words.why), ("To keep them", words.keeping), ("Cost", words.cost)):
        if sentences:
            reasons.add_row(name, "\n".join(sentences))
    console.print(Padding(reasons, (0, 0, 1, 2)))


def _void(one: ComingLapse) -> str | None:
    return None if one.void_at_s is None else shown_instant(one.void_at_s)
