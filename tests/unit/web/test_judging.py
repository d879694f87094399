"""The time by which a copy is judged, bounded by what its reporter knows itself.

given a time that a copy came with
    when it lies between signing and now     then it counts, to the second
    when it lies outside                     then the bound counts, give or take a partner's window
"""

import pytest

from milepost.ports import JudgedAt
from milepost.web.judging import bounded, header_of

OWN = JudgedAt(1_000_000, 1_000_020)


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        # A copy of an hour ago, by a chain and a clock that are a little apart.
        (JudgedAt(996_400, 996_410), JudgedAt(996_400, 996_410)),
        # Signed with a clock 300 seconds ahead, kept at once.
        (JudgedAt(996_100, 996_120), JudgedAt(996_100, 996_120)),
        (JudgedAt(0, 0), JudgedAt(996_100, 996_120)),
        (JudgedAt(1_000_300, 1_000_320), JudgedAt(1_000_300, 1_000_320)),
        (JudgedAt(9_000_000, 9_000_000), JudgedAt(1_000_300, 1_000_320)),
    ],
)
def test_bounded__kept_an_hour_ago__lies_between_signing_and_now(kept: JudgedAt, found: JudgedAt) -> None:
    assert bounded(kept, OWN, since_s=3_600) == found


def test_header_of__a_time__is_two_numbers() -> None:
    assert header_of(OWN) == "1000000 1000020"
