"""Shows when miles lapse, to a person as a table with reasons and to a program as JSON.

`expiry.py` has it found; nothing is decided here.
"""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding

from milepost.cli.output import facts, table
from milepost.domain.calendar import date_of, shown_instant, void_at
from milepost.domain.expiry import Lapse, LapseRule
from milepost.domain.explanation import explain
from milepost.domain.programme import Programme
from milepost.domain.rules import NEVER

_BY = {LapseRule.LOT: "their own day", LapseRule.ACCOUNT: "the account's deadline", None: "-"}


def expiry_document(programme: Programme, lapse: Lapse) -> dict[str, Any]:
    """One answer as JSON values; days and instants are null when the miles never lapse."""
    return {
        "programme": programme.name,
        "earned": _earned(lapse),
        "tier": programme.tiers[lapse.tier] if programme.tiers else None,
        "last_valid_day": _last_day(lapse),
        "void_at": _void_at(programme, lapse),
        "rule": lapse.rule,
        "explanation": str(explain(programme, lapse)),
    }


def show_expiry(programme: Programme, lapses: Sequence[Lapse], *, console: Console) -> None:
    """A row an answer, and below it the reasons of each different one."""
    head = facts()
    head.add_row("Programme", f"{programme.title} ({programme.name})")
    if programme.tiers:
        head.add_row("Tier", f"{programme.tiers[lapses[0].tier]}, all the time")
    if lapses[0].last_activity is not None:
        head.add_row("Last activity", date_of(lapses[0].last_activity).isoformat())
    console.print(head)
    console.print()
    rows = table("Earned", "Last valid day", "Void from (UTC)", "By")
    for lapse in lapses:
        void, last = _void_at(programme, lapse), _last_day(lapse)
        rows.add_row(_earned(lapse), last or "never", void or "-", _BY[lapse.rule])
    console.print(rows)
    for lapse in dict.fromkeys(lapses):
        console.print()
        _show_reasons(programme, lapse, console)
    console.print("\nClauses are those of docs/programme-rules.md.", style="dim")


def _show_reasons(programme: Programme, lapse: Lapse, console: Console) -> None:
    found = explain(programme, lapse)
    console.print(f"Earned {_earned(lapse)}", style="bold")
    reasons = facts()
    for name, sentences in (("Why", found.why), ("To keep them", found.keeping), ("Cost", found.cost)):
        if sentences:
            reasons.add_row(name, "\n".join(sentences))
    console.print(Padding(reasons, (0, 0, 0, 2)))


def _earned(lapse: Lapse) -> str:
    # The command judges days of earning; only lots of a ledger do not know theirs.
    assert lapse.earned is not None
    return date_of(lapse.earned).isoformat()


def _last_day(lapse: Lapse) -> str | None:
    return None if lapse.last_day == NEVER else date_of(lapse.last_day).isoformat()


def _void_at(programme: Programme, lapse: Lapse) -> str | None:
    if lapse.last_day == NEVER:
        return None
    return shown_instant(void_at(lapse.last_day, programme.utc_offset_minutes))
