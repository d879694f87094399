"""One network and one case for the tier; at its end the figures of every fault are printed and kept."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.bft_figures import write_figures
from tests.support.bft_stage import BftCase, bft_case

_FIGURES = Path(__file__).parents[2] / "build/bft.md"


@pytest.fixture(scope="session")
def case() -> Iterator[BftCase]:
    with TemporaryDirectory(prefix="milepost-bft-run-") as folder, bft_case(Path(folder)) as made:
        yield made
        write_figures(made, _FIGURES)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the run measured."""
    if _FIGURES.exists():
        terminalreporter.write_line(_FIGURES.read_text(encoding="utf-8"))


def pytest_sessionstart() -> None:
    """Nothing of an earlier run is printed as this one's."""
    _FIGURES.unlink(missing_ok=True)
