"""Draws budgets over time: what is left of each day by day, and what promotions without one have granted.

`promotions_simulation.py` asks for it; matplotlib is imported here alone, as it takes over a second.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from milepost.cli.chart_file import save_chart
from milepost.cli.output import counted
from milepost.simulation.tally import PromotionTally, budget_by_day
from milepost.simulation.trial import AGAINST, BASELINE, DRAFT, Trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = ("#20639b", "#3caea3", "#f6a21e", "#ed553b", "#7b5ea7", "#8a9a5b", "#4a5563", "#c9b8a8")
_STYLES = {DRAFT: "-", AGAINST: "--", BASELINE: ":"}
_TITLES = {DRAFT: "", AGAINST: " (against)", BASELINE: " (as it stands)"}


def draw_budgets(trial: Trial, path: Path) -> None:
    """Draw the chart into a file, in the format of its name.

    Raises: typer.BadParameter if it cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 6.5), layout="constrained")
    left, granted = figure.subplots(1, 2)
    for run, tally in trial.tallies.items():
        for place, one in enumerate(tally.promotions.values()):
            look = {"color": _COLOURS[place % len(_COLOURS)], "linestyle": _STYLES[run]}
            _draw_left(left, one, one.promotion.name + _TITLES[run], look)
            _draw_granted(granted, one, one.promotion.name + _TITLES[run], look)
    left.set_title("Miles left of each budget", loc="left", fontsize=11)
    granted.set_title("Miles granted so far", loc="left", fontsize=11)
    for axes in (left, granted):
        _tidy(axes)
    tried = counted(len(trial.draft.purchases), "purchase")
    figure.suptitle(f"Tried on {tried}", fontsize=14, fontweight="bold", ha="left", x=0.01)
    save_chart(figure, path)


def _draw_left(axes: "Axes", one: PromotionTally, name: str, look: dict[str, Any]) -> None:
    if one.budget is None:
        return
    known = budget_by_day(one)
    days: list[Any] = [one.promotion.window.from_day, *known]
    axes.plot(days, [one.budget, *known.values()], drawstyle="steps-post", label=name, **look)


def _draw_granted(axes: "Axes", one: PromotionTally, name: str, look: dict[str, Any]) -> None:
    days = sorted(one.by_day)
    if not days:
        return
    sums, total = [], 0
    for day in days:
        total += one.by_day[day]
        sums.append(total)
    found: list[Any] = days
    axes.plot(found, sums, drawstyle="steps-post", label=name, **look)


def _tidy(axes: "Axes") -> None:
    def thousands(value: float, _: Any) -> str:
        return f"{value:,.0f}"

    axes.yaxis.set_major_formatter(thousands)
    axes.set_ylim(bottom=0)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=8)
        axes.tick_params(axis="x", labelrotation=30, labelsize=8)
    else:
        axes.text(0.5, 0.5, "None.", ha="center", transform=axes.transAxes)
        axes.set_xticks([])
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.25)
