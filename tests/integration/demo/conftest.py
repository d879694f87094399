"""A short month, the first sixty bills, played once on the embedded chain for all tests of its parts."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from milepost.demo.month import SOURCE, Month, play_month
from milepost.demo.stage import embedded_demo_chain
from milepost.demo.terminal import Terminal
from milepost.demo.tips import purchases_from_tips

ROOT = Path(__file__).resolve().parents[3]
BILLS = 60


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    rows = purchases_from_tips(ROOT / SOURCE)[:BILLS]
    terminal = Terminal(Console(file=io.StringIO()))
    folder = tmp_path_factory.mktemp("demo")
    return play_month(embedded_demo_chain(), rows, root=ROOT, folder=folder, terminal=terminal)
