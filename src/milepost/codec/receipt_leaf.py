"""Packs what became of a purchase into the three words whose hash is its leaf in the receipt tree.

Issuing makes leaves of a settlement's results; verifying makes the words again and asks the chain.
Source: docs/report-format.md "Receipt leaf"; contracts/types/MemberReceipt.sol.
"""

from milepost.codec.bits import pack
from milepost.codec.entry import entry_word
from milepost.codec.keccak import keccak
from milepost.domain.errors import FieldOutOfRange
from milepost.domain.quantities import PartnerId, PurchaseNumber
from milepost.domain.receipt import MOST_GRANTS, Grant, MemberReceipt, Settled

__all__ = ["accrual_word", "entry_word", "grant_field", "grants_word", "leaf", "leaf_of", "receipt_words"]

VERSION = 1
WORD_SIZE = 32
GRANT_BITS = 64


def accrual_word(settled: Settled, *, partner_id: PartnerId, number: PurchaseNumber, base_time: int) -> int:
    """Raises: FieldOutOfRange for a number its field cannot hold."""
    return pack(
        [
            ("version", VERSION, 8),
            ("partner", partner_id, 24),
            ("purchase number", number, 40),
            ("base time", base_time, 40),
            ("base miles", settled.base, 32),
            ("last valid day", settled.last_day, 16),
            ("outcome", settled.outcome, 8),
            ("debt offset", settled.debt_offset, 32),
            ("spare", 0, 56),
        ]
    )


def grant_field(grant: Grant) -> int:
    """One grant in 64 bits. Raises: FieldOutOfRange for a number its field cannot hold."""
    return pack(
        [
            ("promotion", grant.promotion_id, 16),
            ("cut", grant.cut, 4),
            ("desired miles", grant.desired, 22),
            ("granted miles", grant.granted, 22),
        ]
    )


def grants_word(grants: tuple[Grant, ...]) -> int:
    """Raises: FieldOutOfRange for more than four grants, or a number its field cannot hold."""
    if len(grants) > MOST_GRANTS:
        raise FieldOutOfRange("number of grants", len(grants), MOST_GRANTS)
    unused = MOST_GRANTS - len(grants)
    return pack(("grant", grant_field(grant), GRANT_BITS) for grant in grants) << unused * GRANT_BITS


def leaf(entry: int, accrual: int, grants: int) -> bytes:
    """keccak of keccak of the three words, so that no node of the tree can pass for one."""
    return keccak(keccak(b"".join(word.to_bytes(WORD_SIZE, "big") for word in (entry, accrual, grants))))


def receipt_words(receipt: MemberReceipt) -> tuple[int, int, int]:
    """Entry, accrual and grants as `ReceiptBook.verify` takes them.

    Raises: FieldOutOfRange for a number its field cannot hold, of lane and sequence too.
    """
    # They are no part of a leaf, but the call that names them has no room for more.
    pack([("lane", receipt.lane, 16), ("sequence", receipt.sequence, 64)])
    accrual = accrual_word(
        receipt.settled,
        partner_id=receipt.partner_id,
        number=receipt.number,
        base_time=receipt.base_time,
    )
    return entry_word(receipt.entry), accrual, grants_word(receipt.settled.grants)


def leaf_of(receipt: MemberReceipt) -> bytes:
    """The leaf by the receipt's words, whatever leaf it states."""
    return leaf(*receipt_words(receipt))
