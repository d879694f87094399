"""The three pages of a process."""

import json

from milepost.observability.exposition import Registry
from milepost.observability.pages import HEALTH, METRICS, READY, StatusPages


def test_answer__a_check_that_finds_something__is_503_and_named() -> None:
    pages = StatusPages(Registry(), ready=(("database", lambda: None), ("chain", lambda: "it is silent")))
    page = pages.answer(READY)
    assert page is not None and page.status == 503
    assert json.loads(page.body) == {
        "status": "unavailable",
        "checks": {"database": "ok", "chain": "it is silent"},
    }


def test_answer__a_process_that_lives__is_ok() -> None:
    page = StatusPages(Registry(), alive=(("loop", lambda: None),)).answer(HEALTH)
    assert page is not None and (page.status, json.loads(page.body)["status"]) == (200, "ok")


def test_answer__metrics__are_refreshed_first() -> None:
    registry = Registry()
    figure = registry.gauge("milepost_a", "One.")
    page = StatusPages(registry, refresh=lambda: figure.set(7)).answer(METRICS)
    assert page is not None and "milepost_a 7.0\n" in page.body


def test_answer__another_path__has_no_page() -> None:
    assert StatusPages(Registry()).answer("/") is None
