"""A purchase is judged by one time, wherever and whenever a copy of it arrives; two servers, two stores.

given a sale accepted at the edge of what the programme takes
    when its copy comes to a reporter an hour later       then it is accepted there too
given a sale refused for a till's clock that was ahead
    when its copy comes once that time is there           then it is refused there too, and corrected alike
given the time that came with a copy
    when it lies before the partner signed it             then it is not believed
    when it is no time, or none of this world             then no limit moves, there or here
given a key that is known to others
    when something comes that it signed while it held     then it counts for nothing
given a partner whose copies wait
    when there are as many bytes of it as may be          then it is told to come again, and others are not
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest

from milepost.domain.calendar import SECONDS_A_DAY
from milepost.store.engine import open_store
from milepost.store.feed_copies import SqlFeedCopies
from milepost.web.feed_passing import FeedPassing
from milepost.web.parts import Limits
from tests.support.programme import ACCEPT, NOON_S
from tests.support.web_stage import (
    WebStage,
    a_row,
    answers_of,
    keys_text,
    make_stage,
    problem_of,
    served,
)

OLDEST_S = ACCEPT.oldest_days * SECONDS_A_DAY
AHEAD_S = ACCEPT.ahead_minutes * 60


def _at(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone(timedelta(hours=8))).isoformat()


@pytest.fixture
def copies(database_url: str) -> SqlFeedCopies:
    return SqlFeedCopies(open_store(database_url), most_bytes=1_000)


@contextmanager
def _two(folder: Path, copies: SqlFeedCopies, *, later_s: int) -> Iterator[tuple[WebStage, WebStage]]:
    """One that partners send to, and a reporter whose chain and clock are later."""
    for name in ("here", "there"):
        (folder / name).mkdir()
    here, there = make_stage(folder / "here"), make_stage(folder / "there")
    there.oracle.chain.advance_to(NOON_S + later_s)
    there.machine.now_s = NOON_S + later_s
    taking = {
        "authenticator": replace(there.parts.authenticator, window_s=OLDEST_S, takes_copies=True),
        "copies_since_s": OLDEST_S,
    }
    keeping = {"keep_request": copies.add, "note_unknown": copies.note_unknown}
    with served(here, **keeping) as first, served(there, **taking) as second:
        yield first, second


def _pass_on(copies: SqlFeedCopies, there: WebStage) -> int:
    with httpx.Client(trust_env=False) as client:
        return FeedPassing([there.address], copies, client).pass_on()


def _states(stage: WebStage) -> dict[str, int]:
    return stage.oracle.states()


def test_judged_at__a_copy_comes_an_hour_later__is_judged_as_it_was(
    tmp_path: Path, copies: SqlFeedCopies
) -> None:
    """Finding: a sale accepted at the edge of 90 days was too old at the reporter, and its report waited."""
    oldest = a_row(sale_ref="old", occurred_at=_at(NOON_S - OLDEST_S))
    older = a_row(sale_ref="older", occurred_at=_at(NOON_S - OLDEST_S - 1))
    with _two(tmp_path, copies, later_s=3_600) as (here, there):
        assert answers_of(here.post([oldest, older])) == ["accepted", "rejected"]
        assert _pass_on(copies, there) == 1
        assert _states(there) == _states(here) == {"accepted": 1}
        # Who sends it there itself is judged by the time there.
        row = a_row(sale_ref="new", occurred_at=_at(NOON_S - OLDEST_S))
        assert answers_of(there.post(row)) == ["rejected"]


def test_judged_at__a_till_that_was_ahead_sends_it_corrected__both_have_the_corrected_one(
    tmp_path: Path, copies: SqlFeedCopies
) -> None:
    """Refused here for being ahead, taken there an hour later, it would contradict what is right."""
    edge, ahead = _at(NOON_S + AHEAD_S), _at(NOON_S + AHEAD_S + 1)
    with _two(tmp_path, copies, later_s=3_600) as (here, there):
        rows = [a_row(sale_ref="edge", occurred_at=edge), a_row(sale_ref="ahead", occurred_at=ahead)]
        assert answers_of(here.post(rows)) == ["accepted", "rejected"]
        assert answers_of(here.post(a_row(sale_ref="ahead", occurred_at=edge))) == ["accepted"]
        assert _pass_on(copies, there) == 2
        assert _states(there) == _states(here) == {"accepted": 2}


def test_judged_at__a_file__is_judged_as_it_was_and_counts_whom_nobody_knows(
    tmp_path: Path, copies: SqlFeedCopies
) -> None:
    head = "partner,sale_ref,outlet,occurred_at,currency,gross_minor,member\n"
    rows = [
        f"putien,{ref},{outlet},{_at(NOON_S - OLDEST_S)},HKD,60000,\n"
        for ref, outlet in (("F-1", "causeway-bay"), ("F-2", "no such outlet"))
    ]
    with _two(tmp_path, copies, later_s=3_600) as (here, there):
        content = (head + "".join(rows)).encode()
        sent = here.send("POST", "/v1/files", content, headers={"Content-Type": "text/csv"})
        assert sent.status_code == 200, sent.text
        assert (sent.json()["accepted"], sent.json()["rejected"]) == (1, 1)
        assert _pass_on(copies, there) == 1
        assert _states(there) == _states(here) == {"accepted": 1}


def test_judged_at__a_time_before_it_was_signed__is_not_believed(
    tmp_path: Path, copies: SqlFeedCopies
) -> None:
    """Whoever passes a copy on cannot make a sale younger than it was when its partner signed it."""
    row = a_row(sale_ref="old", occurred_at=_at(NOON_S - OLDEST_S - 1))
    with _two(tmp_path, copies, later_s=3_600) as (_, there):
        years_ago = {"Milepost-Judged-At": f"{NOON_S - OLDEST_S} {NOON_S - OLDEST_S}"}
        there.machine.now_s = NOON_S
        assert answers_of(there.post(row, headers=years_ago)) == ["rejected"]


def test_judged_at__whatever_is_written_there__moves_no_purchase_past_a_limit(
    tmp_path: Path, copies: SqlFeedCopies
) -> None:
    """Beyond the window of 300 s that a partner's clock has, nobody's text makes a reporter take more."""
    beyond = [
        a_row(sale_ref="old", occurred_at=_at(NOON_S - OLDEST_S - 301)),
        a_row(sale_ref="ahead", occurred_at=_at(NOON_S + AHEAD_S + 301)),
    ]
    edge = a_row(sale_ref="edge", occurred_at=_at(NOON_S - OLDEST_S - 1))
    numbers = ("9" * 12, "9" * 400, f"-{NOON_S}", f"{NOON_S}.5", "now", "0")
    with _two(tmp_path, copies, later_s=0) as (here, there):
        for stated in (*(f"{one} {one}" for one in numbers), f"{NOON_S}", f"{NOON_S} {NOON_S} {NOON_S}", ""):
            headers = {"Milepost-Judged-At": stated}
            assert answers_of(there.post(beyond, headers=headers)) == ["rejected", "rejected"], stated
        # Who takes no copies judges by its own time alone, to the second.
        assert answers_of(here.post(edge, headers={"Milepost-Judged-At": "0 0"})) == ["rejected"]


def test_begin__a_key_that_is_known_to_others__counts_for_no_time_before_either(
    tmp_path: Path, copies: SqlFeedCopies
) -> None:
    """Finding: with an ended key and a time of when it held, a thief still wrote to reporters."""
    row, times = a_row(), {"from_s": 0, "until_s": NOON_S + 10}
    with _two(tmp_path, copies, later_s=3_600) as (here, there):
        assert answers_of(here.post(row)) == ["accepted"]
        known = keys_text(**times).replace('"until"', f'"compromised": {NOON_S + 20}, "until"')
        there.keys_file.write_text(known, encoding="utf-8")
        forged = a_row(sale_ref="forged")
        late = there.signed("POST", "/v1/purchases", json.dumps(forged).encode(), at=NOON_S)
        assert problem_of(there.post(forged, headers=late)) == (401, "compromised_key")
        # The copy that waited is passed over, so that the partner's next ones come.
        assert _pass_on(copies, there) == 1 and _states(there) == {}
        there.keys_file.write_text(keys_text(), encoding="utf-8")
        assert answers_of(here.post(row)) == ["duplicate"]
        assert _pass_on(copies, there) == 1 and _states(there) == {"accepted": 1}


def test_keep_request__as_many_bytes_of_a_partner_wait_as_may__it_is_told_to_come_again(
    tmp_path: Path, copies: SqlFeedCopies
) -> None:
    """Finding: what a partner sent while a reporter was down had no end on the disk."""
    with _two(tmp_path, copies, later_s=0) as (here, there):
        many = [a_row(sale_ref=f"A-{number}") for number in range(10)]
        assert set(answers_of(here.post(many))) == {"accepted"}
        refused = here.post(a_row(sale_ref="B-1"))
        assert problem_of(refused) == (503, "queue_full")
        assert int(refused.headers["retry-after"]) == Limits().retry_after_s
        assert "waits for the programme's reporters" in refused.json()["detail"]
        other = a_row(partner="tamarind", outlet="elements", sale_ref="T-1")
        assert problem_of(here.post(a_row(sale_ref="B-1"))) == (503, "queue_full")
        assert here.post(other, key="tamarind-1").status_code == 200
        assert _pass_on(copies, there) == 2
        assert answers_of(here.post(a_row(sale_ref="B-1"))) == ["accepted"]
        assert _pass_on(copies, there) == 1 and _states(there) == _states(here)
