"""Opening a file of purchases."""

from io import BytesIO
from pathlib import Path

import pytest

from milepost.domain.errors import FeedError
from milepost.domain.purchase import SubmittedPurchase
from milepost.feeds.files import MOST_LINE_BYTES, numbered_lines, read_feed, read_feed_bytes
from milepost.ports import Rejection
from tests.support.feed_rows import a_row, csv_of
from tests.support.poslogs import POSLOG, poslog_of
from tests.support.programme import PARTNERS, a_partner


def test_read_feed__csv_file__its_stem_is_the_source(tmp_path: Path) -> None:
    path = tmp_path / "may-2018.CSV"
    path.write_bytes(csv_of(a_row()))
    (read,) = read_feed(path, PARTNERS)
    assert isinstance(read, SubmittedPurchase)
    assert read.purchase.source == "may-2018"


@pytest.mark.parametrize(
    ("name", "sentence"), [("gone.csv", "cannot be read"), ("tips.xlsx", "no feed by its")]
)
def test_read_feed__no_such_file_or_format__is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(FeedError, match=sentence) as caught:
        list(read_feed(tmp_path / name, PARTNERS))
    assert caught.value.exit_code == 2


def test_read_feed__a_folder__is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(FeedError, match="cannot be read"):
        list(read_feed(tmp_path / "a.csv", PARTNERS))


def test_read_feed__poslog_file__its_source_is_poslog(tmp_path: Path) -> None:
    path = tmp_path / "monday.XML"
    path.write_bytes(poslog_of())
    (read,) = read_feed(path, {"putien": a_partner(feeds=(POSLOG,))})
    assert isinstance(read, SubmittedPurchase)
    assert read.purchase.source == "poslog"


def test_read_feed_bytes__unknown_format__is_refused() -> None:
    with pytest.raises(FeedError, match="no format of a feed"):
        list(read_feed_bytes(b"", PARTNERS, source="x", suffix=".xml"))


def test_numbered_lines__at_the_limit__is_kept_and_one_more_is_not() -> None:
    longest = b"x" * (MOST_LINE_BYTES - 1)
    lines = list(numbered_lines(BytesIO(longest + b"\n" + longest + b"x\n" + b"end")))
    assert lines[0] == (1, longest.decode())
    assert isinstance(lines[1][1], Rejection)
    assert lines[2] == (3, "end")


def test_numbered_lines__endless_line__is_read_past() -> None:
    lines = list(numbered_lines(BytesIO(b"x" * (5 * MOST_LINE_BYTES))))
    assert [(number, type(line)) for number, line in lines] == [(1, Rejection)]


@pytest.mark.parametrize("missing", [1, 2, 4])
def test_read_feed_bytes__csv_cut_in_its_last_cell__rejects_that_row(missing: int) -> None:
    """Found by cutting: a row cut in its last cell was taken as it was, for another member."""
    content = csv_of(a_row(), a_row(sale_ref="A-1002"))
    whole, cut = read_feed_bytes(content[:-missing], PARTNERS, source="x", suffix=".csv")
    assert isinstance(whole, SubmittedPurchase)
    assert isinstance(cut, Rejection) and (cut.line, cut.code) == (3, "malformed_row")
    assert "ends in the middle of this row" in cut.sentence


def test_numbered_lines__last_line_must_end_and_is_blank__is_none_that_was_cut() -> None:
    assert list(numbered_lines(BytesIO(b"a\nb\n  "), must_end=True))[2] == (3, "  ")
    assert list(numbered_lines(BytesIO(b"header"), must_end=True)) == [(1, "header")]
