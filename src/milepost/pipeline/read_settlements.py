"""Reads what the chain settled, from final blocks only, and stores what every purchase got, and adjustments.

Before it reports were relayed, by us or by anyone; after it sums are reconciled and receipts issued.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from milepost.codec.digest import content_hash
from milepost.codec.receipt_tree import root
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.domain.errors import ResultsMalformed
from milepost.domain.outcome import Outcome
from milepost.domain.purchase import PurchaseKind
from milepost.domain.quantities import MemberId, Miles, PurchaseNumber
from milepost.domain.receipt import Settled
from milepost.domain.report import PlacedEntry
from milepost.fail_point import FailPoint, reach
from milepost.pipeline.announce_settlements import announce_settlements
from milepost.pipeline.fail_report import SETTLED_OTHERWISE, fail_report
from milepost.pipeline.issue_receipt import leaves_of
from milepost.pipeline.reconcile import ReconciliationError, StoreBehind
from milepost.pipeline.sign_report import require_report
from milepost.pipeline.states import advance_purchases, advance_report, move_purchases, move_report, move_tx
from milepost.ports import (
    AppliedLog,
    Block,
    ChainUnavailable,
    PurchaseState,
    ReportState,
    Reversal,
    SettledLog,
    SettledPurchase,
    SettlementChain,
    Store,
    StoredReport,
    StoredTx,
    TxReceipt,
    TxState,
    Work,
)
from milepost.ports.chain import ChainLog

BLOCKS_A_UNIT = 1_000
"""Blocks asked for at once and stored in one unit of work; nodes refuse much larger ranges."""


@dataclass(frozen=True, slots=True)
class ReadSettlements:
    """What one reading found: content hashes of reports now final, their purchases, and up to where."""

    reports: tuple[bytes, ...]
    purchases: int
    up_to: Block | None


def read_settlements(store: Store, *, chain: SettlementChain) -> ReadSettlements:
    """Read what was settled and adjusted from where the last reading ended up to the final block.

    Shape: reports and adjustments in order of the chain. Reading twice finds nothing new.
    Raises: StoreBehind if the chain settled what this store did not seal; ReconciliationError if its root is
        not the one rebuilt from our own bytes, or if a final block changed: nothing after the last good
        blocks is stored.
        ChainUnavailable.
    """
    with store.unit_of_work() as work:
        up_to = work.receipts.read_up_to()
    reports: list[bytes] = []
    purchases = 0
    for last, logs in settled_after(up_to, chain):
        settled = [log for log in logs if isinstance(log, SettledLog)]
        receipts = {log.tx_hash: chain.tx_receipt(log.tx_hash) for log in settled}
        reach(FailPoint.READ_ASKED)
        with store.unit_of_work() as work:
            for log in settled:
                if work.receipts.log_of(content_hash(log.report_bytes)) is not None:
                    # Rebuilding has linked it, and was cut short before all of its blocks were.
                    continue
                purchases += close_report(work, log, receipts[log.tx_hash], announced_at=last.timestamp)
                reports.append(content_hash(log.report_bytes))
                reach(FailPoint.READ_CLOSED)
            _keep_adjustments(work, logs)
            work.receipts.set_read_up_to(last)
            reach(FailPoint.READ_BEFORE_COMMIT)
        reach(FailPoint.READ_AFTER_COMMIT)
        up_to = last
    return ReadSettlements(tuple(reports), purchases, up_to)


def _keep_adjustments(work: Work, logs: Sequence[ChainLog]) -> None:
    """Store those that are new; a reading that was slower than another process finds them there."""
    for log in logs:
        if isinstance(log, AppliedLog) and work.adjustments.get(log.adjustment.adjustment_id) is None:
            work.adjustments.add(log)


def settled_after(up_to: Block | None, chain: SettlementChain) -> Iterator[tuple[Block, list[ChainLog]]]:
    """The logs of final blocks after one, or of all there can be, a unit of blocks at a time with its last.

    Raises: ReconciliationError if a final block changed since, or while they were read; ChainUnavailable.
    """
    final = chain.final_block()
    _refuse_changed(up_to, chain)
    start = chain.start_block if up_to is None else up_to.number + 1
    for first in range(start, final.number + 1, BLOCKS_A_UNIT):
        last = chain.block(min(first + BLOCKS_A_UNIT - 1, final.number))
        logs = chain.settled_logs(first, last.number)
        # A node that changed its mind meanwhile gave logs of another chain.
        _refuse_changed(last, chain)
        yield last, logs


def _refuse_changed(block: Block | None, chain: SettlementChain) -> None:
    if block is not None and (now := chain.block(block.number)).block_hash != block.block_hash:
        raise ReconciliationError(
            f"Block {block.number} was {block.block_hash.hex()} and is {now.block_hash.hex()}: it was called"
            " final and changed. It is a node of another chain, or one that was started anew, or the finality"
            " that the settings state is too short: name the right node, or end what uses this store."
        )


def close_report(
    work: Work, log: SettledLog, receipt: TxReceipt | None, *, announced_at: int | None = None
) -> int:
    """Store what the chain says of a sealed report, which is final then, and say how many purchases it has.

    Shape: nobody is told of it without `announced_at`: who rebuilds a store has told it before.
    Units: unix seconds, by the chain's clock.
    Raises: ReconciliationError, ChainUnavailable, as `read_settlements`; the unit of work must not commit.
    """
    report = _reported(work, log)
    settled = _results(log)
    purchase_ids = work.reports.purchase_ids(report.content_hash)
    _close_txs(work, log, receipt)
    found = _settled_purchases(log, purchase_ids, settled)
    work.receipts.add(report.content_hash, log, found)
    if announced_at is not None:
        announce_settlements(work, found, lane=report.lane, sequence=report.sequence, at=announced_at)
    is_applied = report.state is ReportState.APPLIED
    source = PurchaseState.SETTLED_PENDING if is_applied else PurchaseState.REPORTED
    # No sale is ever unproven: what is came without the newest receipt of its sale, and comes again with it.
    again = [one for one, result in zip(purchase_ids, settled, strict=True) if _comes_again(result)]
    done = [one for one, result in zip(purchase_ids, settled, strict=True) if not _comes_again(result)]
    advance_purchases(work, done, source=source, target=PurchaseState.SETTLED_FINAL)
    move_purchases(work, again, source=source, target=PurchaseState.ACCEPTED)
    advance_report(work, report, ReportState.FINAL)
    return len(settled)


def _comes_again(settled: Settled) -> bool:
    return settled.outcome is Outcome.UNPROVEN


def _reported(work: Work, log: SettledLog) -> StoredReport:
    report = work.reports.get(content_hash(log.report_bytes))
    if report is None:
        raise StoreBehind(
            f"Report {log.sequence} of lane {log.lane} was settled with content"
            f" {content_hash(log.report_bytes).hex()}, which this store never sealed:"
        )
    if report.state is not ReportState.FAILED:
        return report
    # We gave this cut up, and somebody who kept its signatures settled it: what replaced it is void.
    replacement = work.reports.at(report.lane, report.sequence)
    if replacement is not None:
        fail_report(work, replacement, SETTLED_OTHERWISE)
    move_report(work, report, ReportState.SEALED)
    move_purchases(
        work,
        work.reports.purchase_ids(report.content_hash),
        source=PurchaseState.ACCEPTED,
        target=PurchaseState.REPORTED,
    )
    return require_report(work, report.content_hash)


def _results(log: SettledLog) -> list[Settled]:
    report = decode_report(log.report_bytes)
    try:
        settled = decode_results(log.results, report)
    except ResultsMalformed as error:
        raise ReconciliationError(
            f"Report {log.sequence} of lane {log.lane} stands on chain with results that are not of its"
            f" {report.purchase_count} purchases ({error}): check that node and contract address are the"
            " right ones."
        ) from None
    rebuilt = root(leaves_of(report, settled))
    if rebuilt != log.root:
        raise ReconciliationError(
            f"Report {log.sequence} of lane {log.lane} stands on chain with root {log.root.hex()}, its bytes"
            f" and results give {rebuilt.hex()}: no receipt of it would verify. Stop, and find out why."
        )
    return settled


def _settled_purchases(
    log: SettledLog, purchase_ids: Sequence[int], settled: Sequence[Settled]
) -> list[SettledPurchase]:
    """Raises: ReconciliationError if the ledger's logs of what it took back are not of these amendments."""
    reversals = iter(log.reversals)
    places = decode_report(log.report_bytes).placed()
    found = []
    for position, (purchase_id, placed, result) in enumerate(zip(purchase_ids, places, settled, strict=True)):
        reversal = next(reversals, None) if result.returned else None
        if result.returned and not _is_of(reversal, placed.entry.member, result.returned):
            raise _reversals_differ(log)
        found.append(
            SettledPurchase(
                purchase_id,
                content_hash(log.report_bytes),
                position,
                placed.section.partner_id,
                placed.number,
                placed.entry.member,
                result,
                sale_number=_sale_number(placed, result),
                taken=reversal.taken if reversal else Miles(0),
                owed=reversal.owed if reversal else Miles(0),
            )
        )
    if next(reversals, None) is not None:
        raise _reversals_differ(log)
    return found


def _is_of(reversal: Reversal | None, member: MemberId, miles: Miles) -> bool:
    return reversal is not None and (reversal.member, reversal.miles) == (member, miles)


def _sale_number(placed: PlacedEntry, settled: Settled) -> PurchaseNumber | None:
    if placed.entry.kind is PurchaseKind.SALE:
        return placed.number
    return None if settled.amendment is None else settled.amendment.number


def _reversals_differ(log: SettledLog) -> ReconciliationError:
    return ReconciliationError(
        f"Report {log.sequence} of lane {log.lane} took miles back, and the ledger's logs in its tx do not"
        " say the same: check that node and contract addresses are the right ones."
    )


def _close_txs(work: Work, log: SettledLog, receipt: TxReceipt | None) -> None:
    txs = work.txs.of_report(content_hash(log.report_bytes))
    settling = next((tx for tx in txs if tx.signed.tx_hash == log.tx_hash), None)
    for tx in txs:
        if tx is not settling:
            if settling is not None and tx.signed.nonce == settling.signed.nonce:
                _set_aside(work, tx)
            continue
        if receipt is None:
            raise ChainUnavailable("The node gives a log and no receipt of its tx: it lags. Run again.")
        if tx.state is TxState.REVERTED:
            move_tx(work, tx, TxState.ACCEPTED)
            tx = replace(tx, state=TxState.ACCEPTED)
        if tx.state not in (TxState.MINED, TxState.CONFIRMED):
            move_tx(work, tx, TxState.MINED, mined=receipt)
            tx = replace(tx, state=TxState.MINED)
        move_tx(work, tx, TxState.FINAL, mined=receipt)


def _set_aside(work: Work, tx: StoredTx) -> None:
    """An attempt of a nonce that another attempt used in a final block."""
    if tx.state in (TxState.MINED, TxState.CONFIRMED, TxState.CANCELLED):
        # Of a block that was replaced before anyone looked again.
        move_tx(work, tx, TxState.ACCEPTED)
        tx = replace(tx, state=TxState.ACCEPTED)
    if tx.state in (TxState.SIGNED, TxState.ACCEPTED):
        move_tx(work, tx, TxState.SUPERSEDED)
