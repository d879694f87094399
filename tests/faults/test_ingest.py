"""What tills send wrongly, twice, too early or in half: faults 1 to 5, 8 and 9 of docs/faults.md.

given purchases that come again and again        then each is stored once, also when who stores it is killed
given a reference that comes with other content  then it is kept apart, and what was stored stays
given changes before the sales they change       then they wait for them
given one bad record among many                  then the others settle, and its answer says what is wrong
given a file in half, or written otherwise       then what is whole settles, the rest once it has come
"""

from datetime import datetime, timedelta

import pytest

from milepost.fail_point import FailPoint
from tests.support.fault_depth import some_of
from tests.support.fault_stage import FEED_HEADER, FaultCase
from tests.support.relay_promises import require_promises

_TILL = "till,harbour-grill"


def _bills(count: int, *, at: str = "2018-05-20T12:00:00-04:00") -> list[str]:
    """Rows of bills of the first member, a minute apart."""
    first = datetime.fromisoformat(at)
    times = [(first + timedelta(minutes=place)).isoformat() for place in range(count)]
    return [f"{_TILL},B-{place},pier,{time},USD,1000,0,M0001\n" for place, time in enumerate(times)]


def test_settle__same_purchases_from_three_runs_at_once__store_each_once(case: FaultCase) -> None:
    killed = case.start_settling(fail_point=FailPoint.INGEST_BEFORE_COMMIT)
    both = [case.start_settling(), case.start_settling()]
    killed.wait()
    # Done, told by the database or the chain that another was quicker, or why it cannot go on.
    assert {process.wait() for process in both} <= {0, 1, 2, 3}
    case.settle_to_the_end()
    for _ in range(2):
        assert case.settle() == 0
    require_promises(case)


@pytest.mark.parametrize("is_settled", [True, False])
def test_settle__same_reference_with_another_amount__is_a_conflict_and_changes_nothing(
    case: FaultCase, is_settled: bool
) -> None:
    if is_settled:
        case.settle_to_the_end()
    else:
        case.settle_killed_at(FailPoint.INGEST_AFTER_COMMIT)
    other = case.write_feed("other.csv", f"{_TILL},H-1,pier,2018-05-05T18:00:00-04:00,USD,9900,335,M0001\n")
    assert case.run("settle", other) == 1
    assert "conflict" in case.printed[-1], case.printed[-1]
    case.settle_to_the_end()
    require_promises(case)


def test_settle__changes_come_before_their_sales__wait_for_them(case: FaultCase) -> None:
    case.add_refunds()
    assert case.run("settle", case.folder / "refunds.csv") == 0, case.printed[-1]
    assert case.sql("SELECT DISTINCT state FROM purchases") == [("accepted",)]
    case.settle_to_the_end()
    require_promises(case)


@pytest.mark.parametrize(
    "bad",
    some_of(
        [
            f"{_TILL},BAD,pier,2018-05-20T12:00:00-04:00,USD,12.5.0,0,M0001\n",
            f"{_TILL},BAD,no-such-outlet,2018-05-20T12:00:00-04:00,USD,1000,0,M0001\n",
            "till,nobody,BAD,pier,2018-05-20T12:00:00-04:00,USD,1000,0,M0001\n",
            f'{_TILL},"BAD,pier,2018-05-20T12:00:00-04:00,USD,1000,0,M0001\n',
        ],
        2,
    ),
    ids=some_of(["amount", "outlet", "partner", "quote"], 2),
)
def test_settle__one_bad_record_of_many__settles_the_others_and_says_why(case: FaultCase, bad: str) -> None:
    rows = _bills(8)
    poisoned = case.write_feed("poisoned.csv", "".join([*rows[:4], bad, *rows[4:]]))
    assert case.run("settle", poisoned) == 1
    assert "rejected" in case.printed[-1], case.printed[-1]
    assert case.sql("SELECT count(*) FROM purchases WHERE state = 'settled_final'") == [(8,)]
    case.add_feed("poisoned.csv", "".join(rows))
    case.settle_to_the_end()
    require_promises(case)


@pytest.mark.parametrize("missing", some_of([4, 1, 40]), ids=lambda bytes_: f"{bytes_} bytes")
def test_settle__file_ends_in_the_middle_of_a_row__settles_the_rows_before_and_the_rest_later(
    case: FaultCase, missing: int
) -> None:
    """Found by cutting: a row cut in its last cell was taken as it was, for another member or for none."""
    rows = _bills(3)
    file = case.write_feed("cut.csv", "")
    whole = (FEED_HEADER + "".join(rows)).encode()
    file.write_bytes(whole[:-missing])
    assert case.run("settle", file) == 1, case.printed[-1]
    assert "ends in the middle" in case.printed[-1] or "columns" in case.printed[-1], case.printed[-1]
    assert case.sql("SELECT count(*) FROM purchases") == [(2,)]
    file.write_bytes(whole)
    case.added.append("cut.csv")
    case.settle_to_the_end()
    require_promises(case)


def test_settle__file_grows_moves_and_is_written_anew__settles_each_row_once(case: FaultCase) -> None:
    rows = _bills(4)
    file = case.write_feed("growing.csv", rows[0])
    assert case.run("settle", file) == 0, case.printed[-1]
    with file.open("a", encoding="utf-8") as growing:
        growing.write(rows[1])
    assert case.run("settle", file) == 0, case.printed[-1]
    moved = file.rename(case.folder / "moved.csv")
    assert case.run("settle", moved) == 0, case.printed[-1]
    # Under the first name again, with a byte order mark and the line ends of Windows, and other rows.
    text = FEED_HEADER + rows[3] + rows[2] + rows[0]
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    case.added += ["moved.csv", "growing.csv"]
    case.settle_to_the_end()
    require_promises(case)


def test_settle__pages_that_overlap_and_come_again__settle_each_purchase_once(case: FaultCase) -> None:
    """A partner whose pages shift while they are read: some rows come twice, some pages too."""
    rows = _bills(6)
    pages = [rows[:3], rows[2:5], rows[2:5], rows[1:2], rows[4:]]
    for place, page in enumerate(pages):
        case.add_feed(f"page-{place}.csv", "".join(page))
    case.settle_to_the_end()
    require_promises(case)


def test_settle__bills_around_the_hour_that_clocks_skip__settle_at_the_instants_they_name(
    case: FaultCase,
) -> None:
    """New York, 11 March 2018: two o'clock was three. A till that did not know it is told so."""
    times = ("01:59:59-05:00", "03:00:00-04:00", "03:30:01-04:00")
    rows = [_of_march(place, time) for place, time in enumerate(times)]
    wrong = case.write_feed("wrong.csv", _of_march(9, "02:30:00-05:00") + _of_march(10, "03:10:00-05:00"))
    assert case.run("settle", wrong) == 1 and case.printed[-1].count("bad_offset") == 2, case.printed[-1]
    case.add_feed("march.csv", "".join(rows))
    case.settle_to_the_end()
    instants = {datetime.fromisoformat(f"2018-03-11T{time}").timestamp() for time in times}
    stored = case.sql("SELECT occurred_at FROM purchases WHERE sale_ref LIKE 'DST-%'")
    assert {value for (value,) in stored} == instants
    require_promises(case)


def _of_march(place: int, time: str) -> str:
    return f"till,noon-kitchen,DST-{place},station,2018-03-11T{time},USD,1500,0,M0002\n"
