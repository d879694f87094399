"""Draws what is outstanding: a bar a month of expiry, by funding partner, and what never lapses or lapsed.

`liability.py` asks for it; matplotlib is imported here alone, as it takes over a second.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from milepost.bootstrap import Deployment
from milepost.cli.chart_file import save_chart
from milepost.cli.liability_view import PROGRAMME, funder_name, ordered_funders, shown_month
from milepost.cli.output import counted, day
from milepost.domain.liability import Liability, Month
from milepost.domain.quantities import PartnerId
from milepost.pipeline.state_liability import LiabilityStatement

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PARTNERS = 6
"""Partners with a colour of their own; those who funded less share one."""
FEWEST_MONTHS = 12
"""Months that the chart has room for at least."""

_COLOURS = ("#20639b", "#3caea3", "#f6a21e", "#ed553b", "#7b5ea7", "#8a9a5b")
_OTHERS, _PROGRAMME, _LAPSED = "#9aa5b1", "#4a5563", "#c9b8a8"


def draw_liability(found: LiabilityStatement, deployment: Deployment, path: Path) -> None:
    """Draw the chart into a file, in the format of its name.

    Raises: typer.BadParameter if it cannot be written.
    """
    from matplotlib.figure import Figure

    liability = found.liability
    figure = Figure(figsize=(13, 6.5), layout="constrained")
    months, rest = figure.subplots(1, 2, width_ratios=(7, 3))
    _draw_months(months, liability, deployment)
    _draw_rest(rest, found)
    handles, names = months.get_legend_handles_labels()
    if handles:
        figure.legend(handles, names, loc="outside lower left", ncols=4, frameon=False, fontsize=9)
    figure.suptitle(
        f"{deployment.title}: {counted(liability.total.live, 'mile')} outstanding on {day(liability.day)}",
        fontsize=14,
        fontweight="bold",
        ha="left",
        x=0.01,
    )
    save_chart(figure, path)


def stacks(
    liability: Liability, deployment: Deployment
) -> tuple[list[Month], list[tuple[str, str, list[int]]]]:
    """What the bars show: every month from the first to the last, and name, colour and miles a month of each.

    Shape: partners by what they funded, most first, at most so many; the rest in one, the programme last.
    """
    known = [month for month, _ in liability.months if month is not None]
    months = _months_between(min(known), max(known)) if known else []
    partners = [funder for funder, _ in ordered_funders(liability) if funder is not None]
    shown, others = partners[:MOST_PARTNERS], partners[MOST_PARTNERS:]
    groups: list[tuple[str, str, list[PartnerId | None]]] = [
        (funder_name(one, deployment) or PROGRAMME, _COLOURS[i], [one]) for i, one in enumerate(shown)
    ]
    groups.append((counted(len(others), "other partner"), _OTHERS, list(others)))
    groups.append((PROGRAMME, _PROGRAMME, [None]))
    found = [
        (name, colour, [sum(liability.months.get((month, one), 0) for one in group) for month in months])
        for name, colour, group in groups
    ]
    return months, [one for one in found if any(one[2])]


def _months_between(first: Month, last: Month) -> list[Month]:
    numbers = range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1])
    return [(one // 12, one % 12 + 1) for one in numbers]


def _draw_months(axes: "Axes", liability: Liability, deployment: Deployment) -> None:
    months, rows = stacks(liability, deployment)
    floor = [0] * len(months)
    for name, colour, miles in rows:
        axes.bar(range(len(months)), miles, bottom=floor, color=colour, label=name, width=0.85)
        floor = [below + one for below, one in zip(floor, miles, strict=True)]
    step = max(1, -(-len(months) // 12))
    axes.set_xticks(
        range(0, len(months), step), [shown_month(month) for month in months[::step]], rotation=45, ha="right"
    )
    axes.set_title("Miles by month of expiry and funding partner", loc="left", fontsize=11)
    # Few months are not drawn as walls.
    axes.set_xlim(-0.6, max(len(months), FEWEST_MONTHS) - 0.4)
    if not rows:
        axes.text(0.5, 0.5, "Nothing outstanding lapses.", ha="center", transform=axes.transAxes)
    _tidy(axes)


def _draw_rest(axes: "Axes", found: LiabilityStatement) -> None:
    liability = found.liability
    rows = (
        ("never\nlapses", liability.by_month().get(None, 0), _PROGRAMME),
        ("lapsed,\nrevivable", liability.total.revivable, _COLOURS[2]),
        ("lapsed\nfor good", liability.total.lapsed, _LAPSED),
        ("written\noff", found.totals.written_off, _LAPSED),
    )
    bars = axes.bar(
        [name for name, _, _ in rows], [miles for _, miles, _ in rows], color=[c for _, _, c in rows]
    )
    axes.bar_label(bars, labels=[f"{miles:,}" for _, miles, _ in rows], fontsize=8, padding=2)
    axes.tick_params(axis="x", labelsize=8)
    axes.set_title("Without a month (own scale)", loc="left", fontsize=11)
    _tidy(axes)


def _tidy(axes: "Axes") -> None:
    def thousands(value: float, _: Any) -> str:
        return f"{value:,.0f}"

    axes.yaxis.set_major_formatter(thousands)
    axes.set_ylim(0, max(axes.get_ylim()[1], 10))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.25)
    axes.set_axisbelow(True)
