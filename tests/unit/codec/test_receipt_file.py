"""A receipt's file reads back as it was; a change of any of its facts shows without or with the chain."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from milepost.codec import receipt_tree
from milepost.codec.receipt_file import (
    KEYS,
    has_receipt_keys,
    read_receipt,
    read_receipt_text,
    receipt_differences,
    write_receipt,
    write_receipt_text,
)
from milepost.codec.receipt_leaf import leaf_of
from milepost.domain.errors import ReceiptFileRefused
from milepost.domain.outcome import Outcome
from milepost.domain.receipt import MemberReceipt, Settled
from tests.support.purchases import a_purchase, a_receipt, an_amendments_receipt

RECEIPT = a_receipt()
AMENDED = an_amendments_receipt()
WRITTEN = write_receipt(RECEIPT)
ROOT = receipt_tree.root([b"\x01" * 32, RECEIPT.leaf, b"\x02" * 32])
# Where the receipt stands: the caller compares these with what was published, or asks for that root.
PLACE = {("chain_id",), ("receipts",), ("lane",), ("sequence",)}
Path = tuple[str | int, ...]


def _leaf_paths(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from _leaf_paths(inner, (*path, key))
    else:
        yield path


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def _changed(path: Path, new: object) -> dict[str, Any]:
    changed = deepcopy(WRITTEN)
    _at(changed, path[:-1])[path[-1]] = new
    return changed


def _mutations(value: object) -> list[object]:
    """Other values of the same type, and null, zero and empty in place of any."""
    near: list[object] = [None, 0, 1, "", "none", "dine-in", "credited", "1990-01-01", "2021-05-15"]
    if isinstance(value, int):
        near += [value + 1, value - 1, value + (1 << 64), float(value), str(value), bool(value)]
    if isinstance(value, str):
        near += [value + " ", value.upper(), value[:-1] + ("0" if value[-1:] != "0" else "1"), value[::-1]]
    return [new for new in near if type(new) is not type(value) or new != value]


def _is_noticed(changed: dict[str, Any], path: Path) -> bool:
    try:
        receipt = read_receipt(changed)
    except ReceiptFileRefused:
        return True
    if receipt_differences(receipt):
        return True
    if path in PLACE:
        return _at(changed, path) != _at(WRITTEN, path)
    return not receipt_tree.verify(leaf_of(receipt), receipt.proof, ROOT)


@pytest.mark.parametrize("path", _leaf_paths(WRITTEN), ids=lambda path: ".".join(map(str, path)))
def test_receipt_differences__any_field_changed__is_noticed(path: Path) -> None:
    unnoticed = [new for new in _mutations(_at(WRITTEN, path)) if not _is_noticed(_changed(path, new), path)]
    assert unnoticed == []


@pytest.mark.parametrize("path", sorted(PLACE - {("receipts",)}), ids=str)
def test_read_receipt__place_changed__is_kept_for_the_caller_to_compare(path: Path) -> None:
    changed = read_receipt(_changed(path, 99))
    assert getattr(changed, str(path[0])) == 99


def test_read_receipt__written__is_the_inverse() -> None:
    assert read_receipt(WRITTEN) == RECEIPT
    assert read_receipt_text(write_receipt_text(RECEIPT)) == RECEIPT
    assert receipt_differences(RECEIPT) == []


@pytest.mark.parametrize(
    "settled", [Settled(Outcome.UNKNOWN_MEMBER, 0, 0), Settled(Outcome.CREDITED, 0, 11455)]
)
def test_read_receipt__nothing_credited_or_absent_facts__is_the_inverse(settled: Settled) -> None:
    bare = a_receipt(a_purchase(terminal=None, business_date=None, channel=None, party_size=None))
    receipt = replace(bare, settled=settled)
    receipt = replace(receipt, leaf=leaf_of(receipt), proof=())
    assert read_receipt_text(write_receipt_text(receipt)) == receipt
    assert receipt_differences(receipt) == []


def test_write_receipt__usual__has_exactly_the_stated_keys() -> None:
    assert " ".join(WRITTEN) == (
        "version chain_id receipts lane sequence number partner_id base_time member outlet_number"
        " offset_choice purchase salt facts outcome base_miles last_valid_day debt_offset_miles earn"
        " offer_set counted grants amendment leaf proof"
    )
    assert WRITTEN["last_valid_day"] == "2021-05-13"
    assert [grant["cut_by"] for grant in WRITTEN["grants"]] == [None, "budget"]


@pytest.mark.parametrize(
    "path",
    [path for path in _leaf_paths(WRITTEN) if isinstance(path[-1], str)],
    ids=lambda path: ".".join(map(str, path)),
)
def test_read_receipt__key_missing__is_refused_by_name(path: Path) -> None:
    changed = deepcopy(WRITTEN)
    del _at(changed, path[:-1])[path[-1]]
    with pytest.raises(ReceiptFileRefused, match=f"{path[-1]} is missing"):
        read_receipt(changed)


@pytest.mark.parametrize("path", [(), ("purchase",), ("grants", 0), ("earn",)], ids=str)
def test_read_receipt__unknown_key__is_refused_by_name(path: Path) -> None:
    changed = deepcopy(WRITTEN)
    _at(changed, path)["note"] = "hello"
    with pytest.raises(ReceiptFileRefused, match="note is no key"):
        read_receipt(changed)


def _grant(promotion: int, desired: int) -> dict[str, Any]:
    return {"promotion": promotion, "desired": desired, "granted": 0, "cut_by": None}


@pytest.mark.parametrize(
    "grants",
    [
        [*WRITTEN["grants"], _grant(0, 0)],
        [*WRITTEN["grants"], WRITTEN["grants"][0]],
        [_grant(i, 1) for i in range(1, 6)],
        ["text"],
    ],
    ids=["all zeros", "repeated", "five", "no object"],
)
def test_read_receipt__grants_that_no_receipt_lists__are_refused(grants: list) -> None:
    with pytest.raises(ReceiptFileRefused, match="grants"):
        read_receipt(_changed(("grants",), grants))


def test_is_noticed__grant_that_desires_nothing_added__is_noticed() -> None:
    """A void lists what its sale was granted, and that nothing is left of it."""
    grants = [*WRITTEN["grants"], _grant(9, 0)]
    assert receipt_differences(read_receipt(_changed(("grants",), grants))) != []


@pytest.mark.parametrize("place", [0, 1])
def test_is_noticed__grant_or_sibling_left_out__is_noticed(place: int) -> None:
    for key in ("grants", "proof"):
        left = [one for i, one in enumerate(WRITTEN[key]) if i != place]
        assert _is_noticed(_changed((key,), left), (key,))


def test_is_noticed__grants_in_another_order__is_noticed() -> None:
    """The order of the set cannot be told from ids alone, but another one makes another leaf."""
    turned = [*reversed(WRITTEN["grants"])]
    assert turned != WRITTEN["grants"] and _is_noticed(_changed(("grants",), turned), ("grants",))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"lane": 1, "lane": 1}', "NaN", write_receipt_text(RECEIPT) + "x", "[" * 100_000],
    ids=["empty", "open", "list", "key twice", "no number", "text after", "deep"],
)
def test_read_receipt_text__no_receipt__is_refused(text: str) -> None:
    with pytest.raises(ReceiptFileRefused):
        read_receipt_text(text)


@pytest.mark.parametrize("day", ["1990-01-01", "1989-12-31"])
def test_read_receipt__last_day_that_no_lot_has__is_refused(day: str) -> None:
    with pytest.raises(ReceiptFileRefused, match="last_valid_day"):
        read_receipt(_changed(("last_valid_day",), day))


@pytest.mark.parametrize(("place", "beyond"), [("lane", 1 << 16), ("sequence", 1 << 64)])
def test_read_receipt__place_that_no_report_has__is_refused_by_name(place: str, beyond: int) -> None:
    assert getattr(read_receipt(_changed((place,), beyond - 1)), place) == beyond - 1
    with pytest.raises(ReceiptFileRefused, match=place):
        read_receipt(_changed((place,), beyond))


@pytest.mark.parametrize("version", [1, 3])
def test_read_receipt__other_version__is_refused(version: int) -> None:
    with pytest.raises(ReceiptFileRefused, match="version 2"):
        read_receipt(_changed(("version",), version))


@pytest.mark.parametrize("counted", [[1, 0], [0, 0], [16], [True], [1.0], ["0"], [None], 3], ids=repr)
def test_read_receipt__places_that_no_receipt_counts__are_refused(counted: object) -> None:
    with pytest.raises(ReceiptFileRefused, match="counted"):
        read_receipt(_changed(("counted",), counted))


def test_read_receipt__amendment_of_no_sale__is_refused() -> None:
    """All zeros would leave the fifth word out of the leaf."""
    changed = deepcopy(write_receipt(AMENDED))
    changed["amendment"]["sale_number"] = 0
    with pytest.raises(ReceiptFileRefused, match="sale_number"):
        read_receipt(changed)


def test_read_receipt__amendment__is_the_inverse() -> None:
    assert read_receipt_text(write_receipt_text(AMENDED)) == AMENDED
    assert receipt_differences(AMENDED) == []
    assert read_receipt(write_receipt(AMENDED)).settled.basis == AMENDED.settled.basis


@pytest.mark.parametrize("path", _leaf_paths(write_receipt(AMENDED)["amendment"]), ids=str)
def test_receipt_differences__any_number_of_an_amendment_changed__is_noticed(path: Path) -> None:
    changed = deepcopy(write_receipt(AMENDED))
    _at(changed["amendment"], path[:-1])[path[-1]] += 1
    assert receipt_differences(read_receipt(changed)) != []


def test_receipt_differences__changed_bill__says_so_in_a_sentence() -> None:
    receipt = read_receipt(_changed(("purchase", "tip_minor"), 2001))
    [sentence] = receipt_differences(receipt)
    assert sentence.startswith("The bill and its salt give the facts 0x")


def test_receipt_differences__changed_miles__says_so_in_a_sentence() -> None:
    receipt = read_receipt(_changed(("base_miles",), 150))
    [sentence] = receipt_differences(receipt)
    assert sentence.startswith("What was credited and sealed gives the leaf 0x")


def _with_entry(**changes: Any) -> MemberReceipt:
    return replace(RECEIPT, entry=replace(RECEIPT.entry, **changes))


@pytest.mark.parametrize(
    ("receipt", "words"),
    [
        (_with_entry(eligible_minor=1), "the eligible amount is 59600; the entry states 1"),
        (_with_entry(seconds=1), "the time after the section's base is 65; the entry states 1"),
        (_with_entry(party=9), "the party is 2; the entry states 9"),
        (_with_entry(member=1 << 40), "cannot be put into words"),
    ],
)
def test_receipt_differences__entry_unlike_its_bill__is_named(receipt: MemberReceipt, words: str) -> None:
    assert any(words in sentence for sentence in receipt_differences(receipt))


def test_write_receipt_text__non_ascii__stands_as_it_is() -> None:
    text = write_receipt_text(a_receipt(a_purchase(outlet="zürich")))
    assert "zürich" in text and json.loads(text)["purchase"]["outlet"] == "zürich"


def test_has_receipt_keys__changed_value_or_no_receipt__tells_them_apart() -> None:
    receipt = write_receipt(a_receipt())
    assert set(receipt) == KEYS
    assert has_receipt_keys(json.dumps({**receipt, "receipts": 7}))
    less = {key: value for key, value in receipt.items() if key != "salt"}
    assert not any(map(has_receipt_keys, (json.dumps(less), "[]", "{", "[" * 100_000)))
