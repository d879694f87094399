"""Packs what became of a purchase into the four or five words whose hash is its leaf in the receipt tree.

Issuing makes leaves of a settlement's results; verifying makes the words again and asks the chain.
Source: docs/report-format.md "Receipt leaf"; contracts/types/MemberReceipt.sol.
"""

from milepost.codec.bits import pack, unpack
from milepost.codec.entry import entry_word
from milepost.codec.keccak import keccak
from milepost.domain.errors import FieldOutOfRange, ResultsMalformed
from milepost.domain.quantities import Miles, MinorUnits, OutletNumber, PartnerId, PurchaseNumber
from milepost.domain.receipt import MOST_GRANTS, Amendment, Basis, Grant, MemberReceipt, Settled
from milepost.domain.report import PlacedEntry

__all__ = [
    "accrual_word",
    "amended_word",
    "amendment_of_words",
    "basis_of_word",
    "basis_word",
    "entry_word",
    "grant_field",
    "grants_word",
    "leaf",
    "leaf_of",
    "receipt_words",
    "settled_words",
]

SALE_VERSION = 2
"""Of a leaf of four words: a sale, or an amendment that changed nothing."""
AMENDMENT_VERSION = 3
"""Of a leaf of five words: an amendment that took effect."""
WORD_SIZE = 32
GRANT_BITS = 64


def accrual_word(settled: Settled, *, partner_id: PartnerId, number: PurchaseNumber, base_time: int) -> int:
    """Raises: FieldOutOfRange for a number its field cannot hold."""
    return pack(
        [
            ("version", SALE_VERSION if settled.amendment is None else AMENDMENT_VERSION, 8),
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


def basis_word(settled: Settled) -> int:
    """Raises: FieldOutOfRange for a number its field cannot hold."""
    amendment = settled.amendment
    return pack(
        [
            ("earn miles", settled.basis.earn_miles, 16),
            ("per minor units", settled.basis.per_minor, 32),
            ("offer set", settled.basis.offer_set, 24),
            ("counted", settled.counted, 16),
            ("returned miles", amendment.returned if amendment else 0, 32),
            ("added miles", amendment.added if amendment else 0, 32),
            ("spare", 0, 104),
        ]
    )


def basis_of_word(word: int) -> Basis:
    """The terms in a basis word; what is counted, returned and added is left to its receipt."""
    earn_miles, per_minor, offer_set, _ = unpack(word, (16, 32, 24, 184))
    return Basis(earn_miles, per_minor, offer_set)


def amended_word(amendment: Amendment | None) -> int:
    """0 for none. Raises: FieldOutOfRange for a number its field cannot hold."""
    if amendment is None:
        return 0
    return pack(
        [
            ("number of the sale", amendment.number, 40),
            ("eligible left", amendment.eligible_minor, 40),
            ("refunded", amendment.refunded_minor, 40),
            ("occurred at", amendment.occurred_at_s, 40),
            ("outlet", amendment.outlet, 12),
            ("how", amendment.how, 12),
            ("spare", 0, 72),
        ]
    )


def amendment_of_words(word: int, *, returned: Miles, added: Miles) -> Amendment | None:
    """The inverse of `amended_word`, with the miles that the basis word says. None for 0.

    Raises: ResultsMalformed if a spare bit is set, or the sale's number is 0.
    """
    if word == 0:
        return None
    number, eligible, refunded, occurred_at, outlet, how, spare = unpack(word, (40, 40, 40, 40, 12, 12, 72))
    if spare or not number:
        raise ResultsMalformed("An amendment names no sale, or sets bits that have no meaning.")
    return Amendment(
        number=PurchaseNumber(number),
        eligible_minor=MinorUnits(eligible),
        refunded_minor=MinorUnits(refunded),
        occurred_at_s=occurred_at,
        outlet=OutletNumber(outlet),
        how=how,
        returned=returned,
        added=added,
    )


def leaf(entry: int, accrual: int, grants: int, basis: int, amended: int = 0) -> bytes:
    """keccak of keccak of the words, so that no node of the tree can pass for one.

    Shape: four words where `amended` is 0, as in a sale's receipt, else five.
    """
    words = (entry, accrual, grants, basis) + ((amended,) if amended else ())
    return keccak(keccak(b"".join(word.to_bytes(WORD_SIZE, "big") for word in words)))


def settled_words(placed: PlacedEntry, settled: Settled) -> tuple[int, int, int, int, int]:
    """Entry, accrual, grants, basis and amended of one purchase of a report.

    Raises: FieldOutOfRange for a number its field cannot hold.
    """
    accrual = accrual_word(
        settled,
        partner_id=placed.section.partner_id,
        number=placed.number,
        base_time=placed.section.base_time,
    )
    return (
        entry_word(placed.entry),
        accrual,
        grants_word(settled.grants),
        basis_word(settled),
        amended_word(settled.amendment),
    )


def receipt_words(receipt: MemberReceipt) -> tuple[int, int, int, int, int]:
    """Entry, accrual, grants, basis and amended as `ReceiptBook.verify` takes them.

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
    settled = receipt.settled
    return (
        entry_word(receipt.entry),
        accrual,
        grants_word(settled.grants),
        basis_word(settled),
        amended_word(settled.amendment),
    )


def leaf_of(receipt: MemberReceipt) -> bytes:
    """The leaf by the receipt's words, whatever leaf it states."""
    return leaf(*receipt_words(receipt))
