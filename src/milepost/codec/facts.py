"""Turns what a bill said into the 16 bytes by which an entry commits to it.

Sealing puts them into the entry; a member's receipt carries salt and bill, so anyone can compute them.
Source: docs/report-format.md "Canonical facts".
"""

import hashlib
import hmac
import json

from milepost.codec.keccak import keccak
from milepost.domain.errors import PurchaseInvalid
from milepost.domain.purchase import DedupeKey, Purchase

FACTS_SIZE = 16
"""Bytes of the commitment in an entry."""

# For text, integers and null with ASCII keys this writes what RFC 8785 does.
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def facts_of(purchase: Purchase) -> dict[str, str | int | None]:
    """The bill as the format names it: absent facts None, times and dates as text."""
    business_date = purchase.business_date
    return {
        "business_date": None if business_date is None else business_date.isoformat(),
        "channel": purchase.channel,
        "currency": purchase.currency,
        "eligible_minor": purchase.eligible_minor,
        "gross_minor": purchase.gross_minor,
        "kind": purchase.kind.name,
        "occurred_at": purchase.occurred_at.isoformat(),
        "original_sale_ref": purchase.original_sale_ref,
        "outlet": purchase.outlet,
        "partner": purchase.partner,
        "party_size": purchase.party_size,
        "revision": purchase.revision,
        "sale_ref": purchase.sale_ref,
        "service_minor": purchase.service_minor,
        "source": purchase.source,
        "tax_minor": purchase.tax_minor,
        "terminal": purchase.terminal,
        "tip_minor": purchase.tip_minor,
    }


def canonical_facts(purchase: Purchase) -> bytes:
    """The bill in the one way it can be written.

    Raises: PurchaseInvalid for text that UTF-8 cannot hold.
    """
    return _canonical(facts_of(purchase))


def dedupe_key_bytes(key: DedupeKey) -> bytes:
    """The dedupe key in the one way it can be written; also the order of purchases of one second.

    Raises: PurchaseInvalid for text that UTF-8 cannot hold.
    """
    return _canonical([key.partner, key.source, key.sale_ref, key.kind.name, key.revision])


def salt(secret: bytes, key: DedupeKey) -> bytes:
    """32 bytes that only the reporters and the holder of the receipt know, the same on every attempt."""
    return hmac.new(secret, dedupe_key_bytes(key), hashlib.sha256).digest()


def facts16(salt: bytes, facts: bytes) -> bytes:
    """The first 16 bytes of keccak(salt, canonical facts)."""
    return keccak(salt + facts)[:FACTS_SIZE]


def _canonical(value: object) -> bytes:
    try:
        return _JSON.encode(value).encode("utf-8")
    except UnicodeEncodeError:
        raise PurchaseInvalid(
            "A text of the purchase holds half a surrogate pair: send it again in UTF-8."
        ) from None
