"""`milepost partner` on a chain: accounts to the mile, invoices, funding, alerts, the partner's own books."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli_stage import CliStage, cli_stage, key_of
from tests.support.deployments import ADMIN, STRANGER, fund

HEADER = "partner,sale_ref,kind,original_sale_ref,outlet,occurred_at,currency,gross_minor,tip_minor,member\n"
# A Saturday dinner, a bill of nobody's card, a lunch; then part of the dinner is returned.
FEED = HEADER + (
    "harbour-grill,P-1,SALE,,pier,2018-05-05T18:00:00-04:00,USD,2735,335,M1\n"
    "harbour-grill,P-2,SALE,,pier,2018-05-06T12:00:00-04:00,USD,1200,0,M9\n"
    "noon-kitchen,N-1,SALE,,market-street,2018-05-03T12:06:00-04:00,USD,2000,300,M1\n"
)
REFUND = HEADER + "harbour-grill,R-1,REFUND,P-1,pier,2018-05-07T18:00:00-04:00,USD,1200,0,M1\n"
BOOKS = "partner,sale_ref,outlet,occurred_at,gross_minor,tip_minor,miles\n"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with cli_stage(tmp_path_factory.mktemp("partners")) as made:
        fund(made.web3, ADMIN.address, STRANGER.address)
        made.write_secret("admin.key", key_of(ADMIN))
        made.write_secret("stranger.key", key_of(STRANGER))
        assert made.run("members", "import", made.write("members.csv", "member\nM1\n")).exit_code == 0
        settled = made.run("settle", made.write("may.csv", FEED))
        assert settled.exit_code == 0, settled.output
        returned = made.run("settle", made.write("returned.csv", REFUND))
        assert returned.exit_code == 0, returned.output
        yield made


def _json(stage: CliStage, *words: object, exit_code: int = 0) -> dict[str, Any]:
    result = stage.run("partner", *words, "--json")
    assert result.exit_code == exit_code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def _available(stage: CliStage, partner: str) -> int:
    (found,) = _json(stage, "status", partner)["partners"]
    available: int = found["available"]
    return available


def test_partner_ledger__settled_and_refunded__ends_with_what_the_registry_holds(stage: CliStage) -> None:
    found = _json(stage, "ledger", "harbour-grill")
    month = found["months"][-1]
    # The stage's blocks are of June, whenever the guests dined.
    assert month["month"] == "2018-06" and month["closing"] == found["available"]
    miles = {(one["line"], one["promotion"]): one["miles"] for one in month["lines"]}
    # USD 24.00 at a mile for 50 cents; USD 12.00 came back.
    assert miles["base", None] == 48 and miles["base_reversed", None] == 24
    bonuses = [promotion for line, promotion in miles if line == "bonus"]
    assert bonuses and all(promotion in stage.deployment.promotions for promotion in bonuses)
    text = stage.run("partner", "ledger", "harbour-grill", "--format", "csv").stdout
    assert int(list(csv.DictReader(StringIO(text)))[-1]["closing"]) == found["available"]
    assert "what the registry holds" in stage.run("partner", "ledger", "harbour-grill").stdout


def test_partner_invoice__prepaid_and_postpaid__bill_what_each_pays_for(
    stage: CliStage, tmp_path: Path
) -> None:
    (first, *_), (june,) = _json(stage, "ledger", "harbour-grill")["months"], [(2018, 6)]
    bought = _json(stage, "invoice", "harbour-grill", "--month", first["month"])
    assert june and (bought["billed_miles"], bought["due"]) == (27_300, "327.60")
    used = _json(stage, "invoice", "noon-kitchen", "--month", "2018-06")
    assert used["provisional"] and used["billed_miles"] == 50_000 - _available(stage, "noon-kitchen")
    page, sheet = tmp_path / "june.html", tmp_path / "june.csv"
    for file in (page, sheet):
        result = stage.run("partner", "invoice", "noon-kitchen", "--month", "2018-06", "--output", file)
        assert result.exit_code == 0 and f"is written to {file}" in result.stdout, result.output
    assert "Provisional invoice" in page.read_text(encoding="utf-8")
    rows = list(csv.DictReader(StringIO(sheet.read_text(encoding="utf-8"))))
    assert int(rows[-2]["miles"]) == used["billed_miles"] and rows[-1]["line"] == "due"
    shown = stage.run("partner", "invoice", "noon-kitchen", "--month", "2018-06")
    assert "Due for" in shown.stdout
    printed = stage.run("partner", "invoice", "noon-kitchen", "--month", "2018-06", "--format", "csv")
    assert printed.stdout == sheet.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("invoice", "harbour-grill", "--month", "June"), "no month"),
        (("invoice", "harbour-grill", "--month", "2019-01"), "is no month of this account"),
        (("invoice", "harbour-grill", "--month", "2018-06", "--format", "pdf"), "csv or html"),
        (("invoice", "nobodys", "--month", "2018-06"), "is no partner of this deployment"),
        (("ledger", "harbour-grill", "--format", "html"), "no format of a ledger"),
        (("fund", "harbour-grill", "0"), "greater than or equal to 1"),
    ],
)
def test_partner__wrong_use__is_refused(stage: CliStage, words: tuple[str, ...], said: str) -> None:
    result = stage.run("partner", *words)
    assert result.exit_code == 2 and said in " ".join(result.output.split()), result.output


def test_partner_fund__by_a_holder__raises_what_it_may_issue_and_not_by_a_stranger(stage: CliStage) -> None:
    before = _available(stage, "harbour-grill")
    admin, stranger = stage.folder / "admin.key", stage.folder / "stranger.key"
    refused = stage.run("partner", "fund", "harbour-grill", 500, governance_key_file=stranger)
    assert refused.exit_code == 4 and "does not hold REGISTER_ROLE" in refused.stderr
    done = stage.run("partner", "fund", "harbour-grill", 500, governance_key_file=admin)
    assert done.exit_code == 0, done.output
    assert _available(stage, "harbour-grill") == before + 500
    called = stage.run("partner", "fund", "harbour-grill", 500, "--calldata")
    assert json.loads(called.stdout) and _available(stage, "harbour-grill") == before + 500


def test_partner_alert__set_above_what_is_left__status_says_low(stage: CliStage) -> None:
    admin = stage.folder / "admin.key"
    assert stage.run("partner", "alert", "noon-kitchen", 49_999, governance_key_file=admin).exit_code == 0
    low = _json(stage, "status", "noon-kitchen", exit_code=1)["partners"][0]
    assert low["low"] and low["alert_below"] == 49_999
    shown = stage.run("partner", "status")
    assert shown.exit_code == 1 and "LOW" in shown.stdout and "putien" in shown.stdout
    stranger = stage.folder / "stranger.key"
    assert stage.run("partner", "alert", "noon-kitchen", 0, governance_key_file=stranger).exit_code == 4
    assert stage.run("partner", "alert", "noon-kitchen", 0, governance_key_file=admin).exit_code == 0
    assert not _json(stage, "status", "noon-kitchen")["partners"][0]["low"]


def test_partner_alert__a_report_goes_below__is_told_on_chain(stage: CliStage) -> None:
    admin, left = stage.folder / "admin.key", _available(stage, "noon-kitchen")
    assert stage.run("partner", "alert", "noon-kitchen", left, governance_key_file=admin).exit_code == 0
    assert _json(stage, "status", "noon-kitchen")["partners"][0]["low_told_at"] == []
    bill = "noon-kitchen,N-2,SALE,,market-street,2018-05-31T12:06:00-04:00,USD,2000,0,M1\n"
    assert stage.run("settle", stage.write("late.csv", HEADER + bill)).exit_code == 0
    low = _json(stage, "status", "noon-kitchen", exit_code=1)["partners"][0]
    assert len(low["low_told_at"]) == 1 and low["available"] < left
    assert low["forecast"]["used"] == 50_000 - low["available"] and low["forecast"]["days_left"] > 0
    month = low["low_told_at"][0][:7]
    invoice = _json(stage, "invoice", "noon-kitchen", "--month", month)
    assert invoice["low_at"] == low["low_told_at"]
    assert stage.run("partner", "alert", "noon-kitchen", 0, governance_key_file=admin).exit_code == 0


def _miles(stage: CliStage, sale_ref: str, kind: str = "SALE") -> int:
    """What the chain credited, by the answer for a file that states another figure."""
    text = BOOKS.replace("miles", "kind,miles") if kind != "SALE" else BOOKS
    row = f"harbour-grill,{sale_ref},pier,2018-05-05T18:00:00-04:00,2735,335,999999\n"
    found = _json(stage, "reconcile", stage.write("probe.csv", text + row), exit_code=1)
    (one,) = (one for one in found["differences"] if one["sale_ref"] == sale_ref)
    miles: int = one["miles"]["chain"]
    return miles


def test_partner_reconcile__partners_books__differ_only_where_they_do(stage: CliStage) -> None:
    credited = _miles(stage, "P-1")
    books = BOOKS + (
        f"harbour-grill,P-1,pier,2018-05-05T18:00:00-04:00,2735,335,{credited}\n"
        "harbour-grill,P-2,pier,2018-05-06T12:00:00-04:00,1200,0,24\n"
        "harbour-grill,P-3,pier,2018-05-06T12:30:00-04:00,1200,0,24\n"
        "harbour-grill,P-2,pier,2018-05-06T12:00:00-04:00,1200,0,24\n"
        "harbour-grill,P-4,roof,2018-05-06T12:00:00-04:00,1200,0,24\n"
    )
    found = _json(stage, "reconcile", stage.write("books.csv", books), exit_code=1)
    named = {(one["reason"], one.get("sale_ref"), one["detail"]) for one in found["differences"]}
    assert named == {
        ("refused", "P-2", "unknown_member"),
        ("missing_here", "P-3", None),
        ("counted_twice", "P-2", None),
        ("refunded_since", "R-1", None),
        ("unreadable", None, "unknown_outlet"),
    }
    assert found["matched"] == 1
    gap = found["miles"]["file"] - found["miles"]["chain"]
    by_line = (one["miles"] for one in found["differences"] if "miles" in one)
    assert gap == sum((one["file"] or 0) - (one["chain"] or 0) for one in by_line)
    shown = stage.run("partner", "reconcile", stage.folder / "books.csv")
    assert shown.exit_code == 1 and "REFUND R-1" in shown.stdout and "refunded_since" in shown.stdout


def test_partner_reconcile__books_that_agree__have_no_difference(stage: CliStage) -> None:
    books = "sale_ref,outlet,occurred_at,gross_minor,tip_minor,miles\n"
    books += "N-1,market-street,2018-05-03T12:06:00-04:00,2000,300,\n"
    file = stage.write("lunch.csv", books)
    result = stage.run("partner", "reconcile", file, "--partner", "noon-kitchen")
    assert result.exit_code == 0 and "No difference." in result.stdout, result.output
    april = stage.run("partner", "reconcile", file, "--partner", "noon-kitchen", "--month", "2018-04")
    assert april.exit_code == 0 and "2018-04-01 to 2018-04-30" in april.stdout
    nameless = stage.run("partner", "reconcile", file)
    assert nameless.exit_code == 2 and "name it by --partner" in nameless.stderr
