"""Says which reports the contracts take, and by which error they refuse the others: the plain model of it.

Source: the order in contracts/interfaces/ISettlement.sol and IPartnerRegistry.sol, docs/report-format.md.
"""

from eth_keys import keys
from eth_keys.exceptions import BadSignature, ValidationError

from milepost.codec.report_bytes import AMENDING_VERSION, HEADER_SIZE, SECTION_SIZE, VERSION
from tests.machines.programme.twins import Model

_ENTRY_SIZE = 32
_KIND_AT, _KIND_SHIFT = 14, 2
"""Byte of an entry that has its kind, and where in it."""
_NOT_FOUND, _MOST_SIBLINGS, _ATTACHMENT_SIZE = 255, 32, 171
SIGNATURE_SIZE = 65
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def refusal_of(report_bytes: bytes, signatures: bytes, model: Model, *, digest: bytes) -> str | None:
    """The name of the error by which `settle` refuses, None if it takes the report.

    Units: `digest` as the Settlement computes it over these bytes for the set in force.
    """
    if model.is_paused:
        return "EnforcedPause"
    if len(report_bytes) < HEADER_SIZE:
        return "SettlementReportTruncated"
    if report_bytes[0] not in (VERSION, AMENDING_VERSION):
        return "SettlementReportVersionUnknown"
    return (
        _refusal_of_signatures(signatures, model, digest)
        or _refusal_of_sequence(report_bytes, model)
        or _refusal_of_sections(report_bytes, model)
        or _refusal_of_attachments(report_bytes)
        or ("SettlerUnauthorized" if model.emptied else None)
    )


def signer_of(signature: bytes, digest: bytes) -> int | None:
    """The address as a number, None where nobody can have signed so; only the lower s counts."""
    r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
    if v not in (27, 28) or s > _HALF_ORDER:
        return None
    try:
        found = keys.Signature(vrs=(v - 27, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError):
        return None
    return int.from_bytes(found.to_canonical_address(), "big")


def _refusal_of_signatures(signatures: bytes, model: Model, digest: bytes) -> str | None:
    count, odd = divmod(len(signatures), SIGNATURE_SIZE)
    if odd:
        return "SettlementSignaturesMalformed"
    if count < model.reporters.quorum:
        return "SettlementQuorumNotReached"
    in_force = {int(key.address, 16) for key in model.reporters.keys}
    last = 0
    for start in range(0, len(signatures), SIGNATURE_SIZE):
        signer = signer_of(signatures[start : start + SIGNATURE_SIZE], digest)
        if signer is None:
            return "SettlementSignatureInvalid"
        if signer <= last:
            return "SettlementSignersNotAscending"
        if signer not in in_force:
            return "SettlementReporterUnknown"
        last = signer
    return None


def _refusal_of_sequence(report_bytes: bytes, model: Model) -> str | None:
    lane, sequence = _number(report_bytes, 1, 2), _number(report_bytes, 3, 8)
    return None if sequence == model.sequences[lane] + 1 else "SettlementSequenceNotNext"


def _refusal_of_sections(report_bytes: bytes, model: Model) -> str | None:
    sections, purchases = _number(report_bytes, 11, 2), _number(report_bytes, 13, 2)
    if purchases == 0:
        return "PartnerReportEmpty"
    more = len(report_bytes) - (HEADER_SIZE + sections * SECTION_SIZE + purchases * _ENTRY_SIZE)
    # What follows the entries of a report that attaches something is looked at when these are known.
    if more and not (more > 0 and report_bytes[0] == AMENDING_VERSION):
        return "PartnerReportLengthWrong"
    at, found, last = HEADER_SIZE, 0, 0
    for _ in range(sections):
        partner, first = _number(report_bytes, at, 3), _number(report_bytes, at + 3, 5)
        count = _number(report_bytes, at + 13, 2)
        if count == 0:
            return "PartnerSectionEmpty"
        if found + count > purchases:
            return "PartnerPurchaseCountWrong"
        if partner <= last:
            return "PartnerSectionsNotAscending"
        if partner not in model.books.partners:
            return "PartnerUnknown"
        if first != model.numbers[partner] + 1:
            return "PartnerNumberNotNext"
        found, last = found + count, partner
        at += SECTION_SIZE + count * _ENTRY_SIZE
    return None if found == purchases else "PartnerPurchaseCountWrong"


def _refusal_of_attachments(report_bytes: bytes) -> str | None:
    """One for each entry that is no SALE, and nothing after the last."""
    if report_bytes[0] != AMENDING_VERSION:
        return None
    at, amending = HEADER_SIZE, 0
    for _ in range(_number(report_bytes, 11, 2)):
        count = _number(report_bytes, at + 13, 2)
        at += SECTION_SIZE
        kinds = (_number(report_bytes, at + place * _ENTRY_SIZE + _KIND_AT, 1) for place in range(count))
        amending += sum(kind >> _KIND_SHIFT & 0b11 != 0 for kind in kinds)
        at += count * _ENTRY_SIZE
    for _ in range(amending):
        siblings = report_bytes[at] if at < len(report_bytes) else _MOST_SIBLINGS + 1
        if siblings == _NOT_FOUND:
            at += 1
            continue
        at += _ATTACHMENT_SIZE + siblings * _ENTRY_SIZE
        if siblings > _MOST_SIBLINGS or at > len(report_bytes):
            return "SettlementAttachmentMalformed"
    return None if at == len(report_bytes) else "SettlementAttachmentMalformed"


def _number(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "big")
