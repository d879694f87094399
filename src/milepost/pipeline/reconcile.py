"""Compares what the chain holds with what the store holds, and says where they differ.

Before it settlements were read up to the final block; after it receipts are issued, or someone looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from milepost.domain.adjustment import AdjustmentKind
from milepost.domain.errors import StoreError
from milepost.domain.quantities import Miles, PartnerId, PurchaseNumber
from milepost.ports import AppliedLog, ReportState, SettlementChain, Store


class ReconciliationError(StoreError):
    """Chain and store differ where they must not. The operator finds out which is right; nothing goes on."""

    exit_code: ClassVar[int] = 1


class StoreBehind(ReconciliationError):
    """The chain settled what this store never sealed. The operator rebuilds it before anything goes on."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"{found} the store is older than the chain. Run milepost store rebuild with the feeds since"
            " then; until that is done nothing is sealed, and nothing is lost. If no store of yours sealed"
            " it, stop the reporters first, and find out who did."
        )


@dataclass(frozen=True, slots=True)
class NumberDifference:
    """A partner whose last settled purchase number is not the same on chain and in the store."""

    partner_id: PartnerId
    chain: PurchaseNumber
    store: PurchaseNumber


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was compared: miles credited to all members and taken back from them, and last purchase numbers.

    Shape: of the store, credited are purchases and adjustments upwards, reversed what amendments took back or
        left as a debt, and adjustments downwards; those
        that are not final yet count, as the desk names them. Miles that the shop sold are not in the store:
        its logs are asked where the sums differ, and count as the store's. `pending_reports` are applied and
        not final yet: what they credit is on chain and not in the store.
    """

    chain: Miles
    store: Miles
    chain_reversed: Miles
    store_reversed: Miles
    numbers: tuple[NumberDifference, ...]
    pending_reports: int

    @property
    def difference(self) -> int:
        return self.chain - self.store

    @property
    def is_equal(self) -> bool:
        return self.difference == 0 and self.chain_reversed == self.store_reversed and not self.numbers


def reconcile(store: Store, chain: SettlementChain) -> Reconciliation:
    """Compare the ledger's grand totals and each partner's last number with the sums over what is stored."""
    with store.unit_of_work() as work:
        totals, adjusted = work.receipts.totals(), work.adjustments.totals()
        up_to = work.receipts.read_up_to()
        # A partner with a sealed report only has no settled number yet, and none on chain.
        stored = {
            **dict.fromkeys(work.reports.last_numbers(), PurchaseNumber(0)),
            **work.receipts.last_numbers(),
        }
        pending = len(work.reports.in_states(ReportState.APPLIED))
    unread = chain.applied_since(chain.start_block - 1 if up_to is None else up_to.number)
    credited = chain.ledger_credited()
    known = totals.credited + adjusted.credits + _sum(unread, AdjustmentKind.CREDIT)
    if credited != known:
        known += chain.miles_bought()
    on_chain = {partner_id: chain.partner_last_number(partner_id) for partner_id in stored}
    return Reconciliation(
        chain=credited,
        store=Miles(known),
        chain_reversed=chain.ledger_reversed(),
        store_reversed=Miles(totals.reversed_ + adjusted.debits + _sum(unread, AdjustmentKind.DEBIT)),
        numbers=tuple(
            NumberDifference(partner_id, on_chain[partner_id], number)
            for partner_id, number in sorted(stored.items())
            if on_chain[partner_id] != number
        ),
        pending_reports=pending,
    )


def _sum(logs: Sequence[AppliedLog], kind: AdjustmentKind) -> int:
    return sum(log.adjustment.miles for log in logs if log.adjustment.kind is kind)


def require_reconciled(found: Reconciliation) -> None:
    """Raises: ReconciliationError if chain and store differ, with both sums."""
    if found.is_equal:
        return
    numbers = "".join(
        f" Partner {number.partner_id} stands at purchase {number.chain} there, {number.store} here."
        for number in found.numbers
    )
    raise ReconciliationError(
        f"The chain credited {found.chain} miles, the store {found.store}: difference {found.difference},"
        f" {found.pending_reports} reports pending. It took back {found.chain_reversed} miles, the store"
        f" {found.store_reversed}.{numbers} Read the settlements again; if it stays, stop."
    )
