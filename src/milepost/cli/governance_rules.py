"""`milepost governance announce-rule` and `announce-act`: changed rules, and acts on miles that exist.

Between governance.py, which schedules and executes, and the ledger, which refuses what gives no notice.
"""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.governance import CallData, Execute, run_acts

if TYPE_CHECKING:
    from milepost.domain.programme import LotAct
    from milepost.domain.quantities import DayNumber

KINDS = ("grace", "move", "never")
"""In the order of their numbers on chain, from 1."""


def announce_rule(
    context: typer.Context,
    programme: Annotated[
        str, typer.Argument(help="A programme's file, or the name of one: its last version is announced.")
    ],
    execute: Execute = False,
    calldata: CallData = False,
) -> None:
    """Announce a programme's next version: it binds miles earned from its day on.

    The ledger refuses a day before the programme's notice is over, counted from the day it is executed.
    """
    from milepost.catalogue import load_programme
    from milepost.chain.governance_acts import announcing_rule

    version = load_programme(programme).versions[-1]
    run_acts(context, lambda at: announcing_rule(at, version), execute=execute, calldata=calldata)


def announce_act(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="grace, move or never.")],
    from_day: Annotated[str, typer.Option("--from", help="First last valid day that it changes.")],
    until: Annotated[str | None, typer.Option(help="Of grace: the day before which none dies.")] = None,
    months: Annotated[int, typer.Option(help="Of move: months, below 0 to shorten.")] = 0,
    versions: Annotated[
        int, typer.Option(min=1, max=15, help="Miles of this version of the rules and lower are concerned.")
    ] = 1,
    execute: Execute = False,
    calldata: CallData = False,
) -> None:
    """Announce an act on miles that exist: grace to a day, a move by months, or no lapse at all.

    The ledger refuses one that begins in the past, or shortens lives within the programme's notice.
    """
    from milepost.chain.governance_acts import announcing_act

    act = _act_of(kind, from_day, until, months, versions)
    run_acts(context, lambda at: announcing_act(at, act), execute=execute, calldata=calldata)


def _act_of(kind: str, from_day: str, until: str | None, months: int, versions: int) -> "LotAct":
    """Raises: SettingsRefused for words that contradict each other, as the ledger would much later."""
    from milepost.config import SettingsRefused
    from milepost.domain.programme import ActKind, LotAct
    from milepost.domain.quantities import DayNumber

    if kind not in KINDS:
        raise SettingsRefused(f"{kind!r} is no act: write {', '.join(KINDS[:-1])} or {KINDS[-1]}.")
    if (until is not None) != (kind == "grace") or (months != 0) != (kind == "move"):
        raise SettingsRefused("Grace takes --until, move takes --months, never takes neither.")
    last = _day(until) if until else DayNumber(0)
    return LotAct(ActKind(KINDS.index(kind) + 1), versions, _day(from_day), last, months)


def _day(given: str) -> "DayNumber":
    from milepost.config import SettingsRefused
    from milepost.domain.calendar import day_number

    try:
        return day_number(date.fromisoformat(given))
    except ValueError:
        raise SettingsRefused(f"{given!r} is no day: write it as 2020-03-01.") from None
