"""What endpoints and attempts look like; secrets and a URL's query are never shown."""

import io

from rich.console import Console

from milepost.cli.webhooks_view import (
    attempt_document,
    endpoint_document,
    show_attempts,
    show_endpoints,
    shown_url,
)
from milepost.domain.webhook import Attempt, EndpointState, EventType, Health, MessageState, Problem
from milepost.ports import Endpoint
from milepost.store.webhook_deliveries import LoggedAttempt

AT = 1_526_274_000
ENDPOINT = Endpoint(
    3,
    "putien",
    "https://hooks.example/in?token=hidden",
    frozenset({EventType.SETTLED}),
    EndpointState.DISABLED,
    "it answered 410 Gone",
    Health(4, AT, AT + 5),
)
HUNG = LoggedAttempt(
    3, "evt_a", "purchase.settled", Attempt(AT, 15_000, None, Problem.TIMEOUT), MessageState.DUE, AT + 6
)
REFUSED = LoggedAttempt(
    3, "evt_b", "purchase.settled", Attempt(AT, 7, 500, Problem.STATUS), MessageState.FAILED, None
)


def _console() -> Console:
    return Console(file=io.StringIO(), width=200, highlight=False)


def _said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_endpoint_document__disabled__says_why_and_since_when() -> None:
    document = endpoint_document(ENDPOINT)
    assert (document["reason"], document["failing_since"]) == ("it answered 410 Gone", "2018-05-14T05:00:00Z")
    assert document["url"] == "https://hooks.example/in?…"


def test_attempt_document__hung__has_a_problem_and_no_status() -> None:
    document = attempt_document(HUNG)
    assert (document["status"], document["problem"], document["next"]) == (
        None,
        "timeout",
        "2018-05-14T05:00:06Z",
    )


def test_show_endpoints__some_or_none__says_so() -> None:
    console = _console()
    show_endpoints([ENDPOINT], console=console)
    show_endpoints([], console=console)
    said = _said(console)
    assert "putien" in said and "disabled: it answered 410 Gone" in said and "hidden" not in said
    assert "There is no endpoint" in said


def test_show_attempts__failed__shows_the_answer_and_the_next_try() -> None:
    console = _console()
    show_attempts([HUNG, REFUSED], console=console)
    first, second = _said(console).splitlines()[1:]
    assert "timeout" in first and "15,000" in first and first.rstrip().endswith("2018-05-14T05:00:06Z")
    assert " 500 " in second and "status" not in second and second.rstrip().endswith("-")


def test_shown_url__without_a_query__is_whole() -> None:
    assert shown_url("https://hooks.example/in") == "https://hooks.example/in"
