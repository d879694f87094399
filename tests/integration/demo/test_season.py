"""The month as it is played: every bill accepted, settled, and its receipt verified and written."""

from dataclasses import replace

import pytest

from milepost.codec.receipt_file import read_receipt_text
from milepost.demo.month import Month
from milepost.demo.tips import MEMBERS
from milepost.domain.outcome import Outcome
from milepost.domain.quantities import Miles, PartnerId
from milepost.pipeline.ingest_purchase import AnswerKind
from milepost.simulation.model import Model, ModelDisagrees
from tests.integration.demo.conftest import BILLS


def test_play_season__each_bill__is_accepted_and_settled_once(month: Month) -> None:
    season = month.season
    assert [answer.kind for answer in season.answers] == [AnswerKind.ACCEPTED] * BILLS
    assert len({bill.receipt.purchase.sale_ref for bill in season.bills}) == BILLS == season.issued
    assert all(bill.till_to_credit_s > 0 for bill in season.bills)


def test_play_season__each_dining_day__is_one_report_with_a_root_of_its_own(month: Month) -> None:
    reports = month.season.reports
    assert [log.sequence for log in reports] == list(range(1, len(month.till_files) + 1))
    assert len({log.root for log in reports}) == len(reports)


def test_play_season__each_receipt__is_written_as_issued(month: Month) -> None:
    folder = month.till_files[0].path.parent.parent / "receipts"
    for bill in month.season.bills:
        text = (folder / f"{bill.receipt.purchase.sale_ref}.json").read_text()
        assert read_receipt_text(text) == bill.receipt


def test_play_season__the_model__judged_each_purchase_as_the_chain_did(month: Month) -> None:
    for bill in month.season.bills:
        assert bill.judged.settled == bill.receipt.settled
    assert any(bill.judged.losers for bill in month.season.bills)
    assert any(bill.receipt.settled.outcome is Outcome.CREDITED for bill in month.season.bills)


def test_model_settle__terms_other_than_deployed__names_the_purchase(month: Month) -> None:
    model, log = Model(month.stage.plan, enrolled=MEMBERS), month.season.reports[0]
    terms = model.books.partners[PartnerId(2)]
    model.books.partners[PartnerId(2)] = replace(terms, earn=replace(terms.earn, per_minor=51))
    with pytest.raises(ModelDisagrees, match="Purchase 1 of report 1"):
        model.settle(log, now_s=month.till_files[0].settled_at)


def test_set_stage__after_the_month__the_ledger_has_the_models_balances(month: Month) -> None:
    stage, ledger = month.stage, month.model.books.ledger
    now_s = stage.settlement.block_time()
    assert stage.ledger.enrolled() == MEMBERS == stage.oracle.members.count()
    for member in ledger.accounts:
        assert stage.ledger.balance_at(member, now_s) == ledger.balance_at(member, now_s) > Miles(0)
