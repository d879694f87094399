"""Says in a few words what a promotion rewards."""

from typing import Any

from milepost.cli.output import counted, money, number
from milepost.domain.promotion import (
    Bands,
    Fixed,
    Multiple,
    PerStep,
    Reward,
    Step,
    Visit,
    WindowOutlets,
    WindowSpend,
)

_NAMES: dict[type, str] = {
    Multiple: "multiple",
    Fixed: "fixed",
    PerStep: "per_step",
    Bands: "bands",
    WindowSpend: "window_spend",
    WindowOutlets: "window_outlets",
    Visit: "visit",
}


def reward_words(reward: Reward, currency: str = "") -> str:
    """For a person; amounts with their currency where one is given. Units: miles, minor units."""
    match reward:
        case Multiple(bps):
            return _times(bps)
        case Fixed(miles):
            return counted(miles, "mile")
        case PerStep(step, miles):
            return f"{counted(miles, 'mile')} a {_amount(step, currency) or 'step'}"
        case Bands(rows):
            return _table(rows, currency, "by the bill")
        case WindowSpend(rows):
            return _table(rows, currency, "by spend")
        case WindowOutlets(rows):
            if not currency:
                return f"up to {counted(rows[-1].miles, 'mile')} by outlets"
            listed = ", ".join(f"{counted(row.miles, 'mile')} for {number(row.reached)}" for row in rows)
            return f"{listed} outlets within the window, topped up"
        case Visit():
            return _visit(reward)


def reward_document(reward: Reward) -> dict[str, Any]:
    """The one key of the file and what it holds. Units: basis points, miles, minor units."""
    match reward:
        case Multiple(bps):
            held: Any = {"multiple_bps": bps}
        case Fixed(miles):
            held = {"miles": miles}
        case PerStep(step, miles):
            held = {"step_minor": step, "miles": miles}
        case Bands(rows) | WindowSpend(rows) | WindowOutlets(rows):
            held = [{"from": row.reached, "miles": row.miles} for row in rows]
        case Visit() as visit:
            held = {
                "every": visit.every,
                "from": visit.from_visit,
                "multiple_bps": visit.multiple_bps,
                "miles": visit.miles,
                "resets": "calendar-year" if visit.is_yearly else None,
            }
    return {_NAMES[type(reward)]: held}


def _table(rows: tuple[Step, ...], currency: str, by: str) -> str:
    if not currency:
        return f"up to {counted(rows[-1].miles, 'mile')} {by}"
    steps = ", ".join(f"{counted(row.miles, 'mile')} from {money(row.reached, currency)}" for row in rows)
    return f"{steps}, {by}{' within the window, topped up' if by == 'by spend' else ''}"


def _visit(visit: Visit) -> str:
    paid = counted(visit.miles, "mile") if visit.miles else _times(visit.multiple_bps or 0)
    when = [
        f"every {visit.every}" if visit.every else "",
        f"from {visit.from_visit}" if visit.from_visit else "",
    ]
    counting = ", counted anew each calendar year" if visit.is_yearly else ""
    return f"{paid} for visits {' '.join(filter(None, when))}{counting}"


def _amount(minor: int, currency: str) -> str:
    return money(minor, currency) if currency else ""


def _times(bps: int) -> str:
    whole, part = divmod(bps, 10_000)
    decimals = f".{part:04d}".rstrip("0") if part else ""
    return f"base x {whole}{decimals}"
