"""Partners' requests are kept in order, in parts, until every reporter has them; on both databases."""

from io import BytesIO

import pytest

from milepost.ports import KeptRequest
from milepost.store.engine import open_store
from milepost.store.feed_copies import SqlFeedCopies

REQUEST = KeptRequest("POST", b"/v1/purchases?source=a%2Fb", {"content-type": "application/json"})


@pytest.fixture
def copies(database_url: str) -> SqlFeedCopies:
    return SqlFeedCopies(open_store(database_url))


def test_add__a_large_body__comes_back_whole_and_in_order(copies: SqlFeedCopies) -> None:
    large = bytes(range(256)) * 5_000
    copies.add(REQUEST, BytesIO(large))
    copies.add(REQUEST, BytesIO(b""))
    first = copies.next_after(0)
    assert first is not None and first.request == REQUEST
    parts = list(copies.body(first.copy_id))
    assert b"".join(parts) == large and len(parts) == 2
    second = copies.next_after(first.copy_id)
    assert second is not None and list(copies.body(second.copy_id)) == []
    assert copies.next_after(second.copy_id) is None


def test_remove_passed__all_reporters_have_it__is_gone_and_its_number_stays_used(
    copies: SqlFeedCopies,
) -> None:
    copies.add(REQUEST, BytesIO(b"1"))
    only = copies.next_after(0)
    assert only is not None
    copies.set_passed("one", only.copy_id)
    copies.remove_passed(["one", "two"])
    assert copies.next_after(0) == only and copies.passed_to("two") == 0
    copies.set_passed("two", only.copy_id)
    copies.remove_passed([])
    assert copies.next_after(0) == only
    copies.remove_passed(["one", "two"])
    assert copies.next_after(0) is None and list(copies.body(only.copy_id)) == []
    copies.add(REQUEST, BytesIO(b"2"))
    later = copies.next_after(0)
    assert later is not None and later.copy_id > only.copy_id
