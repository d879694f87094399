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
from milepost.domain.calendar import date_of, day_number
from milepost.domain.errors import (
    DayOutOfRange,
    DomainError,
    FieldOutOfRange,
    PurchaseInvalid,
    ReceiptFileRefused,
)
from milepost.domain.lots import NO_DAY
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.purchase import Purchase, PurchaseKind
from milepost.domain.quantities import (
    DayNumber,
    Lane,
    MemberId,
    Miles,
    MinorUnits,
    OutletCode,
    OutletNumber,
    PartnerCode,
    PartnerId,
    PromotionId,
    PurchaseNumber,
    ReportSequence,
    SaleRef,
)
from milepost.domain.receipt import (
    MOST_GRANTS,
    OFFERS_IN_A_SET,
    Amendment,
    Basis,
    Grant,
    MemberReceipt,
    Settled,
)

VERSION = 2


def write_receipt(receipt: MemberReceipt) -> dict[str, Any]:
    """The receipt as JSON values. What follows from the purchase (eligible, seconds, …) is left out."""
    settled = receipt.settled
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
        "outcome": settled.outcome.code,
        "base_miles": settled.base,
        "last_valid_day": date_of(settled.last_day).isoformat() if settled.last_day else None,
        "debt_offset_miles": settled.debt_offset,
        "earn": {"miles": settled.basis.earn_miles, "per_minor": settled.basis.per_minor},
        "offer_set": settled.basis.offer_set,
        "counted": places_counted(settled.counted),
        "grants": [_write_grant(grant) for grant in settled.grants],
        "amendment": None if settled.amendment is None else _write_amendment(settled.amendment),
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


def _write_grant(grant: Grant) -> dict[str, Any]:
    return {
        "promotion": grant.promotion_id,
        "desired": grant.desired,
        "granted": grant.granted,
        "cut_by": None if grant.cut is Cut.NONE else grant.cut.code,
    }


def places_counted(counted: int) -> list[int]:
    """Places in the offer set, from 0, of the promotions that counted a purchase."""
    return [place for place in range(OFFERS_IN_A_SET) if counted >> place & 1]


def _write_amendment(amendment: Amendment) -> dict[str, Any]:
    return {
        "sale_number": amendment.number,
        "eligible_left_minor": amendment.eligible_minor,
        "refunded_minor": amendment.refunded_minor,
        "occurred_at": amendment.occurred_at_s,
        "outlet_number": amendment.outlet,
        "how": amendment.how,
        "returned_miles": amendment.returned,
        "added_miles": amendment.added,
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
        settled=_read_settled(fields),
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


def _read_settled(fields: Fields) -> Settled:
    grants = tuple(_read_grant(one, f"grants[{i}]") for i, one in enumerate(fields.array("grants")))
    ids = [grant.promotion_id for grant in grants]
    if len(grants) > MOST_GRANTS or len(set(ids)) != len(ids):
        raise ReceiptFileRefused("grants hold more than four promotions, or one twice.")
    return Settled(
        outcome=fields.choice("outcome", {outcome.code: outcome for outcome in Outcome}),
        base=Miles(fields.integer("base_miles")),
        last_day=_read_last_day(fields),
        grants=grants,
        debt_offset=Miles(fields.integer("debt_offset_miles")),
        counted=_read_counted(fields),
        amendment=_read_amendment(fields),
        basis=_read_basis(fields),
    )


def _read_basis(fields: Fields) -> Basis:
    earn = Fields(fields.take("earn"), "earn")
    basis = Basis(earn.integer("miles"), earn.integer("per_minor"), fields.integer("offer_set"))
    earn.finish()
    return basis


def _read_counted(fields: Fields) -> int:
    places = fields.array("counted")
    counted = sum(1 << place for place in range(OFFERS_IN_A_SET) if place in places)
    if any(type(place) is not int for place in places) or places != places_counted(counted):
        raise ReceiptFileRefused("counted must be places of the offer set, 0 to 15, each once and rising.")
    return counted


def _read_amendment(fields: Fields) -> Amendment | None:
    value = fields.take("amendment")
    if value is None:
        return None
    inner = Fields(value, "amendment")
    amendment = Amendment(
        number=PurchaseNumber(inner.integer("sale_number")),
        eligible_minor=MinorUnits(inner.integer("eligible_left_minor")),
        refunded_minor=MinorUnits(inner.integer("refunded_minor")),
        occurred_at_s=inner.integer("occurred_at"),
        outlet=OutletNumber(inner.integer("outlet_number")),
        how=inner.integer("how"),
        returned=Miles(inner.integer("returned_miles")),
        added=Miles(inner.integer("added_miles")),
    )
    inner.finish()
    if amendment.number == 0:
        # All zeros would leave the fifth word out of the leaf.
        raise ReceiptFileRefused("amendment.sale_number is 0: no sale has that number.")
    return amendment


def _read_grant(value: object, path: str) -> Grant:
    fields = Fields(value, path)
    cuts = {cut.code: cut for cut in Cut if cut is not Cut.NONE}
    grant = Grant(
        promotion_id=PromotionId(fields.integer("promotion")),
        cut=fields.optional("cut_by", lambda key: fields.choice(key, cuts)) or Cut.NONE,
        desired=Miles(fields.integer("desired")),
        granted=Miles(fields.integer("granted")),
    )
    fields.finish()
    if grant.promotion_id == 0 or grant.desired == 0:
        # All zeros would leave the word unchanged, so such a grant could be added unseen.
        raise ReceiptFileRefused(f"{path} names promotion 0 or desires nothing: no receipt lists that.")
    return grant


def _read_last_day(fields: Fields) -> DayNumber:
    day = fields.optional("last_valid_day", fields.day)
    if day is None:
        return NO_DAY
    try:
        number = day_number(day)
    except DayOutOfRange as error:
        raise ReceiptFileRefused(f"last_valid_day: {error}") from None
    if number == NO_DAY:
        # Day 0 stands for none, which is written null; two ways to write it would be one too many.
        raise ReceiptFileRefused("last_valid_day is 1990-01-01, which no lot has.")
    return number


def _read_address(fields: Fields) -> str:
    address = fields.text("receipts")
    if not is_checksum_address(address):
        raise ReceiptFileRefused(f"receipts is {address!r}: it must be an address with its EIP-55 checksum.")
    return address


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
