"""Window rewards that a refund takes back, tried by the contracts and the reference model at once."""

from pathlib import Path
from typing import Any

from tests.support.catalogue_files import write_partner, write_programme, write_promotion
from tests.support.simulations import a_bill, write_bills
from tests.unit.cli.test_promotions_simulation import document

REACHED = {"window_spend": [{"from": "1000.00", "miles": 500}]}
AIRPORT = {"outlet": "hkg-airport"}


def _at(hour: int, **changes: Any) -> dict[str, Any]:
    return {"occurred_at": f"2021-05-03T{hour}:00:00+08:00", **changes}


def _void(ref: str, hour: int, **changes: Any) -> dict[str, object]:
    return a_bill(ref, "0.00", **_at(hour, kind="VOID", original_sale_ref=ref, **changes))


def test_simulate__a_window_that_partners_share__gives_each_back_what_it_paid(tmp_path: Path) -> None:
    """A refund at one partner once gave it the bonus that another had paid, beyond what it had funded."""
    write_programme(tmp_path)
    write_partner(tmp_path / "partners", pays={"prepaid": 200})
    write_partner(tmp_path / "partners", "second.yaml", partner="second")
    write_promotion(
        tmp_path / "promotions", promotion="shared", partners=["putien", "second"], reward=REACHED
    )
    write_bills(
        tmp_path,
        a_bill("A", "800.00", **_at(12)),
        a_bill("B", "400.00", partner="second", **_at(13)),
        _void("A", 14),
        a_bill("C", "3200.00", **_at(15, member="M-2")),
    )
    found = document(tmp_path)["purchases"]
    assert [(one["base_miles"], one["bonus_miles"]) for one in found] == [
        (200, 0),
        (100, 500),
        (0, 0),
        (200, 0),
    ]
    assert found[-1]["outcome"] == "cut_by_prepaid"


def test_simulate__a_window_limited_at_outlets__frees_none_of_what_another_outlet_granted(
    tmp_path: Path,
) -> None:
    """A bill voided at one outlet once made room there for what the other outlet had granted."""
    write_programme(tmp_path)
    write_partner(tmp_path / "partners")
    write_promotion(tmp_path / "promotions", promotion="limited", reward=REACHED, limits={"per_outlet": 500})
    write_bills(
        tmp_path,
        a_bill("full", "1000.00", **_at(11, member="M-2")),
        a_bill("A", "800.00", **_at(12)),
        a_bill("B", "400.00", **_at(13, **AIRPORT)),
        _void("A", 14),
        a_bill("late", "1000.00", **_at(15, member="M-3")),
    )
    found = document(tmp_path)["purchases"]
    assert [one["bonus_miles"] for one in found] == [500, 0, 500, 0, 0]
