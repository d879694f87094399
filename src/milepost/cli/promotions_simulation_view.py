"""Shows a programme manager what promotions did to past purchases: reach, cost, cuts, and when budgets end.

`promotions_simulation.py` ran them; `promotions_document.py` writes the same as JSON.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from milepost.cli.output import counted, number, table
from milepost.domain.outcome import Cut
from milepost.simulation.reading import Past
from milepost.simulation.tally import PartnerTally, PromotionTally, Tally, budget_by_day
from milepost.simulation.trial import AGAINST, BASELINE, DRAFT, Trial

BAR_COLUMNS = 30
"""Characters of a budget's bar, from the first to the last day of its window."""

_HEIGHTS = " ▁▂▃▄▅▆▇█"
_TITLES = {
    AGAINST: "Beside the draft it is held against",
    BASELINE: "Beside what stands today",
}


def show_trial(trial: Trial, past: Past, purchases: Path, console: Console) -> None:
    """Show the draft, then how it differs from each other run."""
    draft = trial.tallies[DRAFT]
    console.print(_heading(trial, past, purchases, draft), soft_wrap=True)
    _show_promotions(draft, console)
    _show_cuts(draft, console)
    _show_budgets(draft, console)
    _show_partners(draft, console)
    for name in (AGAINST, BASELINE):
        if name in trial.tallies:
            _show_difference(draft, trial.tallies[name], name, console)


def _table(*columns: str, title: str) -> Table:
    """Names and bars stay whole where the terminal is narrow: they are what a row is found by."""
    made = table(*columns, title=title)
    for column in made.columns:
        column.no_wrap = column.header in ("promotion", "")
    return made


def _heading(trial: Trial, past: Past, purchases: Path, draft: Tally) -> str:
    tried = counted(len(past.purchases), "purchase")
    if draft.first_day is None:
        return f"Nothing to try in {purchases}."
    members = counted(len({one.member for one in past.purchases if one.member is not None}), "member")
    earned = sum(count for outcome, count in draft.outcomes.items() if outcome.is_credited)
    rest = {outcome: count for outcome, count in draft.outcomes.items() if not outcome.is_credited}
    others = ", ".join(f"{number(count)} {outcome.code}" for outcome, count in sorted(rest.items()))
    twice = (
        f" {counted(len(past.duplicates), 'line')} said again what stood before." if past.duplicates else ""
    )
    refused = f" {counted(len(past.refused), 'row')} refused." if past.refused else ""
    return (
        f"Tried {tried} of {draft.first_day} to {draft.last_day} from {purchases}, by {members}:"
        f" {number(earned)} earned miles{f'; {others}' if others else ''}."
        f"{twice if past.duplicates else ''}{refused if past.refused else ''}\n"
    )


def _show_promotions(draft: Tally, console: Console) -> None:
    if not draft.promotions:
        console.print("No promotion: every purchase earns its base miles alone.\n")
        return
    shown = _table(
        "promotion", ">members", ">awards", ">desired", ">granted", ">cut", ">budget left", "budget ends",
        title="What members would have got, in miles",
    )  # fmt: skip
    for one in draft.promotions.values():
        shown.add_row(
            one.promotion.name,
            number(len(one.members)),
            number(one.awards),
            number(one.desired),
            number(one.granted),
            number(one.cut_miles),
            "no budget" if one.budget_left is None else number(one.budget_left),
            _end(one, draft),
        )
    _add_total(shown, draft.promotions.values())
    console.print(shown)
    console.print()


def _add_total(shown: Table, promotions: Iterable[PromotionTally]) -> None:
    found = list(promotions)
    if len(found) < 2:
        return
    members = {member for one in found for member in one.members}
    desired, granted = sum(one.desired for one in found), sum(one.granted for one in found)
    awards = sum(one.awards for one in found)
    cells = (len(members), awards, desired, granted, sum(one.cut_miles for one in found))
    shown.add_section()
    shown.add_row("all of them", *map(number, cells), "", "", style="bold")


def _end(one: PromotionTally, draft: Tally) -> str:
    if draft.last_day is None or draft.last_day < one.promotion.window.from_day:
        return "not tried"
    if one.ended_on is not None:
        return f"{one.ended_on}"
    if one.budget_left is None:
        return ""
    if one.would_end_on is not None:
        return f"about {one.would_end_on}"
    return "not in its window"


def _show_cuts(draft: Tally, console: Console) -> None:
    rows = [
        (one.promotion.name, cut, miles)
        for one in draft.promotions.values()
        for cut, miles in sorted(one.cut.items())
        if miles
    ]
    if not rows:
        return
    shown = _table("promotion", "limit", ">miles not granted", title="What limits cut")
    last = ""
    for name, cut, miles in rows:
        shown.add_row("" if name == last else name, _limit(cut), number(miles))
        last = name
    console.print(shown)
    console.print()


def _limit(cut: Cut) -> str:
    words = {
        Cut.GROUP: "another promotion of its group gave more",
        Cut.PREPAID: "the partner's prepaid miles",
    }
    return words.get(cut, cut.code.replace("_", " "))


def _show_budgets(draft: Tally, console: Console) -> None:
    limited = [one for one in draft.promotions.values() if one.budget is not None]
    if not limited:
        return
    shown = _table(
        "promotion", "from", "", "until", ">of", title="What is left of each budget over its window"
    )
    for one in limited:
        window = one.promotion.window
        assert one.budget is not None, "those without one are left out"
        shown.add_row(
            one.promotion.name,
            str(window.from_day),
            budget_bar(one, columns=BAR_COLUMNS, known_until=draft.last_day),
            str(window.until_day),
            number(one.budget),
        )
    console.print(shown)
    console.print()


def budget_bar(one: PromotionTally, *, columns: int, known_until: date | None) -> str:
    """The budget left at equal steps of the window, each a column; a column of 0 is empty.

    Shape: days after `known_until`, the day of the last purchase, are dots.
    """
    window, budget = one.promotion.window, one.budget
    assert budget, "a promotion with a budget"
    days = (window.until_day - window.from_day).days + 1
    left, found = budget, []
    known = budget_by_day(one)
    for column in range(columns):
        start = window.from_day + timedelta(days=column * days // columns)
        end = window.from_day + timedelta(
            days=max((column + 1) * days // columns - 1, column * days // columns)
        )
        within = [left_then for day, left_then in known.items() if day <= end]
        left = within[-1] if within else left
        if known_until is None or (start > known_until and left):
            found.append("·")
        else:
            found.append(_HEIGHTS[-(-left * (len(_HEIGHTS) - 1) // budget)])
    return "".join(found)


def _show_partners(draft: Tally, console: Console) -> None:
    shown = table("partner", "for", ">miles", ">cost", title="What each partner would have paid")
    for partner in draft.partners.values():
        if not partner.miles:
            continue
        shown.add_row(partner.partner.title, "base miles", number(partner.base), _cost(partner, partner.base))
        for one in draft.promotions.values():
            miles = one.by_partner[partner.partner.code]
            if miles:
                shown.add_row("", one.promotion.name, number(miles), _cost(partner, miles))
        shown.add_row("", "in all", number(partner.miles), _cost(partner, partner.miles), style="bold")
    console.print(shown)
    console.print()


def _cost(partner: PartnerTally, miles: int) -> str:
    cost = partner.cost_of(miles)
    return "not invoiced" if cost is None else f"{partner.partner.currency} {cost:,}"


def _show_difference(draft: Tally, other: Tally, name: str, console: Console) -> None:
    shown = _table(
        "promotion", ">members", f">{name}", ">awards", f">{name}", ">granted", f">{name}", ">difference",
        title=_TITLES[name],
    )  # fmt: skip
    own = {one.promotion.name: one for one in draft.promotions.values()}
    others = {one.promotion.name: one for one in other.promotions.values()}
    for promotion in dict.fromkeys((*own, *others)):
        mine, theirs = _sums(own.get(promotion)), _sums(others.get(promotion))
        cells = [cell for pair in zip(mine, theirs, strict=True) for cell in pair]
        shown.add_row(
            promotion, *cells, _signed(_granted(own.get(promotion)) - _granted(others.get(promotion)))
        )
    shown.add_section()
    sums = (number(draft.bonus), number(other.bonus), _signed(draft.bonus - other.bonus))
    shown.add_row("bonus miles in all", "", "", "", "", *sums, style="bold")
    for code, partner in draft.partners.items():
        former = other.partners[code]
        if partner.miles != former.miles:
            costs = (_cost(partner, partner.miles), _cost(former, former.miles))
            shown.add_row(f"{partner.partner.title} pays", "", "", "", "", *costs, _more(partner, former))
    console.print(shown)
    console.print()


def _more(partner: PartnerTally, former: PartnerTally) -> str:
    cost, before = partner.cost_of(partner.miles), former.cost_of(former.miles)
    return "" if cost is None or before is None else f"{cost - before:+,}"


def _granted(one: PromotionTally | None) -> int:
    return 0 if one is None else one.granted


def _sums(one: PromotionTally | None) -> tuple[str, str, str]:
    if one is None:
        return "-", "-", "-"
    return number(len(one.members)), number(one.awards), number(one.granted)


def _signed(value: int) -> str:
    return f"{value:+,}" if value else "0"
