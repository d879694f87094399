"""The routes of a reporter: sign a proposal, say what it sees, and whether it lives.

`milepost reporter` serves them; other reporters' workers ask through `remote_reporter`.
"""

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
from milepost.web.reporter_service import Answer, ReporterService


def reporter_app(service: ReporterService, app: FastAPI | None = None) -> FastAPI:
    """The app of one reporter; `app` has the routes by which its own copy is fed, if it has any."""
    app = app or FastAPI(title="Milepost reporter", version="1", docs_url=None, redoc_url=None)

    @app.post(SIGN_PATH)
    async def sign(request: Request) -> Response:
        """Sign a proposed report that this reporter's own copy gives too."""
        body = await _body(request)
        if body is None:
            return _response(Answer(413, {"title": "the body is too large", "status": 413}))
        headers = request.headers
        return _response(
            await run_in_threadpool(
                service.sign,
                body,
                timestamp=headers.get(TIMESTAMP_HEADER),
                seal=headers.get(SIGNATURE_HEADER),
            )
        )

    @app.get(REPORTER_PATH)
    def describe() -> Response:
        """Say who this reporter is and what it sees."""
        return _response(service.describe())

    @app.get("/healthz")
    def live() -> dict[str, str]:
        """Say that the process lives."""
        return {"status": "ok"}

    return app


async def _body(request: Request) -> bytes | None:
    """The body, or None for one that is too large, of which no more is read than that takes."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)


def _response(answer: Answer) -> Response:
    media_type = "application/json" if answer.status < 400 else "application/problem+json"
    headers = {} if answer.retry_after_s is None else {"Retry-After": str(answer.retry_after_s)}
    return Response(json.dumps(answer.document, ensure_ascii=False), answer.status, headers, media_type)
