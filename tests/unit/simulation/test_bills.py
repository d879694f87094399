"""Which receipt an amendment brings: the newest of the sale that it changes."""

from milepost.codec.report_bytes import encode_report
from milepost.codec.results import encode_results
from milepost.domain.outcome import Outcome
from milepost.domain.purchase import Purchase, PurchaseKind
from milepost.domain.receipt import Amendment, Basis, Settled, SettledSection
from milepost.domain.report import Attachment, Report, Section
from milepost.simulation.bills import Bills
from tests.support.purchases import a_purchase, an_entry

BASIS = Basis(1, 400, 0)
CREDITED = Settled(Outcome.CREDITED, 149, 11_455)
REFUND = a_purchase(kind=PurchaseKind.REFUND, sale_ref="R-1", original_sale_ref="A-1001")


def keep(
    bills: Bills, number: int, purchase: Purchase, settled: Settled, attached: Attachment | None = None
) -> None:
    entry = an_entry(kind=purchase.kind)
    attachments = None if purchase.kind is PurchaseKind.SALE else (attached,)
    report = Report(0, number, (Section(2, number, 1_526_272_205, (entry,)),), attachments)
    results = encode_results([SettledSection(BASIS, (settled,))])
    bills.keep(encode_report(report), results, [purchase], [settled])


def test_attached_to__settled_sale__is_its_receipt() -> None:
    bills = Bills()
    keep(bills, 1, a_purchase(), CREDITED)
    found = bills.attached_to(REFUND)
    assert found is not None and (found.sequence, found.amended, found.proof) == (1, 0, ())
    assert bills.sale_of(REFUND) == a_purchase().dedupe_key


def test_attached_to__amended_before__is_the_newest_receipt() -> None:
    bills = Bills()
    keep(bills, 1, a_purchase(), CREDITED)
    left = Amendment(1, 50_000, 9_600, 1_526_272_205, 0, 0, returned=24)
    keep(bills, 2, REFUND, Settled(Outcome.REVERSED, 125, 11_455, amendment=left), bills.attached_to(REFUND))
    again = a_purchase(kind=PurchaseKind.REFUND, sale_ref="R-2", original_sale_ref="A-1001")
    found = bills.attached_to(again)
    assert found is not None and found.sequence == 2 and found.amended
    # What changed nothing has a receipt that is nobody's newest.
    refused = Settled(Outcome.EXCEEDS_BILL, 0, 0)
    keep(bills, 3, again, refused, found)
    assert bills.attached_to(again) == found


def test_sale_of__another_source__is_the_only_sale_of_that_reference() -> None:
    bills = Bills()
    keep(bills, 1, a_purchase(source="till-1"), CREDITED)
    assert bills.sale_of(REFUND) == a_purchase(source="till-1").dedupe_key
    keep(bills, 2, a_purchase(source="till-2"), CREDITED)
    assert bills.sale_of(REFUND) is None and bills.attached_to(REFUND) is None


def test_attached_to__unknown_sale__is_nothing() -> None:
    assert Bills().attached_to(REFUND) is None
