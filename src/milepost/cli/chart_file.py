"""Writes a chart into the file that `--chart` names, in the format of its name.

The charts of liability and of tried promotions are drawn elsewhere; matplotlib is imported late, as it takes
over a second.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save_chart(figure: "Figure", path: Path) -> None:
    """Write a figure. Two charts of the same numbers are the same file.

    Raises: typer.BadParameter if it cannot be written.
    """
    from matplotlib import rc_context

    # Without a date and with ids of its own, an SVG depends on nothing but what it shows.
    metadata = {"Date": None} if path.suffix.lower() == ".svg" else None
    try:
        with rc_context({"svg.hashsalt": "milepost"}):
            figure.savefig(path, dpi=150, metadata=metadata)
    except OSError as error:
        raise typer.BadParameter(
            f"{path} cannot be written: {error.strerror}.", param_hint="--chart"
        ) from None
