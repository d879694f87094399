"""Every coming date in words and as JSON: what never lapses, the pool, and what may be revived."""

from io import StringIO

from rich.console import Console

from milepost.cli.coming_view import MOST_EXPLAINED, show_coming
from milepost.domain.expiry import LapseRule
from milepost.domain.explanation import Explanation
from milepost.domain.lots import Lot
from milepost.domain.rules import NEVER, POOL_DAY
from milepost.pipeline.explain_coming import Coming, ComingLapse
from tests.support.ledgers import day

MAY = day("2021-05-04")
WORDS = Explanation(("Because.",), ("Fly.",), ("Nothing.",))
LOT = ComingLapse(1, Lot(MAY, 2, 94, MAY), 1_620_144_000, LapseRule.LOT, WORDS, None)
POOL = ComingLapse(1, Lot(MAY, 0, 7, POOL_DAY), 1_620_144_000, LapseRule.ACCOUNT, WORDS, MAY + 60)
GOOD = ComingLapse(2, Lot(NEVER, 1, 5, NEVER), None, None, WORDS, None)


def shown(*lapses: ComingLapse, is_merged: bool = False) -> str:
    console = Console(file=StringIO(), width=160)
    show_coming(Coming(lapses, ()), console=console, is_merged=is_merged)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_show_coming__in_words__lists_dates_then_reasons() -> None:
    text = shown(LOT, POOL, GOOD)
    assert "2021-05-04T16:00:00Z" in text and "version 2" in text and "account's deadline" in text
    assert "lapsed; may live again until 2021-07-03" in text
    assert "94 miles to 2021-05-04" in text and "5 miles that never lapse" in text
    assert "To keep them" in text and "id 2" not in text


def test_show_coming__merged__names_the_accounts() -> None:
    assert "id 2" in shown(LOT, GOOD, is_merged=True)


def test_show_coming__many_lots__explains_the_first() -> None:
    text = shown(*[LOT] * (MOST_EXPLAINED + 2))
    assert text.count("94 miles to 2021-05-04") == MOST_EXPLAINED
    assert "2 more lots: --json explains each." in text
