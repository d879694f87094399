"""What the store holds of a bill and of a report, as JSON values: before it is settled and after."""

from milepost.ports import ReportState
from milepost.web.stored_documents import purchases_of_bill, report_at, reports_in
from tests.support.programme import Oracle, submitted, three_bills


def relayed() -> Oracle:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.relayed()
    return oracle


def test_purchases_of_bill__accepted__has_what_was_sent_but_no_member() -> None:
    oracle = Oracle()
    oracle.ingest(submitted("A/1"), submitted("A-2"))
    (found,) = purchases_of_bill(oracle.store, "putien", "A/1")
    assert (found["sale_ref"], found["state"], found["settled"]) == ("A/1", "accepted", None)
    assert (found["gross_minor"], found["currency"]) == (61_600, "HKD")
    assert found["received_at"].endswith("Z") and found["occurred_at"].endswith("+08:00")
    assert not [name for name in found if "member" in name]


def test_purchases_of_bill__nobodys__is_empty() -> None:
    oracle = Oracle()
    oracle.ingest(submitted("A-1"))
    assert purchases_of_bill(oracle.store, "tamarind", "A-1") == []
    assert purchases_of_bill(oracle.store, "putien", "A-2") == []


def test_reports_in__a_partner_asks__sees_its_own_section_alone() -> None:
    oracle = relayed()
    states = [ReportState.RELAYING, ReportState.APPLIED, ReportState.FINAL]
    (whole,) = reports_in(oracle.store, states, own=None, most=10)
    assert [section["partner_id"] for section in whole["sections"]] == [1, 2]
    assert whole["purchases"] == 3
    for own, expected in ((1, [1]), (2, [2]), (0, [])):
        (found,) = reports_in(oracle.store, states, own=own, most=10)
        assert [section["partner_id"] for section in found["sections"]] == expected
        assert {**found, "sections": None} == {**whole, "sections": None}


def test_reports_in__more_than_asked_for__are_the_last_ones() -> None:
    oracle = Oracle()
    for number in range(3):
        oracle.ingest(submitted(f"A-{number}"))
        oracle.sealed()
    found = reports_in(oracle.store, [ReportState.SEALED], own=None, most=2)
    assert [one["sequence"] for one in found] == [2, 3]


def test_report_at__one_that_is_there_or_not__is_told_or_none() -> None:
    oracle = relayed()
    found = report_at(oracle.store, 0, 1, own=None)
    assert found is not None
    assert found["content_hash"].startswith("0x") and len(found["content_hash"]) == 66
    assert report_at(oracle.store, 0, 2, own=None) is None
    assert report_at(oracle.store, 7, 1, own=None) is None
