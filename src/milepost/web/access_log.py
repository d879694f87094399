"""Logs a line for each answered request, without what may name a member or prove who a partner is.

`make_app` puts it around everything else.
"""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from milepost.event_log import EventLog

_log = EventLog("web")


class AccessLog:
    """The route's pattern rather than its path: a path may hold a membership number, a query a reference."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter_ns(), 0

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            route = scope.get("route")
            _log.info(
                "request_answered",
                method=scope["method"] if route else "other",
                route=getattr(route, "path", "none"),
                status=status,
                took_us=(time.perf_counter_ns() - begun) // 1_000,
            )
