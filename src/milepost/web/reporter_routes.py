"""The routes of a reporter: sign a proposal, say what it sees, and whether it lives.

`milepost reporter` serves them; other reporters' workers ask through `remote_reporter`.
"""

import asyncio
import json

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from milepost.web.proposal_json import (
    MOST_BYTES,
    REPORTER_PATH,
    SIGN_PATH,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
)
from milepost.web.reporter_answers import Answer, problem
from milepost.web.reporter_service import ReporterService

BODY_WITHIN_S = 10.0
"""Seconds in which all of a proposal's body has to come."""


def reporter_app(service: ReporterService, app: FastAPI | None = None) -> FastAPI:
    """The app of one reporter; `app` has the routes by which its own copy is fed, if it has any."""
    app = app or FastAPI(title="Milepost reporter", version="1", docs_url=None, redoc_url=None)

    @app.post(SIGN_PATH)
    async def sign(request: Request) -> Response:
        """Sign a proposed report that this reporter's own copy gives too."""
        timestamp, seal = (request.headers.get(name, "") for name in (TIMESTAMP_HEADER, SIGNATURE_HEADER))
        refusal = service.seals.refuse_head(timestamp, seal)
        body = refusal or await _body(request)
        if isinstance(body, Answer):
            return _response(body)
        return _response(await run_in_threadpool(service.sign, body, timestamp=timestamp, seal=seal))

    @app.get(REPORTER_PATH)
    def describe() -> Response:
        """Say who this reporter is and what it sees."""
        return _response(service.describe())

    @app.get("/healthz")
    def live() -> dict[str, str]:
        """Say that the process lives."""
        return {"status": "ok"}

    return app


async def _body(request: Request) -> bytes | Answer:
    """The body; of one that is too large or too slow no more is read than it takes to find that out."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    return problem(413, "body_too_large", f"A proposal has at most {MOST_BYTES} bytes.")
    except TimeoutError:
        return problem(408, "body_too_slow", f"The body was not here after {BODY_WITHIN_S} seconds.")
    except ClientDisconnect:
        return b""
    return bytes(body)


def _response(answer: Answer) -> Response:
    media_type = "application/json" if answer.status < 400 else "application/problem+json"
    headers = {} if answer.retry_after_s is None else {"Retry-After": str(answer.retry_after_s)}
    return Response(json.dumps(answer.document, ensure_ascii=False), answer.status, headers, media_type)
