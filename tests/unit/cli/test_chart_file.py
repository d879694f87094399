"""Where a chart goes, and what is said where it cannot."""

from pathlib import Path

import pytest
import typer
from matplotlib.figure import Figure

from milepost.cli.chart_file import save_chart


def a_figure() -> Figure:
    figure = Figure()
    figure.subplots().plot([1, 2, 3])
    return figure


def test_save_chart__twice_as_svg__is_the_same_file(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        save_chart(a_figure(), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_save_chart__png__is_one(tmp_path: Path) -> None:
    save_chart(a_figure(), tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_save_chart__no_such_folder__names_the_file(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match=r"chart\.svg cannot be written: No such file"):
        save_chart(a_figure(), tmp_path / "missing" / "chart.svg")
