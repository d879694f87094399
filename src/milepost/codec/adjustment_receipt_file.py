"""Writes the receipt of an adjustment as strict JSON, and reads it back.

`milepost adjustments receipt` writes it; the member's side reads it and then asks the desk once. It is told
from a purchase's receipt by its format.
"""

import json
from datetime import UTC, datetime
from typing import Any

from eth_utils.address import is_checksum_address, to_checksum_address

from milepost.codec.json_fields import Fields, distinct_keys, require_shallow
from milepost.domain.adjustment import (
    NO_CASE,
    Adjustment,
    AdjustmentKind,
    AdjustmentReason,
    AdjustmentReceipt,
    AdjustmentState,
)
from milepost.domain.calendar import date_of, day_number
from milepost.domain.errors import DayOutOfRange, ReceiptFileRefused
from milepost.domain.lots import NO_DAY
from milepost.domain.quantities import AdjustmentId, DayNumber, MemberId, Miles

FORMAT = "milepost-adjustment-receipt"
VERSION = 1
_MOST_ID = (1 << 64) - 1
_KINDS = {kind.code: kind for kind in AdjustmentKind}
_REASONS = {reason.code: reason for reason in AdjustmentReason}


def write_adjustment_receipt_text(receipt: AdjustmentReceipt) -> str:
    """The receipt as the file a member is given; it holds no membership number.

    Shape: of an applied adjustment.
    """
    adjustment = receipt.adjustment
    values: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "chain_id": receipt.chain_id,
        "desk": to_checksum_address(receipt.desk),
        "adjustment": adjustment.adjustment_id,
        "kind": adjustment.kind.code,
        "reason": adjustment.reason.code,
        "member": adjustment.member,
        "into": adjustment.into or None,
        "miles": adjustment.miles,
        "last_valid_day": date_of(adjustment.last_day).isoformat() if adjustment.last_day else None,
        "proposed_at": _instant(adjustment.proposed_at),
        "proposer": to_checksum_address(adjustment.proposer),
        "decided_at": _instant(adjustment.decided_at),
        "decided_by": to_checksum_address(adjustment.decided_by),
        "case_hash": None if adjustment.case_hash == NO_CASE else "0x" + adjustment.case_hash.hex(),
    }
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def is_adjustment_receipt(text: str) -> bool:
    """Whether a text says that it is a receipt of an adjustment, whatever else may be wrong with it."""
    try:
        require_shallow(text)
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and value.get("format") == FORMAT


def read_adjustment_receipt_text(text: str) -> AdjustmentReceipt:
    """The inverse of `write_adjustment_receipt_text`.

    Raises: ReceiptFileRefused, naming the key, for text that is not as it writes one.
    """
    try:
        require_shallow(text)
        value = json.loads(text, object_pairs_hook=distinct_keys)
    except (ValueError, RecursionError) as error:
        raise ReceiptFileRefused(f"The file is no JSON ({error}): take the file as it was issued.") from None
    fields = Fields(value, "")
    fields.choice("format", {FORMAT: FORMAT})
    version = fields.integer("version")
    if version != VERSION:
        raise ReceiptFileRefused(f"version is {version}; only adjustment receipts of version 1 are read.")
    receipt = AdjustmentReceipt(
        chain_id=fields.integer("chain_id"), desk=_address(fields, "desk"), adjustment=_adjustment(fields)
    )
    fields.finish()
    if receipt.adjustment.adjustment_id > _MOST_ID:
        raise ReceiptFileRefused(f"adjustment is {receipt.adjustment.adjustment_id}: no desk counts so far.")
    return receipt


def _adjustment(fields: Fields) -> Adjustment:
    return Adjustment(
        adjustment_id=AdjustmentId(fields.integer("adjustment")),
        kind=fields.choice("kind", _KINDS),
        state=AdjustmentState.APPLIED,
        reason=fields.choice("reason", _REASONS),
        member=MemberId(fields.integer("member")),
        into=MemberId(_or_zero(fields, "into")),
        miles=Miles(fields.integer("miles")),
        last_day=_last_day(fields),
        proposed_at=_unix_s(fields, "proposed_at"),
        decided_at=_unix_s(fields, "decided_at"),
        proposer=_address(fields, "proposer"),
        decided_by=_address(fields, "decided_by"),
        case_hash=_case_hash(fields),
    )


def _or_zero(fields: Fields, key: str) -> int:
    found = fields.optional(key, fields.integer)
    if found == 0:
        raise ReceiptFileRefused(f"{key} is 0, which is written null.")
    return found or 0


def _last_day(fields: Fields) -> DayNumber:
    day = fields.optional("last_valid_day", fields.day)
    try:
        number = NO_DAY if day is None else day_number(day)
    except DayOutOfRange as error:
        raise ReceiptFileRefused(f"last_valid_day: {error}") from None
    if day is not None and number == NO_DAY:
        raise ReceiptFileRefused("last_valid_day is 1990-01-01, which no lot has.")
    return number


def _case_hash(fields: Fields) -> bytes:
    found = fields.optional("case_hash", lambda key: fields.data(key, len(NO_CASE)))
    if found == NO_CASE:
        raise ReceiptFileRefused("case_hash is all zeros, which is written null.")
    return found or NO_CASE


def _address(fields: Fields, key: str) -> str:
    address = fields.text(key)
    if not is_checksum_address(address):
        raise ReceiptFileRefused(f"{key} is {address!r}: it must be an address with its EIP-55 checksum.")
    return address


def _instant(unix_s: int) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat()


def _unix_s(fields: Fields, key: str) -> int:
    instant = fields.instant(key)
    if instant.tzinfo is None or instant.isoformat() != _instant(int(instant.timestamp())):
        raise ReceiptFileRefused(f"{key} is {instant.isoformat()}: it must be a time of UTC, to the second.")
    return int(instant.timestamp())
