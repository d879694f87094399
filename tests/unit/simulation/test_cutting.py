"""Reports keep the order of the file, whatever partners and times do in it."""

from datetime import timedelta

from milepost.domain.partner import Partner
from milepost.domain.purchase import PurchaseKind, SubmittedPurchase
from milepost.pipeline.build_report import DeployedPartners
from milepost.simulation.cutting import MOST_PURCHASES, cut_in_order
from tests.support.simulations import a_sale

NONE: dict[str, Partner] = {}
PARTNERS = DeployedPartners(NONE, {"ana": 1, "putien": 2})


def refs_of(*purchases: SubmittedPurchase) -> list[list[str]]:
    return [[one.purchase.sale_ref for one in cut.purchases] for cut in cut_in_order(purchases, PARTNERS)]


def test_cut_in_order__partners_rise__is_one_report() -> None:
    assert refs_of(a_sale("1", partner="ana"), a_sale("2"), a_sale("3")) == [["1", "2", "3"]]


def test_cut_in_order__an_earlier_partner_again__begins_a_report() -> None:
    assert refs_of(a_sale("1", partner="ana"), a_sale("2"), a_sale("3", partner="ana")) == [["1", "2"], ["3"]]


def test_cut_in_order__a_time_before_its_sections__begins_a_report() -> None:
    late = a_sale("1", after=timedelta(minutes=5))
    assert refs_of(late, a_sale("2")) == [["1"], ["2"]]
    # Before the one before it, and not before the first: the order is still the file's.
    assert refs_of(a_sale("1"), a_sale("2", after=timedelta(minutes=5)), a_sale("3")) == [["1", "2", "3"]]


def test_cut_in_order__more_than_a_day_between__begins_a_report() -> None:
    day = timedelta(days=1)
    assert refs_of(a_sale("1"), a_sale("2", after=day)) == [["1", "2"]]
    assert refs_of(a_sale("1"), a_sale("2", after=day + timedelta(seconds=1))) == [["1"], ["2"]]


def test_cut_in_order__change_of_a_bill__waits_until_its_report_has_settled() -> None:
    refund = a_sale("R", kind=PurchaseKind.REFUND, original_sale_ref="1")
    assert refs_of(a_sale("1"), a_sale("2"), refund) == [["1", "2"], ["R"]]
    again = a_sale("Q", kind=PurchaseKind.REFUND, original_sale_ref="1")
    assert refs_of(a_sale("1"), refund, again) == [["1"], ["R"], ["Q"]]
    assert refs_of(a_sale("1"), a_sale("1", kind=PurchaseKind.AMEND, revision=1)) == [["1"], ["1"]]


def test_cut_in_order__more_than_a_report_takes__are_cut() -> None:
    cuts = list(cut_in_order([a_sale(str(i)) for i in range(MOST_PURCHASES + 1)], PARTNERS))
    assert [cut.count for cut in cuts] == [MOST_PURCHASES, 1]


def test_cut_in_order__nothing__is_no_report() -> None:
    assert refs_of() == []
