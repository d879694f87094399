"""The routes of a process's status pages, for whoever watches it; they are no part of the interface.

`bootstrap.observing` adds them to the app of `milepost serve` and `milepost reporter`.
"""

from collections.abc import Callable

from fastapi import FastAPI
from starlette.responses import Response

from milepost.observability.pages import PATHS, StatusPages


def add_status_routes(app: FastAPI, pages: StatusPages) -> None:
    """Answer /metrics, /healthz and /readyz, before any route of the same path."""
    for path in PATHS:
        app.add_api_route(path, _answering(pages, path), include_in_schema=False)
        app.router.routes.insert(0, app.router.routes.pop())


def _answering(pages: StatusPages, path: str) -> Callable[[], Response]:
    # Not async: figures of the store are read in a thread.
    def answer() -> Response:
        page = pages.answer(path)
        assert page is not None, "every path has its page"
        return Response(page.body, page.status, media_type=page.content_type)

    return answer
