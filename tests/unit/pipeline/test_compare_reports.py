"""Where two cuts of a report differ."""

from milepost.pipeline.compare_reports import differences, differing_keys
from tests.support.programme import Oracle, submitted, three_bills


def _sealed(*records: object) -> bytes:
    oracle = Oracle()
    oracle.ingest(*records)
    return oracle.sealed().report_bytes


def test_differences__the_same__are_none() -> None:
    report = _sealed(*three_bills())
    assert differences(report, report) == []


def test_differences__an_amount_differs__names_the_entry_and_the_field() -> None:
    _, *others = three_bills()
    (found,) = differences(_sealed(*three_bills()), _sealed(submitted(eligible_minor=1), *others))
    assert (found.position, found.partner_id, found.number) == (0, 1, 1)
    assert set(found.what) == {"eligible_minor", "facts"}


def test_differences__one_has_fewer__names_what_the_other_lacks() -> None:
    first, second, third = three_bills()
    found = differences(_sealed(first, second, third), _sealed(first, second))
    assert [one.what for one in found] == [("not in the other report",)]
    keys = [one.purchase.dedupe_key for one in (first, second, third)]
    assert differing_keys(found, keys) == [keys[2]]
    assert differing_keys(found, keys[:2]) == []
