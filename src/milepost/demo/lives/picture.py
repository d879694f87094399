"""Draws what became of every programme's miles: a panel each, on one scale, as `build/lives.svg`.

`document.py` gives the numbers. matplotlib takes more than a second to import, so that is done late.
"""

from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from textwrap import wrap
from typing import Any

_COLUMNS = 5
_PANEL_INCHES = (3.0, 3.0)
_LETTERS = 46
"""Of a line below a panel."""
_MILLION = 1_000_000
_MONTHS_A_TICK = 12
_BANDS = {"live": "#2b6ca3", "redeemed": "#8fbf88", "lapsed": "#e2725b"}
_NAMES = {
    "live": "alive: may be spent",
    "redeemed": "redeemed, in all so far",
    "lapsed": "lapsed, in all so far",
}


def bands(programme: Mapping[str, Any]) -> dict[str, list[int]]:
    """Miles at the end of each month, month 0 before all: alive, and redeemed and lapsed in all so far.

    Shape: the three add up to what was earned so far.
    """
    months = programme["by_month"]
    return {
        "live": [0, *(month["live"] for month in months)],
        **{what: [0, *accumulate(month[what] for month in months)] for what in ("redeemed", "lapsed")},
    }


def draw(found: Mapping[str, Any], path: Path) -> None:
    """Write the picture; the kind follows the path's suffix. The same document gives the same bytes."""
    import matplotlib

    # No display is asked for, and no date or random name is written.
    matplotlib.use("agg")
    matplotlib.rcParams["svg.hashsalt"] = "milepost"
    from matplotlib import pyplot

    programmes = found["programmes"]
    columns = min(_COLUMNS, len(programmes))
    rows = -(-len(programmes) // columns)
    width, height = _PANEL_INCHES
    figure, panels = pyplot.subplots(
        rows, columns, sharex=True, sharey=True, squeeze=False,
        figsize=(max(3, columns) * width + 0.6, rows * height + 1.8), layout="constrained",
    )  # fmt: skip
    cells = list(panels.flat)
    for panel, programme in zip(cells, programmes, strict=False):
        _draw_panel(panel, programme, found["months"])
    for panel in cells[len(programmes) :]:
        panel.set_visible(False)
    _draw_frame(figure, cells[0], found)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)
    pyplot.close(figure)


def _draw_panel(panel: Any, programme: Mapping[str, Any], months: Mapping[str, int]) -> None:
    watched, miles = months["watched"], programme["miles"]
    parts = bands(programme)
    panel.stackplot(
        range(watched + 1), *(parts[what] for what in _BANDS), colors=list(_BANDS.values()), linewidth=0
    )
    panel.axvline(months["of_purchases"], color="black", linewidth=0.8, linestyle=":")
    panel.set_title(f"{programme['programme']}, from {programme['first_day']}", fontsize=10, loc="left")
    earned = max(miles["earned"], 1)
    shares = "  ".join(
        f"{what} {(100 * miles[key] + earned // 2) // earned} %"
        for what, key in (("lapsed", "lapsed"), ("redeemed", "redeemed"), ("alive", "live"))
    )
    panel.set_xlabel("\n".join([shares, *wrap(programme["rule"], _LETTERS)]), fontsize=8)
    panel.xaxis.set_major_locator(_every(_MONTHS_A_TICK))
    panel.tick_params(labelsize=8, labelbottom=True)
    panel.margins(x=0)
    panel.spines[["top", "right"]].set_visible(False)


def _draw_frame(figure: Any, panel: Any, found: Mapping[str, Any]) -> None:
    source = found["source"]
    figure.suptitle(
        f"What became of the miles of {source['members']:,} members and {source['purchases']:,} purchases",
        fontsize=14, x=0.01, ha="left",
    )  # fmt: skip
    figure.supylabel("miles", fontsize=9)
    figure.supxlabel(
        "Months since the first purchase; the dotted line is the last one. Below each panel: shares of all"
        " miles earned, at the end, and how long miles live.\nReal purchases of music (CDNOW), taken as"
        " dining bills;"
        f" every second member redeems {found['award_miles']} miles a quarter when they are there.",
        fontsize=9,
    )
    panel.yaxis.set_major_formatter(lambda miles, _: f"{miles / _MILLION:g} M" if miles else "0")
    handles = [_patch(color, _NAMES[what]) for what, color in reversed(_BANDS.items())]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles), fontsize=10, frameon=False)


def _patch(color: str, label: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(color=color, label=label)


def _every(months: int) -> Any:
    from matplotlib.ticker import MultipleLocator

    return MultipleLocator(months)
