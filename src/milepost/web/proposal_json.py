"""Writes and reads a proposal as JSON, and the seal by which a reporter knows that another reporter sent it.

`remote_reporter` sends what `reporter_routes` receives. Source: docs/reporters.md "The proposal".
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from milepost.codec.keccak import keccak
from milepost.domain.errors import MilepostError
from milepost.domain.purchase import DedupeKey, PurchaseKind
from milepost.domain.quantities import (
    Lane,
    PartnerCode,
    PartnerId,
    PurchaseNumber,
    ReportSequence,
    SaleRef,
)
from milepost.ports import Proposal

SIGN_PATH = "/v1/reports/sign"
REPORTER_PATH = "/v1/reporter"
TIMESTAMP_HEADER = "Milepost-Timestamp"
SIGNATURE_HEADER = "Milepost-Signature"
PROBLEM = "urn:milepost:problem:"
TOO_EARLY = "too_early"
"""Code of who answers as soon as its node has settled the report before."""
COPY_LACKS_PURCHASES = "copy_lacks_purchases"
"""Code of who answers once it has the partners' purchases itself."""
DISAGREEMENT = f"{PROBLEM}report_disagreement"
VERSION = 1
MOST_BYTES = 4 * 1024 * 1024
"""Bytes of a proposal's JSON: 500 amendments with their proofs and the longest references fit."""

_SEAL = b"milepost-proposal-1"
_MOST_NUMBER = (1 << 64) - 1
_MOST_DEPTH = 8
# Texts are found too, so that brackets in them do not count; one that is never closed at once, to its end.
_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


class ProposalUnreadable(MilepostError):
    """A body that is no proposal of this version. Whoever sent it corrects it."""


@dataclass(frozen=True, slots=True)
class SentProposal:
    """A proposal with the chain and the Settlement that it is for."""

    proposal: Proposal
    chain_id: int
    settlement: str


def seal_digest(body: bytes, timestamp: str) -> bytes:
    """The digest of what the proposer signs."""
    return keccak(seal_message(body, timestamp))


def seal_message(body: bytes, timestamp: str) -> bytes:
    """What the proposer signs to say that it sent these bytes at that time; no report is signed so."""
    return _SEAL + b"\n" + timestamp.encode() + b"\n" + body


def proposal_json(sent: SentProposal) -> bytes:
    """The body of `POST /v1/reports/sign`."""
    proposal = sent.proposal
    document = {
        "version": VERSION,
        "chain_id": sent.chain_id,
        "settlement": sent.settlement,
        "lane": proposal.lane,
        "sequence": proposal.sequence,
        "report": f"0x{proposal.report_bytes.hex()}",
        "purchases": [
            {
                "partner": key.partner,
                "source": key.source,
                "sale_ref": key.sale_ref,
                "kind": key.kind.name,
                "revision": key.revision,
            }
            for key in proposal.keys
        ],
        "first_numbers": {str(partner): number for partner, number in proposal.first_numbers.items()},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def read_proposal(body: bytes) -> SentProposal:
    """Raises: ProposalUnreadable."""
    found = load_shallow(body)
    if found is None:
        raise ProposalUnreadable("The body is no JSON in UTF-8, or nests too deeply.")
    fields = _object(found, "The body")
    if fields.get("version") != VERSION:
        raise ProposalUnreadable(f"The proposal is not of version {VERSION}.")
    keys = fields.get("purchases")
    if not isinstance(keys, list):
        raise ProposalUnreadable("purchases is no list.")
    proposal = Proposal(
        lane=Lane(_number(fields, "lane")),
        sequence=ReportSequence(_number(fields, "sequence")),
        report_bytes=_bytes(fields, "report"),
        keys=tuple(_key(_object(key, "A purchase")) for key in keys),
        first_numbers=_first_numbers(_object(fields.get("first_numbers"), "first_numbers")),
    )
    return SentProposal(proposal, _number(fields, "chain_id"), _text(fields, "settlement"))


def load_shallow(content: bytes) -> Any:
    """JSON from another process; None for what is none, or nests so deeply that parsing could end this."""
    depth = 0
    for mark in _NESTING.findall(content):
        depth += 1 if mark in (b"[", b"{") else -1 if mark in (b"]", b"}") else 0
        if depth > _MOST_DEPTH:
            return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _key(fields: dict[str, Any]) -> DedupeKey:
    kind = _text(fields, "kind")
    if kind not in PurchaseKind.__members__:
        raise ProposalUnreadable("kind is not SALE, AMEND, REFUND or VOID.")
    return DedupeKey(
        PartnerCode(_text(fields, "partner")),
        _text(fields, "source"),
        SaleRef(_text(fields, "sale_ref")),
        PurchaseKind[kind],
        _number(fields, "revision"),
    )


def _first_numbers(fields: dict[str, Any]) -> dict[PartnerId, PurchaseNumber]:
    if not all(partner.isascii() and partner.isdecimal() and len(partner) < 20 for partner in fields):
        raise ProposalUnreadable("first_numbers names what is no number of a partner.")
    return {PartnerId(int(partner)): PurchaseNumber(_number(fields, partner)) for partner in fields}


def _object(found: Any, what: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ProposalUnreadable(f"{what} is no object.")
    return found


def _number(fields: dict[str, Any], name: str) -> int:
    found = fields.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= _MOST_NUMBER:
        raise ProposalUnreadable(f"{name} is no number from 0 to 2^64 - 1.")
    return found


def _text(fields: dict[str, Any], name: str) -> str:
    found = fields.get(name)
    if not isinstance(found, str) or len(found) > 128 or not _is_storable(found):
        raise ProposalUnreadable(f"{name} is no text of up to 128 characters.")
    return found


def _is_storable(text: str) -> bool:
    """Whether a database takes it: no lone surrogates, and no zero character."""
    return "\0" not in text and text.encode("utf-8", "ignore").decode() == text


def _bytes(fields: dict[str, Any], name: str) -> bytes:
    found = fields.get(name)
    try:
        if isinstance(found, str) and found.startswith("0x"):
            return bytes.fromhex(found[2:])
    except ValueError:
        pass
    raise ProposalUnreadable(f"{name} is no text of 0x and hexadecimal digits.")
