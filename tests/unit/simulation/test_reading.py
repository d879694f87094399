"""Past purchases in order; what cannot be tried is kept apart with file, line and code."""

from pathlib import Path

import pytest

from milepost.catalogue import load_partners
from milepost.domain.errors import FeedError
from milepost.simulation.reading import read_past
from tests.support.catalogue_files import write, write_partner
from tests.support.simulations import a_bill, write_bills


def test_read_past__good_rows__come_in_their_order(tmp_path: Path) -> None:
    partners = load_partners([write_partner(tmp_path)])
    past = read_past(write_bills(tmp_path, a_bill("B", "1.00"), a_bill("A", "2.00")), partners)
    assert [one.purchase.sale_ref for one in past.purchases] == ["B", "A"]
    assert (past.refused, past.duplicates, past.members) == ([], [], [])


def test_read_past__refused_rows__are_named_by_line_and_code(tmp_path: Path) -> None:
    partners = load_partners([write_partner(tmp_path)])
    file = write_bills(tmp_path, a_bill("A", "1.00", outlet="nowhere"), a_bill("B", "2.00"))
    past = read_past(file, partners)
    (refusal,) = past.refused
    assert (refusal.file, refusal.rejection.line, refusal.rejection.code) == (file, 2, "unknown_outlet")
    assert [one.purchase.sale_ref for one in past.purchases] == ["B"]


def test_read_past__said_twice__counts_once_and_other_content_is_a_conflict(tmp_path: Path) -> None:
    partners = load_partners([write_partner(tmp_path)])
    rows = a_bill("A", "1.00"), a_bill("A", "1.00"), a_bill("A", "3.00")
    past = read_past(write_bills(tmp_path, *rows), partners)
    assert len(past.purchases) == 1 and past.duplicates == [3]
    assert [(one.rejection.line, one.rejection.code) for one in past.refused] == [(4, "conflict")]


def test_read_past__members__first_row_counts_and_bad_ones_are_refused(tmp_path: Path) -> None:
    partners = load_partners([write_partner(tmp_path)])
    members = write(
        tmp_path / "members.csv", "member,tier,segments,enrolled_at\nM-1,gold,3,\nM-1,,,\nM-2,tin,,\n"
    )
    purchases = write_bills(tmp_path, a_bill("A", "1.00"))
    past = read_past(purchases, partners, members=members, tiers=("silver", "gold"))
    assert [(row.number, row.tier, row.segments) for row in past.members] == [("M-1", 1, 8)]
    assert [(one.file, one.rejection.code) for one in past.refused] == [(members, "unknown_tier")]


def test_read_past__a_folder__is_read_in_order_of_name(tmp_path: Path) -> None:
    partners = load_partners([write_partner(tmp_path)])
    folder = tmp_path / "feed"
    folder.mkdir()
    write_bills(folder, a_bill("2", "1.00"), name="b.csv")
    write_bills(folder, a_bill("1", "1.00"), a_bill("2", "1.00", source="b"), name="a.csv")
    past = read_past(folder, partners)
    assert [one.purchase.sale_ref for one in past.purchases] == ["1", "2"] and past.duplicates == [2]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FeedError, match="holds no file of purchases"):
        read_past(empty, partners)
