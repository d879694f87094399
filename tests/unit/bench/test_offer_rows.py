"""A row of rich offers as the tables show it."""

from bench.offer_rows import OfferRow


def test_per_purchase__a_report_of_200__is_its_share() -> None:
    assert OfferRow("four", 200, 3_000_000).per_purchase == 15_000
