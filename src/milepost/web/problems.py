"""Names what a request can be refused for, and answers it as `application/problem+json` (RFC 9457).

Every module beside raises `Problem`; `answer_errors` turns it, and the errors of the core, into answers.
"""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from milepost.domain.errors import MilepostError, WhoActs
from milepost.event_log import EventLog

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:milepost:problem:"
RETRY_AFTER_S = 5
"""Seconds after which to ask again, where nothing says how long it will take."""

_log = EventLog("web")


class Code(Enum):
    """Every code, with its status and what is wrong in a few words."""

    BAD_REQUEST = "bad_request", 400, "The request is not HTTP as this server takes it"
    BODY_INCOMPLETE = "body_incomplete", 400, "The body ended before it was whole"
    WRONG_ENCODING = "wrong_encoding", 400, "The body is not UTF-8"
    MALFORMED_JSON = "malformed_json", 400, "The body is no JSON"
    MALFORMED_FILE = "malformed_file", 400, "The file cannot be read at all"
    TOO_DEEP = "too_deep", 400, "The body nests too deeply"
    NO_SIGNATURE = "no_signature", 401, "The request is not signed"
    BAD_SIGNATURE = "bad_signature", 401, "The signature does not fit the request"
    UNKNOWN_KEY = "unknown_key", 401, "No key in force has this name"
    COMPROMISED_KEY = "compromised_key", 401, "The key is known to others, and counts for nothing"
    STALE_TIMESTAMP = "stale_timestamp", 401, "The request was signed too long ago, or ahead of time"
    FORBIDDEN = "forbidden", 403, "The key is not for this"
    NOT_FOUND = "not_found", 404, "There is nothing of that name"
    METHOD_NOT_ALLOWED = "method_not_allowed", 405, "The address does not take this method"
    BODY_TOO_SLOW = "body_too_slow", 408, "The body took too long to arrive"
    AMBIGUOUS = "ambiguous", 409, "Several records have this reference"
    NOT_SETTLED = "not_settled", 409, "The purchase is not final on chain yet"
    FILE_TOTALS_DIFFER = "file_totals_differ", 422, "The file's totals are not those announced"
    BODY_TOO_LARGE = "body_too_large", 413, "The body is larger than this address takes"
    TOO_MANY_RECORDS = "too_many_records", 413, "The request holds more records than one may"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415, "The body is of a type this address does not take"
    BAD_PARAMETER = "bad_parameter", 422, "A parameter or header is not as it must be"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused", 422, "The key was used for another request"
    RATE_LIMITED = "rate_limited", 429, "Too many requests in too short a time"
    INTERNAL = "internal", 500, "The server made a mistake"
    QUEUE_FULL = "queue_full", 503, "More purchases wait to be settled than the server takes"
    UNAVAILABLE = "unavailable", 503, "The server cannot do this now"

    def __init__(self, label: str, status: int, title: str) -> None:
        self.label, self.status, self.title = label, status, title


class Problem(Exception):
    """Ends a request with a code and a sentence that says what to do.

    Shape: `stored` tells what of a file had been answered by then, as the answer to a whole file does.
    """

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        retry_after_s: int | None = None,
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code, self.detail, self.retry_after_s, self.stored = code, detail, retry_after_s, stored

    def document(self) -> dict[str, Any]:
        """The members of RFC 9457, the code alone, and what was stored where that is to be told."""
        told = {} if self.stored is None else {"stored": self.stored}
        return {
            "type": f"{TYPE_PREFIX}{self.code.label}",
            "title": self.code.title,
            "status": self.code.status,
            "detail": self.detail,
            "code": self.code.label,
            **told,
        }


def problem_of(error: MilepostError) -> Problem:
    """What an error of the core is over HTTP. Its sentence is the operator's and stays here, in the log."""
    _log.warning("request_failed", error=type(error).__name__, who_acts=str(error.who_acts))
    if error.who_acts is WhoActs.PARTNER:
        return Problem(Code.MALFORMED_FILE, str(error))
    return Problem(
        Code.UNAVAILABLE,
        "The server cannot do this at the moment: send it again later. What was stored counts once.",
        retry_after_s=RETRY_AFTER_S,
    )


def problem_response(problem: Problem) -> Response:
    """The answer that tells a problem."""
    headers: dict[str, str] = {}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    if problem.code.status == 401:
        headers["WWW-Authenticate"] = "Milepost-HMAC-SHA256"
    content = json.dumps(problem.document(), ensure_ascii=False).encode()
    return Response(content, problem.code.status, headers, MEDIA_TYPE)


def answer_errors(app: FastAPI) -> None:
    """Have every error answered as a problem, also those the framework makes."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(MilepostError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_parameters)
    app.add_exception_handler(HTTPException, _answer_framework)
    app.add_exception_handler(Exception, _answer_mistake)


async def _answer_problem(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem), "registered for it"
    return problem_response(problem)


async def _answer_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, MilepostError), "registered for it"
    return problem_response(problem_of(error))


async def _answer_parameters(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError), "registered for it"
    # Without what was given: it may be a membership number.
    wrong = "; ".join(f"{_place(one['loc'])}: {one['msg']}" for one in error.errors())
    return problem_response(Problem(Code.BAD_PARAMETER, f"The request is refused: {wrong}."))


def _place(location: tuple[object, ...]) -> str:
    return str(location[-1])


_FRAMEWORK: Mapping[int, Code] = {404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED}


async def _answer_framework(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "registered for it"
    code = _FRAMEWORK.get(error.status_code, Code.BAD_REQUEST)
    response = problem_response(Problem(code, f"{code.title}: see /openapi.json for what there is."))
    response.headers.update(error.headers or {})
    return response


async def _answer_mistake(_request: Request, error: Exception) -> Response:
    _log.error("request_crashed", error=type(error).__name__)
    return problem_response(
        Problem(Code.INTERNAL, "The operator can find it in the log: send it again later.")
    )
