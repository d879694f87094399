"""Reads what a request says its body is, and which answer it wants.

`purchases` and `files` choose a parser by it.
"""

from collections.abc import Collection
from email.message import Message

from starlette.requests import Request

from milepost.web.problems import Code, Problem

JSON = "application/json"
NDJSON = "application/x-ndjson"
CSV = "text/csv"
XML = "application/xml"


def media_type_of(request: Request, accepted: Collection[str]) -> str:
    """The type of the body, one of those accepted; it must be UTF-8 and not compressed.

    Raises: Problem, `unsupported_media_type`.
    """
    stated = Message()
    stated["Content-Type"] = request.headers.get("content-type", "")
    found, charset = stated.get_content_type(), stated.get_content_charset("utf-8")
    if not request.headers.get("content-type") or found not in accepted:
        raise _refused(f"Content-Type must be {' or '.join(sorted(accepted))}: send the body as one of them.")
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise _refused("The body must be UTF-8: write no other charset in Content-Type.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _refused("The body must not be compressed: leave Content-Encoding out.")
    return found


def wants_ndjson(request: Request) -> bool:
    """Whether the answer is to be lines, one an answer."""
    return NDJSON in request.headers.get("accept", "")


def _refused(sentence: str) -> Problem:
    return Problem(Code.UNSUPPORTED_MEDIA_TYPE, sentence)
