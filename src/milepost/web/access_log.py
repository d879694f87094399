"""Logs and counts each answered request, without what may name a member or prove who a partner is.

`make_app` puts it around everything else.
"""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from milepost.event_log import EventLog
from milepost.observability.measures import HttpMeasures
from milepost.observability.pages import PATHS

_log = EventLog("web")


class AccessLog:
    """The route's pattern rather than its path: a path may hold a membership number, a query a reference."""

    def __init__(self, app: ASGIApp, measures: HttpMeasures | None = None) -> None:
        self._app, self._measures = app, measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # What raises a mistake of ours is answered with 500 by the layer around this one.
        begun, status = time.perf_counter_ns(), 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            self._note(scope, status, time.perf_counter_ns() - begun)

    def _note(self, scope: Scope, status: int, took_ns: int) -> None:
        found = scope.get("route")
        method, route = scope["method"] if found else "other", getattr(found, "path", "none")
        if self._measures is not None:
            self._measures.answered.add(1, method, route, str(status))
            self._measures.took_s.observe(took_ns / 1e9, method, route)
        if route not in PATHS:
            _log.info("request_answered", method=method, route=route, status=status, took_us=took_ns // 1_000)
