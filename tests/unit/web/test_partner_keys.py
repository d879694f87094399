"""The file of keys: its form, what of it is refused, and how a change is taken up."""

import json
from pathlib import Path
from typing import Any

import pytest

from milepost.chain.key_files import Secret
from milepost.web.partner_keys import PartnerKeyFile, PartnerKeysRefused, parse_partner_keys

SECRET = "5e" * 32


def text_of(**changes: Any) -> str:
    entry = {"key": "putien-1", "secret": SECRET, "from": 10, "until": None, **changes}
    return json.dumps({"putien": [entry]})


def test_parse_partner_keys__entries__are_found_by_their_names() -> None:
    keys = parse_partner_keys(Secret(text_of(until=20)))
    assert keys is not None
    key = keys["putien-1"]
    assert (key.partner, key.secret.reveal(), key.from_s, key.until_s) == ("putien", b"\x5e" * 32, 10, 20)
    assert [key.holds_at(now_s) for now_s in (9, 10, 19, 20)] == [False, True, True, False]
    assert SECRET not in repr(keys) and "^" not in repr(keys)


def test_is_compromised__from_its_time_on__whatever_else_it_holds() -> None:
    keys = parse_partner_keys(Secret(text_of(compromised=20)))
    assert keys is not None
    assert [keys["putien-1"].is_compromised(now_s) for now_s in (19, 20, 21)] == [False, True, True]


def test_parse_partner_keys__operator__is_of_no_partner() -> None:
    text = json.dumps({"@operator": [{"key": "portal", "secret": SECRET}]})
    keys = parse_partner_keys(Secret(text))
    assert keys is not None and keys["portal"].partner is None


def test_parse_partner_keys__nobody__is_a_file_without_keys() -> None:
    assert parse_partner_keys(Secret("{}")) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '{"putien": {}}',
        '{"putien": [7]}',
        '{"@portal": [{"key": "a", "secret": "' + SECRET + '"}]}',
        text_of(secret="5e" * 31),
        text_of(secret="zz" * 32),
        text_of(secret=7),
        text_of(key=""),
        text_of(key="x" * 65),
        text_of(key="é"),
        text_of(until="2020"),
        text_of(compromised="2020"),
        text_of(compromised=True),
        text_of(**{"from": True}),
        json.dumps({"a": [{"key": "same", "secret": SECRET}], "b": [{"key": "same", "secret": SECRET}]}),
    ],
    ids=lambda text: text[:20],
)
def test_parse_partner_keys__anything_else__is_none(text: str) -> None:
    assert parse_partner_keys(Secret(text)) is None


def test_require__no_such_file__says_which_and_no_secret(tmp_path: Path) -> None:
    keys = PartnerKeyFile(tmp_path / "keys.json", "MILEPOST_PARTNER_KEYS_FILE", lambda: 0.0)
    with pytest.raises(PartnerKeysRefused, match="MILEPOST_PARTNER_KEYS_FILE, is not there: have"):
        keys.require()


def test_keys__file_changed__are_read_anew_at_most_once_a_second(tmp_path: Path) -> None:
    now = [0.0]
    file = tmp_path / "keys.json"
    file.write_text(text_of(), encoding="utf-8")
    keys = PartnerKeyFile(file, "SETTING", lambda: now[0])
    keys.require()
    file.write_text(text_of(key="putien-22"), encoding="utf-8")
    assert set(keys.keys()) == {"putien-1"}
    now[0] = 1.0
    assert set(keys.keys()) == {"putien-22"}


@pytest.mark.parametrize("spoilt", ["{", None])
def test_keys__file_spoilt_or_gone__stay_as_they_were(tmp_path: Path, spoilt: str | None) -> None:
    now = [0.0]
    file = tmp_path / "keys.json"
    file.write_text(text_of(), encoding="utf-8")
    keys = PartnerKeyFile(file, "SETTING", lambda: now[0])
    keys.require()
    if spoilt is None:
        file.unlink()
    else:
        file.write_text(spoilt, encoding="utf-8")
    now[0] = 1.0
    assert set(keys.keys()) == {"putien-1"}
