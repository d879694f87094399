"""What is logged and counted of each request: the route's pattern, and nothing that a sender wrote."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from milepost.event_log import write_lines
from milepost.observability.exposition import Registry
from milepost.observability.measures import HttpMeasures
from milepost.web.app import make_app
from tests.support.web_stage import WebStage, a_row, make_stage, served

WRITTEN = ("1000000001", "Mrs-Chan", "putien-1", "stranger")


@dataclass
class Watched:
    """A stage whose log and figures are looked at."""

    stage: WebStage
    log: StringIO
    registry: Registry

    def said(self, event: str, count: int) -> list[dict[str, Any]]:
        """So many lines of an event; a line comes a moment after its answer. None has what a sender wrote."""
        until = monotonic() + 10
        while (text := self.log.getvalue()).count(f'"{event}"') < count:
            assert monotonic() < until, text
            sleep(0.005)
        assert not [word for word in WRITTEN if word in text]
        return [one for line in text.splitlines() if (one := json.loads(line))["event"] == event]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    root, ours = logging.getLogger(), logging.getLogger("milepost")
    kept = (root.handlers, root.level, ours.level)
    log, registry = StringIO(), Registry()
    write_lines(log)
    try:
        stage = make_stage(tmp_path)
        stage.app = make_app(stage.parts, measures=HttpMeasures(registry))
        with served(stage) as running:
            yield Watched(running, log, registry)
    finally:
        root.handlers = kept[0]
        root.setLevel(kept[1])
        ours.setLevel(kept[2])


def test_access_log__requests_that_name_people__are_told_by_their_routes(watched: Watched) -> None:
    stage = watched.stage
    stage.post(a_row(sale_ref="Mrs-Chan"))
    stage.get("/v1/purchases/putien?sale_ref=Mrs-Chan")
    stage.get("/v1/members/1000000001/statement", key="operator-1")
    stage.http.get(f"{stage.address}/v1/members/1000000001/statement")
    told = watched.said("request_answered", 4)
    assert [(one["method"], one["route"], one["status"]) for one in told] == [
        ("POST", "/v1/purchases", 200),
        ("GET", "/v1/purchases/{partner}", 200),
        ("GET", "/v1/members/{member}/statement", 200),
        ("GET", "/v1/members/{member}/statement", 401),
    ]
    assert all(isinstance(one["took_us"], int) for one in told)


def test_access_log__no_such_route_or_method__is_none_of_any_name(watched: Watched) -> None:
    stage = watched.stage
    stage.http.request("STRANGER", f"{stage.address}/stranger/1000000001")
    (first,) = watched.said("request_answered", 1)
    assert (first["method"], first["route"], first["status"]) == ("other", "none", 404)
    text = watched.registry.text()
    assert 'milepost_http_answers_total{method="other",route="none",status="404"} 1.0' in text
    assert 'milepost_http_answer_seconds_count{method="other",route="none"} 1.0' in text


def test_access_log__a_mistake_of_ours__is_counted_as_500_without_its_words(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("of the bill of Mrs-Chan")

    monkeypatch.setattr("milepost.web.reads.purchases_of_bill", fail)
    response = watched.stage.get("/v1/purchases/putien?sale_ref=A")
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert [one["error"] for one in watched.said("request_crashed", 1)] == ["RuntimeError"]
    watched.said("request_answered", 1)
    assert 'route="/v1/purchases/{partner}",status="500"} 1.0' in watched.registry.text()
