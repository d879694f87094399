"""Reads the receipt that an amendment brings, so that the reference model can look whether it is true.

The contract proves it by its siblings; the model, which knows every receipt it issued, by its words.
Source: docs/report-format.md "Receipt leaf".
"""

from milepost.codec.bits import unpack
from milepost.codec.entry import entry_of_word
from milepost.codec.receipt_leaf import (
    AMENDMENT_VERSION,
    GRANT_BITS,
    SALE_VERSION,
    amendment_of_words,
    basis_of_word,
    basis_word,
    grants_word,
)
from milepost.domain.books import Attached, IssuedReceipt
from milepost.domain.errors import DomainError
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.quantities import DayNumber, Miles, PartnerId, PromotionId, PurchaseNumber
from milepost.domain.receipt import MOST_GRANTS, Grant, Settled
from milepost.domain.report import Attachment, Report

_ACCRUAL_WIDTHS = (8, 24, 40, 40, 32, 16, 8, 32, 56)
_GRANT_WIDTHS = (16, 4, 22, 22)
_BASIS_WIDTHS = (72, 16, 32, 32, 104)


def attached_of(report: Report) -> list[Attached | None] | None:
    """What each entry that is no SALE brings, as the model takes it; None for a report of version 1.

    Shape: of words that no receipt has, an attachment without a receipt.
    """
    if report.attachments is None:
        return None
    return [None if one is None else _attached(one) for one in report.attachments]


def _attached(attachment: Attachment) -> Attached:
    try:
        return Attached(receipt_of(attachment))
    except (DomainError, ValueError):
        # An outcome or a limit that nobody numbered: the words are of no receipt.
        return Attached(None)


def receipt_of(attachment: Attachment) -> IssuedReceipt:
    """What the words say, whether or not it is true.

    Raises: DomainError or ValueError for words that no receipt has.
    """
    version, partner, number, base_time, base, last_day, outcome, offset, spare = unpack(
        attachment.accrual, _ACCRUAL_WIDTHS
    )
    _, counted, returned, added, basis_spare = unpack(attachment.basis, _BASIS_WIDTHS)
    amendment = amendment_of_words(attachment.amended, returned=Miles(returned), added=Miles(added))
    if version != (SALE_VERSION if amendment is None else AMENDMENT_VERSION) or spare or basis_spare:
        raise ValueError("The words have the version of another receipt, or bits without a meaning.")
    settled = Settled(
        Outcome(outcome),
        Miles(base),
        DayNumber(last_day),
        _grants(attachment.grants),
        debt_offset=Miles(offset),
        counted=counted,
        amendment=amendment,
        basis=basis_of_word(attachment.basis),
    )
    if (basis_word(settled), grants_word(settled.grants)) != (attachment.basis, attachment.grants):
        raise ValueError("The words say of the basis or of grants what no receipt says.")
    entry = entry_of_word(attachment.entry)
    return IssuedReceipt(PartnerId(partner), PurchaseNumber(number), base_time, entry, settled)


def _grants(word: int) -> tuple[Grant, ...]:
    """The grants of a word, up to the first unused place."""
    grants = []
    for place in range(MOST_GRANTS):
        field = word >> GRANT_BITS * (MOST_GRANTS - 1 - place) & (1 << GRANT_BITS) - 1
        if field == 0:
            break
        promotion, cut, desired, granted = unpack(field, _GRANT_WIDTHS)
        grants.append(Grant(PromotionId(promotion), Cut(cut), Miles(desired), Miles(granted)))
    return tuple(grants)
