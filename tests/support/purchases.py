"""Builders of purchases, entries and receipts with defaults; a test states only what matters to it."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from milepost.codec import receipt_tree
from milepost.codec.entry import seal_entry
from milepost.codec.facts import salt
from milepost.codec.receipt_leaf import leaf_of
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.purchase import Purchase, PurchaseKind
from milepost.domain.quantities import PurchaseNumber
from milepost.domain.receipt import Amendment, Basis, Grant, MemberReceipt, Settled
from milepost.domain.report import Entry
from milepost.ports import PurchaseState, StoredPurchase

SECRET = b"a secret of putien's reporters"
RECEIPT_BOOK = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def a_purchase(**changes: Any) -> Purchase:
    """A bill of HKD 616.00 for two at Putien, Causeway Bay."""
    usual = Purchase(
        partner="putien",
        source="till-7",
        sale_ref="A-1001",
        kind=PurchaseKind.SALE,
        revision=0,
        original_sale_ref=None,
        outlet="causeway-bay",
        terminal="t1",
        occurred_at=datetime.fromisoformat("2018-05-14T12:30:05+08:00"),
        business_date=date(2018, 5, 14),
        currency="HKD",
        gross_minor=61600,
        tax_minor=0,
        service_minor=5600,
        tip_minor=2000,
        eligible_minor=59600,
        channel="dine-in",
        party_size=2,
    )
    return replace(usual, **changes)


def an_accepted_purchase(**changes: Any) -> StoredPurchase:
    """The same as the store holds it, of a member nobody knows; changes are those of the bill."""
    return StoredPurchase(1, a_purchase(**changes), None, PurchaseState.ACCEPTED, 0)


def an_entry(**changes: Any) -> Entry:
    usual = Entry(
        member=1,
        eligible_minor=10_000,
        seconds=0,
        outlet=0,
        kind=PurchaseKind.SALE,
        offset_choice=0,
        channel=0,
        party=0,
        facts=bytes(16),
    )
    return replace(usual, **changes)


def a_receipt(purchase: Purchase | None = None) -> MemberReceipt:
    """The receipt of the middle one of three purchases, as the pipeline would issue it."""
    purchase = purchase or a_purchase()
    secret_salt = salt(SECRET, purchase.dedupe_key)
    base_time = purchase.occurred_at_s - 65
    entry = seal_entry(purchase, member=41, outlet=3, offset_choice=1, base_time=base_time, salt=secret_salt)
    grants = (Grant(2, Cut.NONE, 298, 298), Grant(7, Cut.BUDGET, 500, 120))
    receipt = MemberReceipt(
        chain_id=31337,
        receipts=RECEIPT_BOOK,
        lane=1,
        sequence=12,
        partner_id=4,
        number=77,
        base_time=base_time,
        entry=entry,
        settled=Settled(Outcome.CREDITED, 149, 11455, grants, counted=0b1001, basis=Basis(1, 400, 3)),
        purchase=purchase,
        salt=secret_salt,
        leaf=bytes(32),
        proof=(),
    )
    return _proven(receipt)


def an_amendments_receipt() -> MemberReceipt:
    """The receipt of a refund of HKD 96.00 of the usual bill, which was sale 77."""
    receipt = a_receipt(a_purchase(kind=PurchaseKind.REFUND, sale_ref="R-1", original_sale_ref="A-1001"))
    amendment = Amendment(77, 50_000, 9_600, 1_526_272_205, 3, 0x2C8, returned=72)
    settled = replace(receipt.settled, outcome=Outcome.REVERSED, base=125, amendment=amendment)
    return _proven(replace(receipt, number=PurchaseNumber(80), settled=settled))


def _proven(receipt: MemberReceipt) -> MemberReceipt:
    leaf = leaf_of(receipt)
    proof = receipt_tree.proof([b"\x01" * 32, leaf, b"\x02" * 32], 1)
    return replace(receipt, leaf=leaf, proof=proof)
