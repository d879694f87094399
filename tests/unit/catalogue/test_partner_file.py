from pathlib import Path
from typing import Any

import pytest

from milepost.catalogue import CatalogueError
from milepost.catalogue.document import read_document
from milepost.catalogue.partner_file import make_partner
from milepost.domain.partner import EarnRate, EligibleParts, Partner, PaymentMode
from tests.support.catalogue_files import problems_of, write_partner

HONG_KONG = "Asia/Hong_Kong"


def _partner(folder: Path, **changes: Any) -> Partner:
    return make_partner(read_document(write_partner(folder, **changes)))


def test_make_partner__the_least_keys__has_the_stated_defaults(tmp_path: Path) -> None:
    partner = _partner(tmp_path)
    assert (partner.code, partner.currency, partner.earn) == ("putien", "HKD", EarnRate(1, 400))
    assert partner.eligible == EligibleParts(tax=True, service=True, tip=False)
    assert (partner.payment, partner.available, partner.lane) == (PaymentMode.OPEN, None, 0)
    assert partner.cost_per_mile is None


def test_make_partner__alert__is_in_miles(tmp_path: Path) -> None:
    assert _partner(tmp_path, pays={"prepaid": 9}, alert_below=5).alert_below == 5
    assert _partner(tmp_path, pays={"prepaid": 9}).alert_below is None


def test_make_partner__outlets__are_numbered_in_the_order_of_the_file(tmp_path: Path) -> None:
    outlets = [{"code": "b", "time_zone": HONG_KONG}, {"code": "A_1", "time_zone": "America/New_York"}]
    partner = _partner(tmp_path, outlets=outlets)
    assert [(o.code, o.number, o.offsets) for o in partner.outlets] == [
        ("b", 0, (32, 32)),
        ("A_1", 1, (-20, -16)),
    ]


@pytest.mark.parametrize(
    ("pays", "payment", "available"),
    [
        ({"prepaid": 500_000}, PaymentMode.PREPAID, 500_000),
        ({"prepaid": 0}, PaymentMode.PREPAID, 0),
        ({"postpaid_limit": 2**48 - 2}, PaymentMode.POSTPAID, 2**48 - 2),
        (None, PaymentMode.OPEN, None),
    ],
)
def test_make_partner__pays__says_how_and_how_much(
    tmp_path: Path, pays: dict[str, int] | None, payment: PaymentMode, available: int | None
) -> None:
    partner = _partner(tmp_path, pays=pays)
    assert (partner.payment, partner.available) == (payment, available)


@pytest.mark.parametrize(
    ("currency", "per", "per_minor"),
    [("JPY", "100", 100), ("KWD", "0.005", 5), ("USD", 1, 100), ("HKD", "4.000", 400)],
)
def test_make_partner__rate__is_in_minor_units_of_the_currency(
    tmp_path: Path, currency: str, per: str, per_minor: int
) -> None:
    assert _partner(tmp_path, currency=currency, earn={"miles": 3, "per": per}).earn == EarnRate(3, per_minor)


def _outlets(*codes: str, time_zone: str = HONG_KONG) -> dict[str, Any]:
    return {"outlets": [{"code": code, "time_zone": time_zone} for code in codes]}


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"partner": "Putien"}, "partner", "lower case"),
        ({"alert_below": 5}, "alert_below", "needs pays"),
        ({"alert_below": 0, "pays": {"prepaid": 9}}, "alert_below", "the least is 1"),
        ({"currency": "HKX"}, "currency", "no currency code of ISO 4217"),
        ({"currency": "JPY", "earn": {"miles": 1, "per": "4.50"}}, "earn.per", "4.50 must be whole"),
        (
            {"earn": {"miles": 1, "per": "4.001"}},
            "earn.per",
            "more than 2 decimals, and HKD has no finer unit",
        ),
        ({"earn": {"miles": 1, "per": "0"}}, "earn.per", "outside 1 to 4294967295"),
        ({"earn": {"miles": 1, "per": "42949672.96"}}, "earn.per", "outside 1 to 4294967295"),
        ({"earn": {"miles": 65_536, "per": "4"}}, "earn.miles", "the most is 65535"),
        ({"earn": {"miles": 1, "per": "-4"}}, "earn.per", "is no amount"),
        ({"eligible": {"tips": True}}, "eligible.tips", "did you mean 'tip'?"),
        ({"eligible": {"tip": "no"}}, "eligible.tip", "true or false"),
        ({"pays": {"prepaid": 1, "postpaid_limit": 1}}, "pays", "one of prepaid and postpaid_limit"),
        ({"pays": {}}, "pays", "one of prepaid and postpaid_limit"),
        ({"pays": {"prepaid": 2**48 - 1}}, "pays.prepaid", "the most is 281474976710654"),
        ({"cost_per_mile": "0"}, "cost_per_mile", "above 0"),
        ({"cost_per_mile": "0.0000001"}, "cost_per_mile", "more than 6 decimals"),
        ({"lane": 65_536}, "lane", "the most is 65535"),
        ({"outlets": []}, "outlets", "name at least one"),
        (_outlets(*(f"o{n}" for n in range(257))), "outlets", "has 257 items; the most is 256"),
        (_outlets("a", "b", "a"), "outlets[2].code", "'a' stands twice, first as outlet 0"),
        (_outlets("a", time_zone="Asia/HongKong"), "outlets[0].time_zone", "is no time zone"),
        (_outlets("a", time_zone="Pacific/Norfolk"), "outlets[0].time_zone", "used 3 UTC offsets"),
        (_outlets("a b"), "outlets[0].code", "is no name"),
    ],
)
def test_make_partner__a_wrong_key__is_refused_with_the_reason(
    tmp_path: Path, changes: dict[str, Any], key: str, reason: str
) -> None:
    with pytest.raises(CatalogueError, match=reason) as refused:
        _partner(tmp_path, **changes)
    assert [found[1] for found in problems_of(refused)] == [key]


def test_make_partner__256_outlets__are_accepted(tmp_path: Path) -> None:
    assert len(_partner(tmp_path, **_outlets(*(f"o{n}" for n in range(256)))).outlets) == 256


def test_make_partner__three_outlets_with_one_code__names_each_repetition(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as refused:
        _partner(tmp_path, lane=-1, **_outlets("a", "a", "a"))
    assert [key for _, key, _ in problems_of(refused)] == ["outlets[1].code", "outlets[2].code", "lane"]
