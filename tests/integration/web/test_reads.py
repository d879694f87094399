"""What partners and the operator's services ask over a real socket, of what was settled on the fake chain."""

from milepost.codec.receipt_file import write_receipt_text
from milepost.domain.purchase import DedupeKey, PurchaseKind
from milepost.pipeline.issue_receipt import issue_receipt
from milepost.pipeline.read_settlements import read_settlements
from tests.support.programme import MEMBERS
from tests.support.web_stage import WebStage, a_row, answers_of, problem_of


def settle(stage: WebStage, *rows: dict[str, object]) -> None:
    """Take bills in over HTTP and settle them."""
    assert answers_of(stage.post(list(rows))) == ["accepted"] * len(rows)
    stage.oracle.relayed()
    read_settlements(stage.oracle.store, chain=stage.oracle.chain)


def test_get_purchases__settled__tells_what_it_got(stage: WebStage) -> None:
    settle(stage, a_row(sale_ref="A/1 é"))
    found = stage.get("/v1/purchases/putien?sale_ref=A%2F1%20%C3%A9").json()["purchases"]
    assert [one["state"] for one in found] == ["settled_final"]
    settled = found[0]["settled"]
    assert (settled["outcome"], settled["base"], settled["number"]) == ("credited", 150, 1)
    assert (settled["lane"], settled["sequence"]) == (0, 1)
    assert "member" not in found[0]


def test_get_purchases__several_records__are_chosen_by_kind_revision_and_source(stage: WebStage) -> None:
    answers_of(stage.post([a_row(), a_row(kind="AMEND", revision=1), a_row(source="till-7")]))
    ask = "/v1/purchases/putien?sale_ref=A-1001"
    assert len(stage.get(ask).json()["purchases"]) == 3
    assert len(stage.get(f"{ask}&kind=AMEND").json()["purchases"]) == 1
    assert len(stage.get(f"{ask}&revision=0").json()["purchases"]) == 2
    assert len(stage.get(f"{ask}&source=till-7").json()["purchases"]) == 1
    assert problem_of(stage.get(f"{ask}&source=till-8")) == (404, "not_found")


def test_get_purchases__of_another_partner__is_forbidden(stage: WebStage) -> None:
    answers_of(stage.post(a_row()))
    ask = "/v1/purchases/putien?sale_ref=A-1001"
    assert problem_of(stage.get(ask, key="tamarind-1")) == (403, "forbidden")
    assert stage.get(ask, key="operator-1").status_code == 200


def test_get_purchases__no_reference__is_a_bad_parameter(stage: WebStage) -> None:
    assert problem_of(stage.get("/v1/purchases/putien")) == (422, "bad_parameter")


def test_get_receipt__settled__is_the_file_the_command_writes(stage: WebStage) -> None:
    settle(stage, a_row())
    response = stage.get("/v1/receipts/putien?sale_ref=A-1001")
    key = DedupeKey("putien", "http", "A-1001", PurchaseKind.SALE, 0)
    assert response.text == write_receipt_text(issue_receipt(key, stage.oracle.issuing))
    assert MEMBERS[0] not in response.text


def test_get_receipt__not_settled_yet__says_so(stage: WebStage) -> None:
    answers_of(stage.post(a_row()))
    assert problem_of(stage.get("/v1/receipts/putien?sale_ref=A-1001")) == (409, "not_settled")


def test_get_receipt__nothing_sent__is_not_found(stage: WebStage) -> None:
    assert problem_of(stage.get("/v1/receipts/putien?sale_ref=A-1001")) == (404, "not_found")


def test_get_receipt__two_sources__asks_for_one(stage: WebStage) -> None:
    answers_of(stage.post([a_row(), a_row(source="till-7")]))
    assert problem_of(stage.get("/v1/receipts/putien?sale_ref=A-1001")) == (409, "ambiguous")


def test_get_receipt__of_another_partner__is_forbidden(stage: WebStage) -> None:
    response = stage.get("/v1/receipts/putien?sale_ref=A-1001", key="tamarind-1")
    assert problem_of(response) == (403, "forbidden")


def test_get_statement__operator__gets_it(stage: WebStage) -> None:
    response = stage.get(f"/v1/members/{MEMBERS[0]}/statement", key="operator-1")
    assert response.json()["member"] == MEMBERS[0]


def test_get_statement__at_another_time__is_refused_and_not_ignored(stage: WebStage) -> None:
    response = stage.get(f"/v1/members/{MEMBERS[0]}/statement?at=2018-05-01", key="operator-1")
    assert problem_of(response) == (422, "bad_parameter")


def test_get_statement__partner__is_forbidden(stage: WebStage) -> None:
    assert problem_of(stage.get(f"/v1/members/{MEMBERS[0]}/statement")) == (403, "forbidden")


def test_get_statement__nobody__is_not_found_and_not_repeated(stage: WebStage) -> None:
    response = stage.get("/v1/members/999/statement", key="operator-1")
    assert problem_of(response) == (404, "not_found")
    assert "999" not in response.text


def test_get_reports__by_state__lists_them(stage: WebStage) -> None:
    settle(stage, a_row())
    assert stage.get("/v1/reports").json() == {"reports": []}
    found = stage.get("/v1/reports?state=final").json()["reports"]
    assert [(one["lane"], one["sequence"], one["purchases"]) for one in found] == [(0, 1, 1)]
    assert found[0]["tx_hash"].startswith("0x")
    assert problem_of(stage.get("/v1/reports?state=lost")) == (422, "bad_parameter")


def test_get_report__partner__sees_its_own_sections(stage: WebStage) -> None:
    settle(stage, a_row())
    own = [{"partner_id": 1, "first_number": 1, "count": 1}]
    assert stage.get("/v1/reports/0/1").json()["sections"] == own
    assert stage.get("/v1/reports/0/1", key="tamarind-1").json()["sections"] == []
    assert stage.get("/v1/reports/0/1", key="operator-1").json()["sections"] == own
    assert problem_of(stage.get("/v1/reports/0/2")) == (404, "not_found")
