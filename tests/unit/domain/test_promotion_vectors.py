"""The real campaigns and each rule alone, through the plain model: every vector of the promotions' page."""

from datetime import datetime

import pytest

from milepost.domain.accrual import settle
from milepost.domain.amending import sale_of
from milepost.domain.books import Attached, Books, Judged
from milepost.domain.purchase import PurchaseKind
from milepost.domain.report import Entry, Report, Section, channel_number, party_number
from milepost.simulation.model import books_of
from tests.support.promotion_vectors import PromotionCase, found_as_expected, promotion_cases

CASES = {case.name: case for case in promotion_cases()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_settle__a_campaign_of_the_vectors__gives_what_is_expected(case: PromotionCase) -> None:
    found = [
        found_as_expected(case, place, judged.settled, judged.losers)
        for place, judged in enumerate(_played(case))
    ]
    for purchase, expected, one in zip(case.purchases, case.expected, found, strict=True):
        assert one == expected, purchase.purchase.sale_ref


def _played(case: PromotionCase) -> list[Judged]:
    """Every purchase in a report of its own, in the order of the file, each at its own time."""
    books = books_of(case.plan)
    ids = {row["member"]: number for number, row in enumerate(case.members, start=1)}
    books.ledger.enrol(len(ids))
    for row in case.members:
        if "enrolled_at" in row:
            books.enrolled_at_s[ids[row["member"]]] = int(
                datetime.fromisoformat(row["enrolled_at"]).timestamp()
            )
    results: list[Judged] = []
    sales: dict[str, tuple[int, int]] = {}
    numbers = dict.fromkeys(books.partners, 0)
    now_s = 0
    for sequence, submitted in enumerate(case.purchases, start=1):
        purchase = submitted.purchase
        partner = case.plan.partner_ids[purchase.partner]
        outlets = {
            one.code: one for one in next(p for p in case.plan.partners if p.code == purchase.partner).outlets
        }
        outlet = outlets[purchase.outlet]
        numbers[partner] += 1
        entry = Entry(
            member=ids[submitted.member or ""],
            eligible_minor=purchase.eligible_minor,
            seconds=0,
            outlet=outlet.number,
            kind=purchase.kind,
            offset_choice=outlet.offsets.index(purchase.utc_offset_minutes // 15),
            channel=channel_number(purchase.channel),
            party=party_number(purchase.party_size),
            facts=sequence.to_bytes(16, "big"),
        )
        now_s = max(now_s, purchase.occurred_at_s)
        section = Section(partner, numbers[partner], purchase.occurred_at_s, (entry,))
        attached = []
        if purchase.kind is PurchaseKind.SALE:
            sales[purchase.sale_ref] = partner, numbers[partner]
        else:
            attached = [_newest(sales.get(purchase.original_sale_ref or purchase.sale_ref), books)]
        results += settle(Report(0, sequence, (section,)), books, now_s=now_s, attached=attached)
    return results


def _newest(sale: tuple[int, int] | None, books: Books) -> Attached | None:
    """The newest receipt of a sale, as reporters attach it."""
    if sale is None:
        return None
    receipt = books.issued[sale[0], books.heads.get(sale, sale[1])]
    assert sale_of(receipt) == sale
    return Attached(receipt)
