"""JSON from outside: exact, no name twice, bounded."""

from decimal import Decimal

import pytest

from milepost.feeds.json_text import MOST_DEPTH, JsonRefused, JsonTooDeep, parse_document, parse_line


def test_parse_document__decimals__are_exact() -> None:
    assert parse_document('{"a": 0.1, "b": 10}') == {"a": Decimal("0.1"), "b": 10}


@pytest.mark.parametrize("text", ["", "{", "nan", '{"a": 1, "a": 2}', "9" * 5_000, '{"a": Infinity}'])
def test_parse_document__no_json__is_refused(text: str) -> None:
    with pytest.raises(JsonRefused):
        parse_document(text)


@pytest.mark.parametrize("text", ["[" * 1_000_000, '{"a":' * 100_000, "[" * (MOST_DEPTH + 1)])
def test_parse_document__deep__is_refused_before_it_is_parsed(text: str) -> None:
    with pytest.raises(JsonTooDeep):
        parse_document(text)


def test_parse_document__long_and_flat__is_taken() -> None:
    assert len(parse_document("[" + ",".join(['{"a":"]]]]{{{{\\""}'] * 10_000) + "]")) == 10_000


def test_parse_document__brackets_in_text__do_not_count() -> None:
    assert parse_document('["' + "[" * 100 + '"]') == ["[" * 100]


def test_parse_line__more_brackets_than_any_row__is_too_deep() -> None:
    with pytest.raises(JsonTooDeep):
        parse_line("[" * 5_000)


def test_parse_document__a_text_that_never_ends__is_refused_at_once() -> None:
    """Each of its quotes was once followed to the end of the body: for minutes, with everybody waiting."""
    with pytest.raises(JsonRefused):
        parse_document("[]" * (MOST_DEPTH + 1) + '"' + '\\"' * 1_000_000)
