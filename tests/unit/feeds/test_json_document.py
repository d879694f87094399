"""One record or a list of them: an answer each, and what is no document at all."""

import json
from typing import Any

import pytest

from milepost.domain.purchase import SubmittedPurchase
from milepost.feeds.json_document import DocumentMalformed, DocumentTooDeep, read_json_document
from milepost.ports import Rejection
from tests.support.programme import PARTNERS
from tests.support.web_stage import a_row


def read(content: bytes) -> list[Any]:
    return list(read_json_document(content, PARTNERS, source="http", sender="putien"))


def test_read_json_document__object__is_one_record() -> None:
    (found,) = read(json.dumps(a_row()).encode())
    assert isinstance(found, SubmittedPurchase)
    assert (found.purchase.sale_ref, found.purchase.source, found.line) == ("A-1001", "http", 1)


def test_read_json_document__list__is_a_record_each() -> None:
    found = read(json.dumps([a_row(), [], a_row(partner="tamarind")]).encode())
    assert [one.code if isinstance(one, Rejection) else None for one in found] == [
        None,
        "malformed_row",
        "wrong_partner",
    ]
    assert [one.line for one in found] == [1, 2, 3]


@pytest.mark.parametrize("content", [b"", b"7", b'"a"', b"\xff", b"[,]"])
def test_read_json_document__anything_else__is_malformed(content: bytes) -> None:
    with pytest.raises(DocumentMalformed):
        read(content)


def test_read_json_document__deep__is_refused() -> None:
    with pytest.raises(DocumentTooDeep):
        read(b"[" * 100)
