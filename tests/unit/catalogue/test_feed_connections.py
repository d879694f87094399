"""The block `feeds` of a partner's file: what it says, and what is wrong with it by line."""

from pathlib import Path
from typing import Any

import pytest

from milepost.catalogue import CatalogueError
from milepost.catalogue.document import read_document
from milepost.catalogue.partner_file import make_partner
from milepost.domain.feed_connection import FeedConnection, FeedSystem
from tests.support.catalogue_files import problems_of, write_partner

SQUARE = {
    "notification_url": "https://miles.example.org/v1/feeds/square",
    "outlets": {"L0CAUSEWAYBAY": "causeway-bay"},
}


def _feeds(folder: Path, feeds: Any) -> tuple[FeedConnection, ...]:
    return make_partner(read_document(write_partner(folder, feeds=feeds))).feeds


def test_connections__no_block__are_none(tmp_path: Path) -> None:
    assert make_partner(read_document(write_partner(tmp_path))).feeds == ()


def test_connections__each_system__says_how_it_speaks(tmp_path: Path) -> None:
    outlets = {"1001": "causeway-bay", "1002": "hkg-airport"}
    feeds = {
        "square": {**SQUARE, "member": "customer_id"},
        "toast": {"outlets": outlets},
        "poslog": {"outlets": outlets},
    }
    square, toast, poslog = _feeds(tmp_path, feeds)
    assert square == FeedConnection(
        FeedSystem.SQUARE, (("L0CAUSEWAYBAY", "causeway-bay"),), SQUARE["notification_url"], "customer_id"
    )
    assert (toast.system, poslog.system) == (FeedSystem.TOAST, FeedSystem.POSLOG)
    assert toast.outlets == poslog.outlets == tuple(outlets.items())


@pytest.mark.parametrize(
    ("feeds", "key"),
    [
        ({"sqare": SQUARE}, "feeds.sqare"),
        ({"square": {**SQUARE, "secret": "x"}}, "feeds.square.secret"),
        ({"square": {**SQUARE, "member": "phone"}}, "feeds.square.member"),
        ({"square": {**SQUARE, "notification_url": "miles.example.org"}}, "feeds.square.notification_url"),
        ({"square": {"outlets": SQUARE["outlets"]}}, "feeds.square.notification_url"),
        ({"toast": {"outlets": {}}}, "feeds.toast.outlets"),
        ({"toast": {"outlets": {"a": "nowhere"}}}, "feeds.toast.outlets.a"),
        ({"poslog": {"outlets": {"x" * 193: "causeway-bay"}}}, "feeds.poslog.outlets"),
    ],
)
def test_make_partner__feeds_that_are_wrong__are_named_by_key(tmp_path: Path, feeds: Any, key: str) -> None:
    path = write_partner(tmp_path, feeds=feeds)
    with pytest.raises(CatalogueError) as refused:
        make_partner(read_document(path))
    assert [found for _, found, _ in problems_of(refused)] == [key]


def test_make_partner__square_without_tax_in_the_agreement__is_refused(tmp_path: Path) -> None:
    path = write_partner(tmp_path, feeds={"square": SQUARE}, eligible={"tax": False})
    with pytest.raises(CatalogueError, match="needs eligible tax and service") as refused:
        make_partner(read_document(path))
    assert [key for _, key, _ in problems_of(refused)] == ["feeds.square"]
