"""Finding the bill that a person means: exactly one, or what comes near."""

import pytest

from milepost.domain.errors import StoreError
from milepost.domain.purchase import DedupeKey, PurchaseKind
from milepost.pipeline.find_purchase import BillAmbiguous, BillUnknown, find_purchase
from tests.support.programme import Oracle, submitted


def _find(oracle: Oracle, sale_ref: str = "A-1001", partner: str = "putien", **changes: object) -> DedupeKey:
    usual: dict[str, object] = {"source": None, "kind": "SALE", "revision": 0}
    return find_purchase(oracle.store, partner, sale_ref, **{**usual, **changes})


def _oracle() -> Oracle:
    oracle = Oracle()
    oracle.ingest(submitted(), submitted(source="till-8"), submitted("A-1002"))
    return oracle


def test_find_purchase__one_source__needs_no_name() -> None:
    assert _find(_oracle(), "A-1002") == submitted("A-1002").purchase.dedupe_key


def test_find_purchase__several_sources__asks_for_one() -> None:
    with pytest.raises(BillAmbiguous, match=r"source “till-7”.*source “till-8”.*--source"):
        _find(_oracle())
    assert _find(_oracle(), source="till-8").source == "till-8"


def test_find_purchase__mistyped__suggests() -> None:
    with pytest.raises(BillUnknown, match=r"did you mean “A-1002”") as unknown:
        _find(_oracle(), "A-1012")
    assert unknown.value.exit_code == 1
    with pytest.raises(BillUnknown, match="the newest is “A-1002”"):
        _find(_oracle(), "zzz")


def test_find_purchase__unknown_partner_source_or_revision__says_what_there_is() -> None:
    with pytest.raises(BillUnknown, match="no purchase of a partner 'nobody'"):
        _find(_oracle(), partner="nobody")
    with pytest.raises(BillUnknown, match="only as SALE from source “till-7”, revision 0"):
        _find(_oracle(), source="till-9")
    with pytest.raises(BillUnknown, match="only as"):
        _find(_oracle(), revision=1)


def _amended() -> Oracle:
    oracle = _oracle()
    refund = submitted("R-1", kind=PurchaseKind.REFUND, original_sale_ref="A-1002")
    amends = [submitted("A-1002", kind=PurchaseKind.AMEND, revision=number) for number in (1, 2)]
    oracle.ingest(refund, *amends)
    return oracle


def test_find_purchase__no_kind_stated__is_the_sale_or_what_there_is() -> None:
    oracle = _amended()
    assert _find(oracle, "A-1002", kind=None, revision=None).kind is PurchaseKind.SALE
    assert _find(oracle, "R-1", kind=None, revision=None).kind is PurchaseKind.REFUND


def test_find_purchase__no_revision_stated__is_the_highest() -> None:
    oracle = _amended()
    assert _find(oracle, "A-1002", kind="amend", revision=None).revision == 2
    assert _find(oracle, "A-1002", kind="AMEND", revision=1).revision == 1


def test_find_purchase__no_kind__is_refused() -> None:
    with pytest.raises(StoreError, match="'GIFT' is no kind"):
        _find(_oracle(), kind="gift".upper())
    assert _find(_oracle(), "A-1002", kind="sale").sale_ref == "A-1002"
