"""What a file adds up to, whatever is wrong with its rows."""

from io import BytesIO

from milepost.feeds.poslog import read_poslog
from milepost.feeds.totals import FeedTotals, poslog_totals_of, totals_of
from tests.support.poslogs import POSLOG, link_to, poslog_of, returned, total_of, transaction_of
from tests.support.programme import a_partner

HEADER = b"partner,sale_ref,outlet,occurred_at,currency,gross,member\n"


def test_totals_of__rows_of_all_kinds__counts_each_and_adds_what_it_states() -> None:
    rows = b"a,1,o,t,HKD,10.50,m\n\na,2,o,t,JPY,7,m\nbroken\na,3,o,t,HKD,1.234,m\na,4,o,t,QQQ,2,m\n"
    found = totals_of(BytesIO(HEADER + rows), suffix=".csv")
    assert found == FeedTotals(records=5, gross_minor=1_050 + 7 + 2)


def test_totals_of__lines_of_json__are_added_too() -> None:
    lines = b'{"gross_minor": 5, "currency": "HKD"}\n{"gross_minor": "6"}\n{\n'
    assert totals_of(BytesIO(lines), suffix=".ndjson") == FeedTotals(records=3, gross_minor=11)


SENDER = a_partner(feeds=(POSLOG,))
SALE, RETURN = transaction_of(), transaction_of(returned() + total_of("-100.00"), sequence="42")
VOID = transaction_of(link_to(), retail="PostVoidTransaction", sequence="43")
UNKNOWN = transaction_of(store="9", sequence="44")
TRAINING = transaction_of(attributes='TrainingModeFlag="true"', sequence="45")
NO_TOTAL = transaction_of("", sequence="46")


def test_poslog_totals_of__all_kinds__are_the_records_and_the_bills_they_state() -> None:
    content = poslog_of(SALE, RETURN, VOID, UNKNOWN, TRAINING, NO_TOTAL)
    found = poslog_totals_of(BytesIO(content), SENDER)
    assert found == FeedTotals(records=5, gross_minor=61_600 + 10_000 + 61_600)
    assert found.records == len(list(read_poslog(BytesIO(content), {"putien": SENDER}, name="x")))


def test_poslog_totals_of__file_cut_short__counts_what_is_whole() -> None:
    whole = poslog_of(SALE, RETURN)
    cut = whole[: whole.rindex(b"<Total")]
    assert poslog_totals_of(BytesIO(cut), SENDER) == FeedTotals(records=1, gross_minor=61_600)


def test_poslog_totals_of__sender_without_stores__counts_records_alone() -> None:
    for sender in (None, a_partner()):
        assert poslog_totals_of(BytesIO(poslog_of(SALE)), sender) == FeedTotals(records=1, gross_minor=0)
