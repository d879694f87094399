"""Shows endpoints of webhooks and attempts to reach them, to a person as a table and to a program as JSON.

`webhooks.py` reads them; nothing is decided here. No secret is shown, nor the query of a URL.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from milepost.cli.output import number, table
from milepost.ports.outbox import Endpoint
from milepost.store.webhook_deliveries import LoggedAttempt

_NONE = "-"


def endpoint_document(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint as JSON values; `partner` null for a members' system."""
    return {
        "endpoint": endpoint.endpoint_id,
        "partner": endpoint.partner,
        "url": shown_url(endpoint.url),
        "events": sorted(endpoint.events),
        "state": endpoint.state.value,
        "reason": endpoint.reason,
        "failures": endpoint.health.failures,
        "failing_since": _moment(endpoint.health.failing_since),
    }


def attempt_document(logged: LoggedAttempt) -> dict[str, Any]:
    """An attempt as JSON values; `next` null where the message is not sent again."""
    return {
        "endpoint": logged.endpoint_id,
        "event": logged.event_id,
        "type": logged.event,
        "at": _moment(logged.attempt.at),
        "status": logged.attempt.status,
        "problem": None if logged.attempt.problem is None else logged.attempt.problem.value,
        "duration_ms": logged.attempt.duration_ms,
        "next": _moment(logged.next_at),
        "state": logged.state.value,
    }


def show_endpoints(endpoints: Sequence[Endpoint], *, console: Console) -> None:
    """The endpoints as a table."""
    if not endpoints:
        console.print("There is no endpoint: milepost webhooks add makes one.")
        return
    rows = table(">endpoint", "told of", "url", "events", "state", ">failures")
    for one in endpoints:
        rows.add_row(
            str(one.endpoint_id),
            one.partner or "all, for members",
            shown_url(one.url),
            ", ".join(event.removeprefix("purchase.") for event in sorted(one.events)),
            one.state.value + (f": {one.reason}" if one.reason else ""),
            number(one.health.failures),
        )
    console.print(rows)


def show_attempts(attempts: Sequence[LoggedAttempt], *, console: Console) -> None:
    """The attempts as a table."""
    if not attempts:
        console.print("There was no attempt.")
        return
    rows = table("at", ">endpoint", "event", "type", "answer", ">ms", "next try")
    for one in attempts:
        rows.add_row(
            _moment(one.attempt.at),
            str(one.endpoint_id),
            one.event_id,
            one.event,
            _answer(one),
            number(one.attempt.duration_ms),
            _moment(one.next_at) or _NONE,
        )
    console.print(rows)


def shown_url(url: str) -> str:
    """A URL without what stands after its `?`: some receivers put a token there."""
    before, mark, _ = url.partition("?")
    return f"{before}?…" if mark else before


def _answer(one: LoggedAttempt) -> str:
    status = "" if one.attempt.status is None else str(one.attempt.status)
    problem = "" if one.attempt.problem is None else one.attempt.problem.value
    return " ".join(word for word in (status, problem) if word and word != "status") or _NONE


def _moment(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
