"""`milepost expiry`: when miles of a programme lapse, why, and what would keep them alive.

It asks the programme's file alone: no chain, no store, no settings. `expiry_view.py` shows what was found.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.session import AsJson

if TYPE_CHECKING:
    from milepost.domain.programme import Programme
    from milepost.domain.quantities import DayNumber

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_UNIX_START = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_SECOND = timedelta(seconds=1)


def expiry(
    programme: Annotated[
        str,
        typer.Argument(
            metavar="PROGRAMME", help="A programme's file, or the name of one in programmes/ or the package."
        ),
    ],
    earned: Annotated[
        list[str],
        typer.Option(
            metavar="DATE",
            help="Day of earning by the programme's clock, or an instant such as 2008-05-31T14:59:59Z. "
            "Repeated as needed. Where a programme counts by posting day, that day.",
        ),
    ],
    last_activity: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATE", help="Day or instant of a later activity that counts: one, the last of them."
        ),
    ] = None,
    tier: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The member's tier all the time.  [default: the lowest]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say when miles lapse, by which rule, why, and what would keep them alive.

    Each --earned is judged alone, as the account's only miles. Acts that a ledger was announced (part 9 of
    docs/programme-rules.md) are not looked at; a statement shows them. Nothing is asked of a node.
    """
    from milepost.catalogue import load_programme
    from milepost.cli.expiry_view import expiry_document, show_expiry
    from milepost.cli.output import answers, print_json
    from milepost.domain.expiry import lapse_of

    found = load_programme(programme)
    number = _tier_number(found, tier)
    last = _last_activity(found, last_activity or [])
    days = [_day(found, given, "--earned") for given in earned]
    lapses = [lapse_of(found, day, last_activity=last, tier=number) for day in days]
    if as_json:
        print_json([expiry_document(found, lapse) for lapse in lapses])
    else:
        show_expiry(found, lapses, console=answers())


def _tier_number(programme: "Programme", tier: str | None) -> int:
    if tier is None:
        return 0
    if tier.lower() not in programme.tiers:
        known = f"known are {', '.join(programme.tiers)}" if programme.tiers else "it has none: leave it out"
        raise typer.BadParameter(f"{tier!r} is no tier of {programme.name}; {known}.", param_hint="--tier")
    return programme.tiers.index(tier.lower())


def _last_activity(programme: "Programme", given: list[str]) -> "DayNumber | None":
    if len(given) > 1:
        # The parser would keep one of them and say nothing.
        raise typer.BadParameter(
            f"was given {len(given)} times: name only the last one.", param_hint="--last-activity"
        )
    return _day(programme, given[0], "--last-activity") if given else None


def _day(programme: "Programme", given: str, option: str) -> "DayNumber":
    """The programme's local day of a date or instant."""
    from milepost.catalogue.scalars import FIRST_DAY, LAST_DAY
    from milepost.domain.calendar import day_number

    try:
        day = _local_date(programme, given)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{given!r} is no day: write 2008-05-31, or an instant with offset as 2008-05-31T14:59:59Z.",
            param_hint=option,
        ) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise typer.BadParameter(
            f"{given!r} lies outside {FIRST_DAY} to {LAST_DAY} by the programme's clock.", param_hint=option
        )
    return day_number(day)


def _local_date(programme: "Programme", given: str) -> date:
    """Raises: ValueError, OverflowError for what is no day or instant of the calendar."""
    if _DAY.fullmatch(given):
        return date.fromisoformat(given)
    if not _INSTANT.fullmatch(given):
        raise ValueError(given)
    second = (datetime.fromisoformat(given) - _UNIX_START) // _ONE_SECOND
    return (_UNIX_START + timedelta(seconds=second, minutes=programme.utc_offset_minutes)).date()
