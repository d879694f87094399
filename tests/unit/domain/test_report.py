"""What an entry says of channel and party, and how many purchases a report holds."""

import pytest

from milepost.domain.purchase import PurchaseKind
from milepost.domain.report import Attachment, Report, Section, channel_number, party_number
from tests.support.purchases import an_entry


@pytest.mark.parametrize(
    ("channel", "number"), [(None, 0), ("dine-in", 1), ("takeaway", 2), ("delivery", 3), ("drive-through", 0)]
)
def test_channel_number__each_channel__is_as_the_format_says(channel: str | None, number: int) -> None:
    assert channel_number(channel) == number


@pytest.mark.parametrize(
    ("party", "number"), [(None, 0), (0, 0), (1, 1), (62, 62), (63, 63), (64, 63), (500, 63)]
)
def test_party_number__more_than_63__is_63(party: int | None, number: int) -> None:
    assert party_number(party) == number


def test_purchase_count__several_sections__is_their_sum() -> None:
    report = Report(0, 1, (Section(1, 1, 0, (an_entry(),)), Section(2, 1, 0, (an_entry(), an_entry()))))
    assert report.purchase_count == 3


def test_placed__amendments__have_their_attachments_in_order() -> None:
    refund = an_entry(kind=PurchaseKind.REFUND)
    sections = (Section(1, 5, 0, (an_entry(), refund)), Section(2, 8, 0, (refund, an_entry())))
    attached = Attachment(0, 1, 1, 2, 3, 4, 0)
    placed = list(Report(0, 1, sections, (None, attached)).placed())
    assert [one.number for one in placed] == [5, 6, 8, 9]
    assert [one.attachment for one in placed] == [None, None, attached, None]
    assert [one.entry for one in placed] == [an_entry(), refund, refund, an_entry()]
    assert Report(0, 1, sections).amendment_count == 2
