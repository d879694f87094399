"""A proposal as JSON comes back as it went; anything else is refused in words."""

import json
from typing import Any

import pytest

from milepost.domain.purchase import DedupeKey, PurchaseKind
from milepost.domain.quantities import Lane, PartnerId, PurchaseNumber, ReportSequence
from milepost.ports import Proposal
from milepost.web.proposal_json import (
    ProposalUnreadable,
    SentProposal,
    load_shallow,
    proposal_json,
    read_proposal,
    seal_digest,
)

SENT = SentProposal(
    Proposal(
        Lane(2),
        ReportSequence(7),
        b"\x01\x02",
        (
            DedupeKey("putien", "till", "A/1 é", PurchaseKind.SALE, 0),  # type: ignore[arg-type]
            DedupeKey("putien", "till", "A/1 é", PurchaseKind.AMEND, 3),  # type: ignore[arg-type]
        ),
        {PartnerId(1): PurchaseNumber(40)},
    ),
    31_337,
    f"0x{'Ab' * 20}",
)


def test_read_proposal__as_written__comes_back() -> None:
    assert read_proposal(proposal_json(SENT)) == SENT


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"lane": -1},
        {"lane": True},
        {"sequence": 1 << 64},
        {"sequence": 1.5},
        {"report": "0x0"},
        {"report": "01"},
        {"report": None},
        {"purchases": {}},
        {"purchases": [None]},
        {"purchases": [{"partner": "putien"}]},
        {"first_numbers": []},
        {"first_numbers": {"one": 1}},
        {"first_numbers": {"1": "1"}},
        {"settlement": 5},
    ],
)
def test_read_proposal__a_field_is_not_as_it_must_be__is_refused(changes: dict[str, Any]) -> None:
    document = {**json.loads(proposal_json(SENT)), **changes}
    with pytest.raises(ProposalUnreadable):
        read_proposal(json.dumps(document).encode())


@pytest.mark.parametrize(
    "key", [{"kind": "GIFT"}, {"sale_ref": "x" * 129}, {"source": "a\0"}, {"revision": None}]
)
def test_read_proposal__a_purchase_is_not_as_it_must_be__is_refused(key: dict[str, Any]) -> None:
    document = json.loads(proposal_json(SENT))
    document["purchases"][0].update(key)
    with pytest.raises(ProposalUnreadable):
        read_proposal(json.dumps(document).encode())


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"lane": "\\ud800"}'])
def test_read_proposal__no_proposal_at_all__is_refused(body: bytes) -> None:
    with pytest.raises(ProposalUnreadable):
        read_proposal(body)


def test_seal_digest__another_time_or_body__is_another() -> None:
    assert len({seal_digest(b"a", "1"), seal_digest(b"a", "2"), seal_digest(b"b", "1")}) == 3


def test_load_shallow__a_text_that_never_ends__is_none_at_once() -> None:
    """Each of its quotes was once followed to the end: an answer of 4 MiB held up a worker for minutes."""
    assert load_shallow(b'"' + b'\\"' * 1_000_000) is None
