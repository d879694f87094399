"""Issues the receipt by which a member verifies an adjustment: the record, and the desk that keeps it.

Before it an adjustment was applied; after it the member has a file and needs nobody's word.
"""

from typing import ClassVar

from milepost.domain.adjustment import AdjustmentReceipt
from milepost.domain.errors import StoreError
from milepost.domain.quantities import AdjustmentId
from milepost.pipeline.read_settlements import read_settlements
from milepost.ports import MemberDirectory, SettlementChain, Store


class AdjustmentNotFinal(StoreError):
    """The adjustment is not applied, or not final yet. Whoever asked waits, or has it decided."""

    exit_code: ClassVar[int] = 1

    def __init__(self, adjustment_id: AdjustmentId) -> None:
        super().__init__(
            f"No final block holds adjustment {adjustment_id} as applied: its receipt is there once one does."
            " See where it stands by milepost adjustments show."
        )


class AdjustedMemberForgotten(StoreError):
    """The member of the adjustment was forgotten, and with the link its receipts. Nobody acts."""

    exit_code: ClassVar[int] = 1

    def __init__(self, adjustment_id: AdjustmentId) -> None:
        super().__init__(
            f"The member of adjustment {adjustment_id} was forgotten: its receipt is not issued again. One"
            " that was issued before still verifies."
        )


def issue_adjustment_receipt(
    adjustment_id: AdjustmentId, *, store: Store, chain: SettlementChain, directory: MemberDirectory
) -> AdjustmentReceipt:
    """Issue a receipt; what is final and not read yet is read first.

    Raises: AdjustmentNotFinal; AdjustedMemberForgotten; what reading settlements raises.
    """
    with store.unit_of_work() as work:
        log = work.adjustments.get(adjustment_id)
    if log is None:
        read_settlements(store, chain=chain)
        with store.unit_of_work() as work:
            log = work.adjustments.get(adjustment_id)
    if log is None:
        raise AdjustmentNotFinal(adjustment_id)
    if directory.number_of(log.adjustment.member) is None:
        raise AdjustedMemberForgotten(adjustment_id)
    return AdjustmentReceipt(chain.chain_id, chain.desk, log.adjustment)
