"""Keeps the store of a reporter that proposes nothing up to the chain: what was settled, and adjustments.

Others settled reports of purchases that stand in this store too; after it each has what it got, and proposals
are answered. Source: docs/decisions/0026-let-reporters-check-by-their-own-feeds.md
"""

from milepost.codec.digest import content_hash
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.rebuild_store import RebuiltStore, rebuild_store
from milepost.pipeline.reconcile import StoreBehind
from milepost.pipeline.restore_purchases import Rebuilding
from milepost.ports import SettledLog, SettlementChain, Store


def follow_chain(rebuilding: Rebuilding, chain: SettlementChain) -> RebuiltStore:
    """Link what is final on chain to this store's own purchases, as far as it has them.

    Shape: a report with a purchase that the store lacks waits for it, and so do all later ones. Running it
        again finds nothing new.
    Raises: what `rebuild_store` and `read_settlements` do, but for StoreBehind.
    """
    rebuilt = rebuild_store((), rebuilding, chain)
    if not rebuilt.missing:
        try:
            read_settlements(rebuilding.store, chain=chain)
        except StoreBehind:
            # A report became final in between; what was read before it is stored, and the next run links it.
            return rebuilt
    return rebuilt


def settled_unlinked(store: Store, chain: SettlementChain) -> list[SettledLog]:
    """Reports settled up to the newest block that this store has not linked to its purchases.

    Raises: ChainUnavailable.
    """
    with store.unit_of_work() as work:
        up_to = work.receipts.read_up_to()
    first = chain.start_block if up_to is None else up_to.number + 1
    newest = chain.newest_block().number
    logs = chain.settled_logs(first, newest) if newest >= first else []
    settled = [log for log in logs if isinstance(log, SettledLog)]
    with store.unit_of_work() as work:
        return [log for log in settled if work.receipts.log_of(content_hash(log.report_bytes)) is None]
