"""Reads what a reporter answered to a copy of a partner's request: did it take it, or is it to be sent again?

Before it `feed_passing` sent the copy; after it the next one follows, or the same once more.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from milepost.ports import FeedCopy
from milepost.web.ingesting import UNKNOWN_CODES
from milepost.web.problems import MEDIA_TYPE, TYPE_PREFIX, Code
from milepost.web.proposal_json import load_shallow

MOST_ANSWER_BYTES = 16 << 20
"""Longest answer that is read: of the most records that a request may hold it has a quarter."""
ANSWERED_WITHIN_S = 3_600
"""After so long the process that was counting a file's records has ended, and its partner sends it again."""

_COMPROMISED = (401, Code.COMPROMISED_KEY.label)
"""Of a copy that anybody could have signed: its partner sends it again with another key."""

# What everyone says of such bytes, after what stands before the mistake was stored.
_REFUSED_BY_ALL = frozenset(
    code.label
    for code in (
        Code.WRONG_ENCODING,
        Code.MALFORMED_JSON,
        Code.MALFORMED_FILE,
        Code.TOO_DEEP,
        Code.FILE_TOTALS_DIFFER,
        Code.BAD_PARAMETER,
    )
)


class Taken(Enum):
    """What became of a copy at a reporter."""

    YES = auto()
    REFUSED = auto()
    """For good: there is nothing in it to be had."""
    NOT_YET = auto()


@dataclass(frozen=True, slots=True)
class CopyAnswer:
    """What a reporter answered; `code` as it says itself, where it is one of ours."""

    taken: Taken
    status: int
    code: str = ""


def read_answer(status: int, media_type: str, content: bytes, copy: FeedCopy, *, now_s: float) -> CopyAnswer:
    """What an answer means. Only one in our own form counts: a proxy's page of status 200 takes nothing.

    Shape: a record of a partner or an outlet that the reporter does not know, and that is known here, is to
        be sent again: somebody has to give it the partner's file first.
    Units: `now_s` in unix seconds.
    """
    document = load_shallow(content)
    if not isinstance(document, dict):
        return CopyAnswer(Taken.NOT_YET, status)
    if status == 200:
        return _of_records(document, copy, now_s)
    code = _problem_code(document, media_type)
    is_final = (status in (400, 422) and code in _REFUSED_BY_ALL) or (status, code) == _COMPROMISED
    return CopyAnswer(Taken.REFUSED if is_final else Taken.NOT_YET, status, code)


def _of_records(document: dict[str, Any], copy: FeedCopy, now_s: float) -> CopyAnswer:
    records = document.get("answers", document.get("refused"))
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        return CopyAnswer(Taken.NOT_YET, 200)
    codes = [record.get("code") for record in records]
    unknown = [code for code in codes if code in UNKNOWN_CODES]
    if not unknown or len(unknown) <= _unknown_here(copy, now_s):
        return CopyAnswer(Taken.YES, 200)
    return CopyAnswer(Taken.NOT_YET, 200, str(unknown[0]))


def _unknown_here(copy: FeedCopy, now_s: float) -> float:
    if copy.request.unknown is not None:
        return copy.request.unknown
    return float("inf") if now_s - copy.kept_at > ANSWERED_WITHIN_S else 0


def _problem_code(document: dict[str, Any], media_type: str) -> str:
    code, kind = document.get("code"), document.get("type")
    is_ours = media_type.split(";")[0] == MEDIA_TYPE and isinstance(code, str)
    return code if is_ours and kind == f"{TYPE_PREFIX}{code}" and isinstance(code, str) else ""
