"""Says whether an amendment may change its sale, and what it leaves of the bill.

accrual.py asks it for each REFUND, VOID and AMEND of a report; judging_again.py says what that does to miles.
Source: the promotions' rules, "Refunds, amendments, voids"; docs/report-format.md for the order of outcomes.
"""

from dataclasses import dataclass

from milepost.domain.books import Attached, Books, IssuedReceipt
from milepost.domain.lots import NO_DAY
from milepost.domain.outcome import Outcome
from milepost.domain.purchase import PurchaseKind
from milepost.domain.quantities import MinorUnits, PartnerId, PurchaseNumber
from milepost.domain.receipt import Amendment
from milepost.domain.report import Entry

Sale = tuple[PartnerId, PurchaseNumber]
NOBODY = 0

_MOST_TIME = (1 << 40) - 1
_OFFSET_SHIFT, _CHANNEL_SHIFT, _PARTY_SHIFT = 9, 7, 1
_CHANNEL_AND_PARTY = 0x1FE


@dataclass(frozen=True, slots=True)
class Change:
    """An amendment that is proven and fits its bill.

    Shape: `amendment` says what is left, without its miles; `was` is the newest receipt of the sale.
    Units: `left_before_minor` is what was left of the bill until now; `how_before` as bits of an entry.
    """

    was: IssuedReceipt
    left_before_minor: MinorUnits
    how_before: int
    amendment: Amendment
    is_claim: bool

    @property
    def has_earned(self) -> bool:
        """Whether the sale was credited, so that there is something to judge again: its lot has a day."""
        return self.was.settled.last_day != NO_DAY


def sale_of(receipt: IssuedReceipt) -> Sale:
    """The sale that a receipt is of, by partner and number."""
    amendment = receipt.settled.amendment
    return receipt.partner_id, receipt.number if amendment is None else amendment.number


def change_of(
    entry: Entry, partner: PartnerId, attached: Attached | None, books: Books, *, seen: set[Sale]
) -> Change | Outcome:
    """What an amendment makes of its bill, or the outcome that refuses it.

    Shape: `attached` is None where the reporters say that nobody knows the sale; `seen` holds the sales
        amended so far in this report, and gets this one.
    """
    if attached is None:
        return Outcome.ORIGINAL_NOT_FOUND
    receipt = attached.receipt
    if receipt is None or not _is_newest(receipt, attached, books) or sale_of(receipt) in seen:
        return Outcome.UNPROVEN
    refused = _misfit(entry, partner, receipt)
    if refused is not None:
        return refused
    found = _changed(entry, receipt)
    if isinstance(found, Change):
        seen.add(sale_of(receipt))
    return found


def how_of(entry: Entry) -> int:
    """Kind 2 | offset choice 1 | channel 2 | party 6 | spare 1, as bits 128 to 139 of an entry."""
    return (
        entry.kind << 10
        | entry.offset_choice << _OFFSET_SHIFT
        | entry.channel << _CHANNEL_SHIFT
        | entry.party << _PARTY_SHIFT
    )


def offset_choice_of(how: int) -> int:
    return how >> _OFFSET_SHIFT & 1


def channel_of(how: int) -> int:
    return how >> _CHANNEL_SHIFT & 0b11


def party_of(how: int) -> int:
    return how >> _PARTY_SHIFT & 0b111111


def _is_newest(receipt: IssuedReceipt, attached: Attached, books: Books) -> bool:
    """Whether the receipt was issued, its proof holds, and no later one of the same sale was."""
    is_sale = receipt.settled.amendment is None
    issued = books.issued.get((receipt.partner_id, receipt.number))
    # Results are compared without what they were judged by; a receipt is true with it.
    is_true = issued == receipt and issued.settled.basis == receipt.settled.basis
    return (
        attached.is_proven
        and is_true
        and books.heads.get(sale_of(receipt)) == (None if is_sale else receipt.number)
    )


def _misfit(entry: Entry, partner: PartnerId, receipt: IssuedReceipt) -> Outcome | None:
    """Why a true receipt is none that this entry may change, None if it may."""
    is_sale = receipt.settled.amendment is None
    if receipt.partner_id != partner:
        return Outcome.RECEIPT_NOT_TRUE
    # Of an entry that is no SALE and changed nothing there is a receipt as of a sale.
    if is_sale and receipt.entry.kind is not PurchaseKind.SALE:
        return Outcome.RECEIPT_NOT_TRUE
    if receipt.entry.member != entry.member and not _may_claim(entry, receipt):
        return Outcome.RECEIPT_NOT_TRUE
    if receipt.entry.facts == entry.facts:
        return Outcome.ALREADY_REFUNDED
    return None


def _may_claim(entry: Entry, receipt: IssuedReceipt) -> bool:
    """An AMEND may name the member of a sale that was settled for nobody."""
    is_nobodys = receipt.settled.amendment is not None or receipt.settled.outcome is Outcome.UNKNOWN_MEMBER
    return receipt.entry.member == NOBODY and is_nobodys and entry.kind is PurchaseKind.AMEND


def _changed(entry: Entry, receipt: IssuedReceipt) -> Change | Outcome:
    """The bill after an entry: an AMEND states its new total, a REFUND what it returns, a VOID all of it."""
    before = _before(receipt)
    left, refunded = before.eligible_minor, before.refunded_minor
    how = before.how
    if entry.kind is PurchaseKind.AMEND:
        if entry.eligible_minor < refunded:
            return Outcome.EXCEEDS_BILL
        left = MinorUnits(entry.eligible_minor - refunded)
        how = how & ~_CHANNEL_AND_PARTY | how_of(entry) & _CHANNEL_AND_PARTY
    else:
        if left == 0 and refunded:
            return Outcome.ALREADY_REFUNDED
        returned = left if entry.kind is PurchaseKind.VOID else entry.eligible_minor
        if returned > left:
            return Outcome.EXCEEDS_BILL
        left, refunded = MinorUnits(left - returned), MinorUnits(refunded + returned)
    return Change(
        was=receipt,
        left_before_minor=before.eligible_minor,
        how_before=before.how,
        amendment=Amendment(
            number=before.number,
            eligible_minor=left,
            refunded_minor=refunded,
            occurred_at_s=before.occurred_at_s,
            outlet=before.outlet,
            how=how,
        ),
        is_claim=receipt.entry.member != entry.member,
    )


def _before(receipt: IssuedReceipt) -> Amendment:
    """What the receipt leaves of its sale; of the sale's own, all of it."""
    if receipt.settled.amendment is not None:
        return receipt.settled.amendment
    entry = receipt.entry
    return Amendment(
        number=receipt.number,
        eligible_minor=entry.eligible_minor,
        refunded_minor=MinorUnits(0),
        occurred_at_s=receipt.base_time + entry.seconds & _MOST_TIME,
        outlet=entry.outlet,
        how=how_of(entry),
    )
