"""Status pages of an app that serves, and what is logged of its requests."""

import io
import logging
import re
from pathlib import Path

from milepost.event_log import JsonLine
from milepost.observability.exposition import Registry
from milepost.observability.measures import HttpMeasures
from milepost.observability.pages import StatusPages
from milepost.web.app import make_app
from milepost.web.status_routes import add_status_routes
from tests.support.programme import MEMBERS
from tests.support.web_stage import SECRETS, a_row, make_stage, served


def test_status_routes__after_requests__count_them_by_route_and_status(tmp_path: Path) -> None:
    made = make_stage(tmp_path)
    registry = Registry()
    app = make_app(made.parts, measures=HttpMeasures(registry))
    add_status_routes(app, StatusPages(registry, alive=(("loop", lambda: "it hangs"),)))
    made.app = app
    with served(made) as stage:
        stage.post(a_row())
        stage.http.get(f"{stage.address}/v1/purchases/unknown")
        text = stage.http.get(f"{stage.address}/metrics").text
        assert stage.http.get(f"{stage.address}/healthz").status_code == 503
        assert stage.http.get(f"{stage.address}/readyz").status_code == 200
    assert re.search(r'answers_total\{method="POST",route="/v1/purchases",status="200"\} 1', text)
    assert 'milepost_http_answer_seconds_count{method="POST",route="/v1/purchases"} 1' in text
    assert "/metrics" not in app.openapi()["paths"]


def test_event_log__requests_of_every_kind__hold_no_member_no_key_and_no_signature(tmp_path: Path) -> None:
    said, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(said)
    handler.setFormatter(JsonLine())
    root.addHandler(handler)
    ours = logging.getLogger("milepost")
    level = ours.level
    ours.setLevel(logging.INFO)
    try:
        with served(make_stage(tmp_path)) as stage:
            signature = stage.signed("GET", f"/v1/members/{MEMBERS[0]}/statement")["Milepost-Signature"]
            stage.post(a_row(member="9999999999"))
            stage.post(a_row(gross_minor=-1), headers={"Milepost-Signature": "v1=00"})
            stage.get(f"/v1/members/{MEMBERS[0]}/statement", key="operator-1")
            stage.get(f"/v1/members/{MEMBERS[0]}/statement?member={MEMBERS[1]}")
    finally:
        root.removeHandler(handler)
        ours.setLevel(level)
    assert said.getvalue().count("request_answered") == 4
    hidden = [*MEMBERS, "9999999999", signature, *(secret.hex() for secret in SECRETS.values()), "putien-1"]
    assert [word for word in hidden if word in said.getvalue()] == []
