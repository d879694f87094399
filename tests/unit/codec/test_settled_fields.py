"""What became of a purchase reads back as it was written; the receipt file's own test changes each value."""

import pytest

from milepost.codec.json_fields import Fields
from milepost.codec.settled_fields import places_counted, read_settled, write_settled
from milepost.domain.receipt import MOST_GRANTS
from tests.support.purchases import a_receipt, an_amendments_receipt


@pytest.mark.parametrize("receipt", [a_receipt(), an_amendments_receipt()], ids=["sale", "amendment"])
def test_read_settled__written__is_the_inverse(receipt: object) -> None:
    settled = receipt.settled  # type: ignore[attr-defined]
    fields = Fields(write_settled(settled), "")
    found = read_settled(fields)
    fields.finish()
    assert (found, found.basis) == (settled, settled.basis)
    assert len(found.grants) <= MOST_GRANTS


def test_places_counted__bits__are_places_from_0() -> None:
    assert places_counted(0b1000_0000_0000_0101) == [0, 2, 15]
    assert places_counted(0) == []
