"""What a file adds up to, whatever is wrong with its rows."""

from io import BytesIO

from milepost.feeds.totals import FeedTotals, totals_of

HEADER = b"partner,sale_ref,outlet,occurred_at,currency,gross,member\n"


def test_totals_of__rows_of_all_kinds__counts_each_and_adds_what_it_states() -> None:
    rows = b"a,1,o,t,HKD,10.50,m\n\na,2,o,t,JPY,7,m\nbroken\na,3,o,t,HKD,1.234,m\na,4,o,t,XXX,2,m\n"
    found = totals_of(BytesIO(HEADER + rows), suffix=".csv")
    assert found == FeedTotals(records=5, gross_minor=1_050 + 7 + 2)


def test_totals_of__lines_of_json__are_added_too() -> None:
    lines = b'{"gross_minor": 5, "currency": "HKD"}\n{"gross_minor": "6"}\n{\n'
    assert totals_of(BytesIO(lines), suffix=".ndjson") == FeedTotals(records=3, gross_minor=11)
