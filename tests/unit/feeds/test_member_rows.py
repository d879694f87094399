"""Reading a list of members: one answer a row, with a stable code for what is refused."""

from pathlib import Path

import pytest

from milepost.domain.errors import FeedError
from milepost.feeds.member_rows import read_member_rows
from milepost.ports import MemberRow, Rejection

TIERS = ("blue", "gold")
HEADER = "member,tier,segments,enrolled_at\n"


def _read(folder: Path, text: str, tiers: tuple[str, ...] = TIERS) -> list[MemberRow | Rejection]:
    file = folder / "members.csv"
    file.write_text(text, encoding="utf-8")
    return list(read_member_rows(file, tiers))


def test_read_member_rows__every_column__is_taken(tmp_path: Path) -> None:
    rows = _read(tmp_path, HEADER + "M1,Gold,0 5,2018-04-02T09:00:00+08:00\nM2,,,\n\n")
    assert rows == [MemberRow("M1", 1, 33, 1_522_630_800), MemberRow("M2")]


def test_read_member_rows__segments_by_name__are_their_bits(tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text("member,segments\nM1,staff 0\nM2,stuff\n", encoding="utf-8")
    found, refused = read_member_rows(file, TIERS, {"staff": 31, "regular": 9})
    assert found == MemberRow("M1", segments=1 << 31 | 1)
    assert isinstance(refused, Rejection) and refused.code == "bad_segments"
    assert refused.sentence == "'stuff' is no segment: staff, regular, or 0 to 31, spaces between."


def test_read_member_rows__members_alone__are_enough(tmp_path: Path) -> None:
    assert _read(tmp_path, "member,name\nM1,x\n") == [MemberRow("M1")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",,,", "bad_member"),
        ("a@b.example,,,", "bad_member"),
        ("M" * 129 + ",,,", "bad_member"),
        ("M1,silver,,", "unknown_tier"),
        ("M1,,32,", "bad_segments"),
        ("M1,,-1,", "bad_segments"),
        ("M1,,,2018-04-02", "bad_time"),
        ("M1,,,soon", "bad_time"),
        ("M1,,,1970-01-01T00:00:00+00:00", "bad_time"),
        ("M1,,", "malformed_row"),
        ('"M1,,,', "malformed_row"),
    ],
)
def test_read_member_rows__something_wrong__is_rejected_by_code(tmp_path: Path, row: str, code: str) -> None:
    (found, good) = _read(tmp_path, f"{HEADER}{row}\nM9,,,\n")
    assert isinstance(found, Rejection) and (found.line, found.code) == (2, code)
    assert good == MemberRow("M9")


def test_read_member_rows__programme_without_tiers__takes_empty_ones_only(tmp_path: Path) -> None:
    (found,) = _read(tmp_path, HEADER + "M1,blue,,\n", ())
    assert isinstance(found, Rejection) and "leave it empty" in found.sentence


@pytest.mark.parametrize("text", ["", "number\nM1\n", "member,member\nM1,M2\n"])
def test_read_member_rows__header_of_no_use__is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FeedError, match=r"column member|twice"):
        _read(tmp_path, text)


def test_read_member_rows__no_file__is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot be read"):
        list(read_member_rows(tmp_path / "none.csv", TIERS))
