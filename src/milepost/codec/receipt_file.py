"""Writes a member receipt as strict JSON, each fact once, reads it back and checks it against itself.

Issuing stores the JSON; the member's side reads it, checks it here and then asks the chain once.
Source: docs/report-format.md for every fact; version 2 of the file is the list of keys below.
"""

import json
from dataclasses import replace
from typing import Any

from eth_utils.address import is_checksum_address, to_checksum_address

from milepost.codec.entry import seal_entry
from milepost.codec.facts import canonical_facts, facts16, facts_of
from milepost.codec.json_fields import Fields, data_of, distinct_keys, require_shallow
from milepost.codec.receipt_leaf import leaf_of, receipt_words
from milepost.codec.settled_fields import read_settled, write_settled
from milepost.domain.errors import (
    DomainError,
    FieldOutOfRange,
    PurchaseInvalid,
    ReceiptFileRefused,
)
from milepost.domain.purchase import Purchase, PurchaseKind
from milepost.domain.quantities import (
    Lane,
    MemberId,
    MinorUnits,
    OutletCode,
    OutletNumber,
    PartnerCode,
    PartnerId,
    PurchaseNumber,
    ReportSequence,
    SaleRef,
)
from milepost.domain.receipt import (
    MemberReceipt,
)

VERSION = 2


def write_receipt(receipt: MemberReceipt) -> dict[str, Any]:
    """The receipt as JSON values. What follows from the purchase (eligible, seconds, …) is left out."""
    return {
        "version": VERSION,
        "chain_id": receipt.chain_id,
        "receipts": to_checksum_address(receipt.receipts),
        "lane": receipt.lane,
        "sequence": receipt.sequence,
        "number": receipt.number,
        "partner_id": receipt.partner_id,
        "base_time": receipt.base_time,
        "member": receipt.entry.member,
        "outlet_number": receipt.entry.outlet,
        "offset_choice": receipt.entry.offset_choice,
        "purchase": facts_of(receipt.purchase),
        "salt": _hex(receipt.salt),
        "facts": _hex(receipt.entry.facts),
        **write_settled(receipt.settled),
        "leaf": _hex(receipt.leaf),
        "proof": [_hex(sibling) for sibling in receipt.proof],
    }


KEYS = {
    "version",
    "chain_id",
    "receipts",
    "lane",
    "sequence",
    "number",
    "partner_id",
    "base_time",
    "member",
    "outlet_number",
    "offset_choice",
    "purchase",
    "salt",
    "facts",
    "outcome",
    "base_miles",
    "last_valid_day",
    "debt_offset_miles",
    "earn",
    "offer_set",
    "counted",
    "grants",
    "amendment",
    "leaf",
    "proof",
}
"""Every key of a receipt."""


def has_receipt_keys(text: str) -> bool:
    """Whether a text that is refused is a receipt all the same: one whose values were changed."""
    try:
        require_shallow(text)
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and value.keys() >= KEYS


def read_receipt(value: object) -> MemberReceipt:
    """The inverse of `write_receipt`.

    Raises: ReceiptFileRefused, naming the key, for one that is missing, unknown, of another type or not
        written as `write_receipt` writes it.
    """
    fields = Fields(value, "")
    version = fields.integer("version")
    if version != VERSION:
        raise ReceiptFileRefused(f"version is {version}; only receipts of version 2 are read.")
    inner = Fields(fields.take("purchase"), "purchase")
    try:
        purchase = _read_purchase(inner)
        inner.finish()
        receipt = _read_rest(fields, purchase)
        fields.finish()
        receipt_words(receipt)
    except (FieldOutOfRange, PurchaseInvalid) as error:
        raise ReceiptFileRefused(f"The receipt holds what cannot have been sealed. {error}") from None
    return receipt


def write_receipt_text(receipt: MemberReceipt) -> str:
    """The receipt as the file a member is given."""
    return json.dumps(write_receipt(receipt), indent=2, ensure_ascii=False) + "\n"


def read_receipt_text(text: str) -> MemberReceipt:
    """Raises: ReceiptFileRefused for text that is no JSON, names a key twice or is no receipt."""
    try:
        require_shallow(text)
        value = json.loads(text, object_pairs_hook=distinct_keys)
    except (ValueError, RecursionError) as error:
        raise ReceiptFileRefused(f"The file is no JSON ({error}): take the file as it was issued.") from None
    return read_receipt(value)


def receipt_differences(receipt: MemberReceipt) -> list[str]:
    """What in a receipt does not agree with the rest of it, in sentences; none for a receipt as issued.

    A receipt that agrees with itself is not yet true: the chain says whether its words stand under a root.
    """
    differences = []
    try:
        facts = facts16(receipt.salt, canonical_facts(receipt.purchase))
        if facts != receipt.entry.facts:
            differences.append(
                f"The bill and its salt give the facts {_hex(facts)}; the receipt states"
                f" {_hex(receipt.entry.facts)}: the bill, the salt or the facts were changed."
            )
        differences += _entry_differences(receipt)
        leaf = leaf_of(receipt)
        if leaf != receipt.leaf:
            differences.append(
                f"What was credited and sealed gives the leaf {_hex(leaf)}; the receipt states"
                f" {_hex(receipt.leaf)}: a number of the receipt or the leaf was changed."
            )
    except DomainError as error:
        differences.append(f"The receipt cannot be put into words: {error}")
    return differences


def _entry_differences(receipt: MemberReceipt) -> list[str]:
    """Where the sealed entry says other than the purchase; a receipt read from a file has it from there."""
    entry = receipt.entry
    sealed = seal_entry(
        receipt.purchase,
        member=entry.member,
        outlet=entry.outlet,
        offset_choice=entry.offset_choice,
        base_time=receipt.base_time,
        salt=receipt.salt,
    )
    return [
        f"By the bill {name} is {int(getattr(sealed, field))}; the entry states {int(getattr(entry, field))}."
        for field, name in _DERIVED.items()
        if getattr(sealed, field) != getattr(entry, field)
    ]


# Fields of an entry that follow from the purchase and so do not stand in the file.
_DERIVED = {
    "eligible_minor": "the eligible amount",
    "seconds": "the time after the section's base",
    "kind": "the kind",
    "channel": "the channel",
    "party": "the party",
}


def _read_rest(fields: Fields, purchase: Purchase) -> MemberReceipt:
    salt = fields.data("salt", 32)
    base_time = fields.integer("base_time")
    entry = seal_entry(
        purchase,
        member=MemberId(fields.integer("member")),
        outlet=OutletNumber(fields.integer("outlet_number")),
        offset_choice=fields.integer("offset_choice"),
        base_time=base_time,
        salt=salt,
    )
    return MemberReceipt(
        chain_id=fields.integer("chain_id"),
        receipts=_read_address(fields),
        lane=Lane(fields.integer("lane")),
        sequence=ReportSequence(fields.integer("sequence")),
        partner_id=PartnerId(fields.integer("partner_id")),
        number=PurchaseNumber(fields.integer("number")),
        base_time=base_time,
        # As stated, so that the check can compare it with what the bill and its salt give.
        entry=replace(entry, facts=fields.data("facts", 16)),
        settled=read_settled(fields),
        purchase=purchase,
        salt=salt,
        leaf=fields.data("leaf", 32),
        proof=tuple(data_of(one, f"proof[{i}]", 32) for i, one in enumerate(fields.array("proof"))),
    )


def _read_purchase(fields: Fields) -> Purchase:
    return Purchase(
        partner=PartnerCode(fields.text("partner")),
        source=fields.text("source"),
        sale_ref=SaleRef(fields.text("sale_ref")),
        kind=fields.choice("kind", {kind.name: kind for kind in PurchaseKind}),
        revision=fields.integer("revision"),
        original_sale_ref=fields.optional("original_sale_ref", lambda key: SaleRef(fields.text(key))),
        outlet=OutletCode(fields.text("outlet")),
        terminal=fields.optional("terminal", fields.text),
        occurred_at=fields.instant("occurred_at"),
        business_date=fields.optional("business_date", fields.day),
        currency=fields.text("currency"),
        gross_minor=MinorUnits(fields.integer("gross_minor")),
        tax_minor=MinorUnits(fields.integer("tax_minor")),
        service_minor=MinorUnits(fields.integer("service_minor")),
        tip_minor=MinorUnits(fields.integer("tip_minor")),
        eligible_minor=MinorUnits(fields.integer("eligible_minor")),
        channel=fields.optional("channel", fields.text),
        party_size=fields.optional("party_size", fields.integer),
    )


def _read_address(fields: Fields) -> str:
    address = fields.text("receipts")
    if not is_checksum_address(address):
        raise ReceiptFileRefused(f"receipts is {address!r}: it must be an address with its EIP-55 checksum.")
    return address


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
