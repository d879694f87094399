"""Numbers, amounts and days as people read them."""

import pytest

from milepost.cli import output
from milepost.domain.calendar import day_number


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (239_900, "HKD", "HKD 2,399.00"),
        (5, "USD", "USD 0.05"),
        (1_200, "JPY", "JPY 1,200"),
        (1_234, "KWD", "KWD 1.234"),
        (7, "ZZZ", "7 minor units of ZZZ"),
    ],
)
def test_money__by_currency__has_its_decimals(minor: int, currency: str, text: str) -> None:
    assert output.money(minor, currency) == text


def test_counted__one_and_many__agree() -> None:
    assert [output.counted(count, "lot") for count in (0, 1, 2_000)] == ["0 lots", "1 lot", "2,000 lots"]
    assert output.counted(2, "entry", "entries") == "2 entries"


def test_day__none_and_some__are_told_apart() -> None:
    from datetime import date

    last_day = day_number(date(2021, 5, 6))
    assert (output.day(last_day), output.day(0)) == ("2021-05-06", None)
    assert (output.shown_day(last_day), output.shown_day(0)) == ("2021-05-06", "-")


def test_print_json__a_document__is_all_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"name": "café", "miles": 7})
    assert capsys.readouterr().out == '{\n  "name": "café",\n  "miles": 7\n}\n'


def test_complain_and_warn__piped__are_whole_lines_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.complain("x " * 100 + "[red]end[/red]")
    output.warn("careful")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["error: " + "x " * 100 + "[red]end[/red]", "warning: careful"]


def test_table__narrow__folds_words_and_keeps_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    made = output.table("name", ">miles")
    made.add_row("a-very-long-name-without-a-space" * 5, "1,234,567")
    output.answers().print(made)
    assert "1,234,567" in capsys.readouterr().out


def test_listed__lines__each_have_a_mark(capsys: pytest.CaptureFixture[str]) -> None:
    output.answers().print(output.listed(["one", "two"]))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == ["  - one", "  - two"]


def test_progress__no_terminal__is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress() as bar:
        bar.add_task("settling", total=1)
    assert capsys.readouterr() == ("", "")
