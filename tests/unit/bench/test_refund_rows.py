"""A row of refunds as the tables show it."""

from bench.refund_rows import RefundRow


def test_per_refund__a_report_of_20__is_its_share() -> None:
    assert RefundRow("three", 20, 1_000_000).per_refund == 50_000
