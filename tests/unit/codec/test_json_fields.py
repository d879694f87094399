"""Each way of reading a field takes the one form it stands for, and names the key otherwise."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from milepost.codec.json_fields import MOST_BRACKETS, Fields, data_of, distinct_keys, require_shallow
from milepost.domain.errors import ReceiptFileRefused


def _read(value: Any, read: Callable[[Fields], Any]) -> Any:
    return read(Fields({"key": value}, "grants[0]"))


READS: dict[str, Callable[[Fields], Any]] = {
    "integer": lambda fields: fields.integer("key"),
    "text": lambda fields: fields.text("key"),
    "array": lambda fields: fields.array("key"),
    "choice": lambda fields: fields.choice("key", {"a": 1}),
    "day": lambda fields: fields.day("key"),
    "instant": lambda fields: fields.instant("key"),
    "data": lambda fields: fields.data("key", 2),
}


@pytest.mark.parametrize(
    ("kind", "value", "result"),
    [
        ("integer", 0, 0),
        ("text", "", ""),
        ("array", [1], [1]),
        ("choice", "a", 1),
        ("day", "2018-05-14", date(2018, 5, 14)),
        ("instant", "2018-05-14T00:00:00-03:30", datetime.fromisoformat("2018-05-14T00:00:00-03:30")),
        ("data", "0x00ff", b"\x00\xff"),
    ],
)
def test_fields__the_stated_form__is_read(kind: str, value: object, result: object) -> None:
    assert _read(value, READS[kind]) == result


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *[("integer", value) for value in (-1, True, 1.0, "1", None)],
        *[("text", value) for value in (1, None, ["a"])],
        *[("array", value) for value in ({}, "[]", None)],
        *[("choice", value) for value in ("A", "b", 1)],
        *[("day", value) for value in ("20180514", "2018-W20-1", "2018-05-32", "2018-5-14", 5)],
        *[
            ("instant", value)
            for value in ("2018-05-14T00:00:00Z", "2018-05-14 00:00:00+00:00", "2018-05-14T24:00")
        ],
        *[
            ("data", value)
            for value in ("0x00FF", "0X00ff", "0x00f", "0x00ff00", "00ff", "0x0_ff", "0xzzzz", 5)
        ],
    ],
)
def test_fields__another_form__is_refused_by_name(kind: str, value: object) -> None:
    with pytest.raises(ReceiptFileRefused, match=r"grants\[0\]\.key is"):
        _read(value, READS[kind])


def test_take__missing_key__is_refused_by_name() -> None:
    with pytest.raises(ReceiptFileRefused, match=r"^purchase\.kind is missing"):
        Fields({}, "purchase").take("kind")


def test_finish__key_nobody_took__is_refused_by_name() -> None:
    fields = Fields({"lane": 0, "extra": 1}, "")
    fields.integer("lane")
    with pytest.raises(ReceiptFileRefused, match=r"^extra is no key"):
        fields.finish()


def test_optional__null_or_value__is_none_or_read() -> None:
    fields = Fields({"a": None, "b": 3}, "")
    assert [fields.optional("a", fields.integer), fields.optional("b", fields.integer)] == [None, 3]
    fields.finish()


@pytest.mark.parametrize("value", [[], "text", None, 1])
def test_fields__no_object__is_refused(value: object) -> None:
    with pytest.raises(ReceiptFileRefused, match="The receipt must be a JSON object"):
        Fields(value, "")


def test_data_of__wrong_size__names_the_path() -> None:
    with pytest.raises(ReceiptFileRefused, match=r"proof\[1\]"):
        data_of("0x00", "proof[1]", 32)


def test_distinct_keys__one_twice__is_refused() -> None:
    assert distinct_keys([("a", 1), ("b", 2)]) == {"a": 1, "b": 2}
    with pytest.raises(ReceiptFileRefused, match="twice"):
        distinct_keys([("a", 1), ("a", 1)])


def test_require_shallow__at_and_above_the_most__is_taken_and_refused() -> None:
    """Found by a run of 100,000 brackets, which ended the process once py-evm had raised Python's limit."""
    require_shallow("[" * MOST_BRACKETS)
    with pytest.raises(ValueError, match="brackets"):
        require_shallow("[" * MOST_BRACKETS + "{")
