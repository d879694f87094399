"""The demo's own check of its sums: content with what happened, and with nothing else."""

from dataclasses import replace

import pytest

from milepost.demo.checks import SumDiffers, require_sums
from milepost.demo.facts import DemoFacts, SecondFeed, sum_up
from milepost.demo.month import Month
from milepost.demo.on_chain import read_books
from milepost.demo.stage import STARTS_AT
from milepost.demo.tampering import tamper, telling_receipt
from milepost.domain.outcome import Cut
from milepost.pipeline.ingest_purchase import AnswerKind
from tests.integration.demo.conftest import BILLS


@pytest.fixture(scope="module")
def facts(month: Month) -> DemoFacts:
    telling = telling_receipt(bill.receipt for bill in month.season.bills)
    return sum_up(
        month.season,
        month.stage,
        source="a test",
        starts_at=STARTS_AT,
        tampering=tamper(telling, month.stage),
        second=SecondFeed({AnswerKind.DUPLICATE: BILLS}, settled=0, miles_credited=0),
        books=read_books(month.stage),
    )


def _check(facts: DemoFacts, month: Month) -> None:
    require_sums(facts, month.stage, month.model, bills=BILLS)


def test_require_sums__as_it_happened__is_content(facts: DemoFacts, month: Month) -> None:
    _check(facts, month)


def test_require_sums__a_base_mile_more__names_sum_and_both_numbers(facts: DemoFacts, month: Month) -> None:
    credited = facts.books.credited
    with pytest.raises(
        SumDiffers, match=f"base and bonus over the receipts: {credited + 1}, not {credited}"
    ) as refused:
        _check(replace(facts, base=facts.base + 1), month)
    assert refused.value.exit_code == 1


def test_require_sums__a_second_feed_that_credits__is_named(facts: DemoFacts, month: Month) -> None:
    with pytest.raises(SumDiffers, match="miles credited by the second feed: 5, not 0"):
        _check(replace(facts, second=replace(facts.second, miles_credited=5)), month)


def test_require_sums__a_receipt_not_verified__is_named(facts: DemoFacts, month: Month) -> None:
    with pytest.raises(SumDiffers, match=f"verified by the contract: {BILLS - 1}, not {BILLS}"):
        _check(replace(facts, till_to_credit_s=facts.till_to_credit_s[1:]), month)


def test_require_sums__a_changed_receipt_not_refused__is_named(facts: DemoFacts, month: Month) -> None:
    with pytest.raises(SumDiffers, match="changed receipts refused: 0, not 1"):
        _check(replace(facts, tampering=replace(facts.tampering, is_denied=False)), month)


def test_require_sums__a_promotions_cut_left_out__is_named(facts: DemoFacts, month: Month) -> None:
    first, *rest = facts.promotions
    assert first.cut[Cut.PER_MEMBER] >= 0
    more = replace(first, desired=first.desired + 1)
    with pytest.raises(SumDiffers, match=f"granted and cut by {first.name}"):
        _check(replace(facts, promotions=(more, *rest)), month)


def test_tamper__a_digit_of_the_base_miles__is_refused_by_the_file_and_by_the_contract(
    facts: DemoFacts,
) -> None:
    tampering = facts.tampering
    assert abs(tampering.after - tampering.before) == 1
    assert tampering.is_denied and tampering.is_refused
    assert "leaf" in tampering.differences[0]


def test_telling_receipt__of_all__has_most_grants(month: Month) -> None:
    receipts = [bill.receipt for bill in month.season.bills]
    most = max(len(receipt.settled.grants) for receipt in receipts)
    assert len(telling_receipt(receipts).settled.grants) == most >= 2
