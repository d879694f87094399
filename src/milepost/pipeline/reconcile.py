"""Compares what the chain holds with what the store holds, and says where they differ.

Before it settlements were read up to the final block; after it receipts are issued, or someone looks.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from milepost.domain.adjustment import AdjustmentKind
from milepost.domain.errors import StoreError
from milepost.domain.quantities import Miles, PartnerId, PurchaseNumber
from milepost.ports import AppliedLog, ReportState, SettlementChain, StateForgotten, Store, Work

_UNDER_WAY = (ReportState.SEALED, ReportState.SIGNED, ReportState.RELAYING, ReportState.APPLIED)


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

    Shape: both as of the block that the store was read up to, so that reports may settle meanwhile. Of the
        store, credited are purchases and adjustments upwards, reversed what amendments took back or left as a
        debt, and adjustments downwards. Miles that the shop sold are not in the store: its logs are asked
        where the sums differ, and count as the store's. `pending_reports` are applied and not final yet.
        Where the node keeps no state of that block, the chain is as of its newest, and adjustments count that
        are not final; then, while reports are under way, a difference is not `conclusive`: it may be theirs.
    """

    chain: Miles
    store: Miles
    chain_reversed: Miles
    store_reversed: Miles
    numbers: tuple[NumberDifference, ...]
    pending_reports: int
    conclusive: bool = True

    @property
    def difference(self) -> int:
        return self.chain - self.store

    @property
    def is_equal(self) -> bool:
        return self.difference == 0 and self.chain_reversed == self.store_reversed and not self.numbers


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store holds, read at one moment."""

    up_to: int | None
    credited: int
    reversed: int
    numbers: dict[PartnerId, PurchaseNumber]
    reports: Counter[ReportState]


def reconcile(store: Store, chain: SettlementChain) -> Reconciliation:
    """Compare the ledger's grand totals and each partner's last number with the sums over what is stored.

    Source: docs/decisions/0030-compare-sums-as-of-one-block.md
    Raises: ChainUnavailable.
    """
    with store.unit_of_work() as work:
        known = _known(work)
    if known.up_to is not None:
        with suppress(StateForgotten):
            return _compared(known, chain, at=known.up_to, unread=())
    # Nothing was read, or what was is too long ago for the node.
    unread = chain.applied_since(chain.start_block - 1 if known.up_to is None else known.up_to)
    return _compared(known, chain, at=None, unread=unread)


def _known(work: Work) -> _Known:
    totals, adjusted = work.receipts.totals(), work.adjustments.totals()
    up_to = work.receipts.read_up_to()
    return _Known(
        up_to=None if up_to is None else up_to.number,
        credited=totals.credited + adjusted.credits,
        reversed=totals.reversed_ + adjusted.debits,
        # A partner with a sealed report only has no settled number yet, and none on chain.
        numbers={
            **dict.fromkeys(work.reports.last_numbers(), PurchaseNumber(0)),
            **work.receipts.last_numbers(),
        },
        reports=Counter(report.state for report in work.reports.in_states(*_UNDER_WAY)),
    )


def _compared(
    known: _Known, chain: SettlementChain, *, at: int | None, unread: Sequence[AppliedLog]
) -> Reconciliation:
    sums = chain.settled_sums(known.numbers, at=at)
    credited = known.credited + _sum(unread, AdjustmentKind.CREDIT)
    if sums.credited != credited:
        credited += chain.miles_bought(up_to=at)
    return Reconciliation(
        chain=sums.credited,
        store=Miles(credited),
        chain_reversed=sums.reversed,
        store_reversed=Miles(known.reversed + _sum(unread, AdjustmentKind.DEBIT)),
        numbers=tuple(
            NumberDifference(partner_id, sums.last_numbers[partner_id], number)
            for partner_id, number in sorted(known.numbers.items())
            if sums.last_numbers[partner_id] != number
        ),
        pending_reports=known.reports[ReportState.APPLIED],
        conclusive=at is not None or not known.reports,
    )


def _sum(logs: Sequence[AppliedLog], kind: AdjustmentKind) -> int:
    return sum(log.adjustment.miles for log in logs if log.adjustment.kind is kind)


def require_reconciled(found: Reconciliation) -> None:
    """Raises: ReconciliationError with both sums if chain and store differ, and not by what is under way."""
    if found.is_equal or not found.conclusive:
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
