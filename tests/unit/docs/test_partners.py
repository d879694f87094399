"""docs/partners.md: its commands exist with these words, and its tables are all there is."""

import re
from pathlib import Path

from milepost.cli.partner_invoice import ITEM_WORDS
from milepost.domain.partner_account import Item
from milepost.domain.partner_books import Reason
from tests.support.cli_stage import run_cli

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")


def test_page__its_commands__know_their_words() -> None:
    commands = re.findall(r"^    milepost partner (\w+)(.*?)(?:#.*)?$", PAGE, re.MULTILINE)
    known = {"status", "ledger", "invoice", "reconcile", "fund", "alert", "contribute", "release"}
    assert {name for name, _ in commands} == known
    for name, words in commands:
        usage = run_cli("partner", name, "--help").stdout
        for option in re.findall(r"--[a-z-]+", words):
            assert option in usage, (name, option)


def test_page__reasons__are_all_there_are() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]* \|$", PAGE, re.MULTILINE)
    assert rows == [*Reason, "unreadable"]


def test_page__items__are_all_there_are() -> None:
    table = PAGE[PAGE.index("| line | adds |") : PAGE.index("* A month is")]
    assert set(Item) == set(re.findall(r"`([a-z_]+)`", table)) == {*ITEM_WORDS}
