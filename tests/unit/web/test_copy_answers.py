"""What a reporter's answer to a copy means; `tests/integration/web/test_feed_passing.py` has it over sockets.

given a file whose records were being counted when it was sent
    when the reporter knows them all         then it is taken
    when it lacks an outlet                  then it is sent again, until nobody can be counting any more
"""

import json
from typing import Any

import pytest

from milepost.domain.quantities import PartnerCode
from milepost.ports import FeedCopy, KeptRequest
from milepost.web.copy_answers import ANSWERED_WITHIN_S, Taken, read_answer

JSON = "application/json"


def _copy(unknown: int | None) -> FeedCopy:
    return FeedCopy(1, KeptRequest("POST", b"/v1/files", {}, PartnerCode("putien"), None, unknown), 10, 5_000)


def _summary(unknown: int) -> bytes:
    refused: list[dict[str, Any]] = [{"code": "unknown_outlet"}] * unknown + [{"code": "too_old"}]
    return json.dumps({"records": 9, "refused": refused, "refused_left_out": 0}).encode()


@pytest.mark.parametrize(
    ("here", "there", "waited_s", "taken"),
    [
        (None, 0, 0, Taken.YES),
        (None, 1, 0, Taken.NOT_YET),
        (None, 1, ANSWERED_WITHIN_S + 1, Taken.YES),
        (2, 2, 0, Taken.YES),
        (2, 3, ANSWERED_WITHIN_S + 1, Taken.NOT_YET),
        (0, 1, 0, Taken.NOT_YET),
    ],
)
def test_read_answer__records_of_an_unknown_outlet__as_many_as_here_are_taken(
    here: int | None, there: int, waited_s: int, taken: Taken
) -> None:
    answer = read_answer(200, JSON, _summary(there), _copy(here), now_s=5_000 + waited_s)
    assert answer.taken is taken


@pytest.mark.parametrize("content", [b"", b"[]", b"7", b"{", b'{"answers": 3}', b'{"answers": ["accepted"]}'])
def test_read_answer__no_answer_of_this_service__is_sent_again(content: bytes) -> None:
    assert read_answer(200, JSON, content, _copy(0), now_s=5_000).taken is Taken.NOT_YET
