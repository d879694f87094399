"""Sends a signed report to the chain, its raw tx stored before, and watches what becomes of it.

Before it the quorum signed; after it settlements are read from final blocks. Each function can be called
again at any time, after a crash too: what was stored goes out again, byte for byte.
"""

from dataclasses import replace

from milepost.domain.errors import ChainError, WhoActs
from milepost.fail_point import FailPoint, reach
from milepost.pipeline.fail_report import fail_report
from milepost.pipeline.sign_report import counting_signatures, require_report
from milepost.pipeline.states import (
    advance_report,
    move_purchases,
    move_report,
    move_tx,
)
from milepost.ports import (
    PurchaseState,
    ReportState,
    ReportTooLarge,
    Revert,
    SettlementChain,
    Store,
    StoredReport,
    StoredTx,
    TxAlreadyKnown,
    TxNonceTooLow,
    TxReceipt,
    TxState,
    Work,
)

_UNSENT = (TxState.SIGNED, TxState.ACCEPTED)
# Nothing more is expected of these while their nonces stay used.
_SPENT = (TxState.REVERTED, TxState.DISPLACED)
_MINED = (TxState.MINED, TxState.CONFIRMED)
_WATCHED = (*_UNSENT, *_MINED, TxState.DISPLACED)


class NonceDisplaced(ChainError):
    """Something else used a nonce that was ours. The operator stops who shares the relayer's key."""

    who_acts = WhoActs.OPERATOR

    def __init__(self, tx: StoredTx) -> None:
        super().__init__(
            f"Nonce {tx.signed.nonce} of {tx.signed.sender} was used by a tx that is not ours: the relayer's"
            " key is in use elsewhere. Stop that, then run this again; the report is not lost."
        )


class NonceMissing(ChainError):
    """A tx that is not ours was lost, and ours wait for its nonce. The operator sends one that uses it."""

    who_acts = WhoActs.OPERATOR

    def __init__(self, tx: StoredTx, missing: int) -> None:
        super().__init__(
            f"Nonce {tx.signed.nonce} of {tx.signed.sender} waits for nonce {missing}, whose tx was not ours"
            " and was lost: send any tx with that nonce from that address, then run this again; the report is"
            " not lost."
        )


def relay_report(report_hash: bytes, store: Store, *, chain: SettlementChain) -> StoredReport:
    """Send a signed report, or send its stored tx again, and look at once whether it was mined.

    Shape: one tx at a time is under way for a report. A report whose sequence is settled already is left to
        `read_settlements`, one that is not signed is returned as it is.
    Raises: the decoded contract error if the chain would not accept the report now: nothing is sent then;
        TxUnderfunded, ChainUnavailable: nothing is lost, and the next call goes on; NonceDisplaced;
        NonceMissing; ReportTooLarge once the report has failed by it, so that a smaller cut can be sealed.
    """
    with store.unit_of_work() as work:
        report = require_report(work, report_hash)
        txs = work.txs.of_report(report_hash)
    if report.state not in (ReportState.SIGNED, ReportState.RELAYING):
        return report
    unsent = [tx for tx in txs if tx.state in _UNSENT]
    if unsent:
        _send(unsent[-1], store, chain)
        _require_no_gap(unsent[-1], store, chain)
    elif chain.next_sequence(report.lane) <= report.sequence:
        try:
            tx = _sign_and_store(report, store, chain)
        except ReportTooLarge as error:
            with store.unit_of_work() as work:
                fail_report(work, report, str(error))
            raise
        _send(tx, store, chain)
    return watch_report(report_hash, store, chain=chain)


def watch_report(report_hash: bytes, store: Store, *, chain: SettlementChain) -> StoredReport:
    """Ask the chain for a receipt of every tx of a report, and note what it says.

    Shape: mined and successful: the report is applied; reverted, and its sequence still open: the report has
        failed and its purchases wait for another cut, or, if the report is not to blame, it is sealed as
        before and waits for signatures that count; a receipt that is gone: a reorg, and the same bytes go out
        again. No answer: no conclusion.
    Raises: ChainUnavailable.
    """
    with store.unit_of_work() as work:
        report = require_report(work, report_hash)
        txs = [tx for tx in work.txs.of_report(report_hash) if tx.state in _WATCHED]
    if report.state not in (ReportState.RELAYING, ReportState.APPLIED):
        return report
    seen = [(tx, chain.tx_receipt(tx.signed.tx_hash)) for tx in txs]
    reverted = next((tx for tx, receipt in seen if receipt is not None and not receipt.succeeded), None)
    revert = None if reverted is None else chain.revert_of(reverted.signed.tx_hash)
    is_open = chain.next_sequence(report.lane) <= report.sequence
    reach(FailPoint.WATCH_ASKED)
    with store.unit_of_work() as work:
        for tx, receipt in seen:
            _note(work, tx, receipt)
        reach(FailPoint.WATCH_NOTED)
        _conclude(work, require_report(work, report_hash), revert if is_open else None)
        report = require_report(work, report_hash)
        reach(FailPoint.WATCH_BEFORE_COMMIT)
    reach(FailPoint.WATCH_AFTER_COMMIT)
    return report


def _sign_and_store(report: StoredReport, store: Store, chain: SettlementChain) -> StoredTx:
    counting = counting_signatures(report, store, chain=chain).signatures
    with store.unit_of_work() as work:
        stored_nonce = work.txs.next_nonce(chain.sender)
    signatures = b"".join(signature.signature for signature in counting)
    chain.check(report.report_bytes, signatures)
    # Others may send from this address too, such as an operator who enrols members.
    nonce = max(stored_nonce, chain.next_nonce())
    signed = chain.sign_settle(report.report_bytes, signatures, nonce=nonce)
    reach(FailPoint.TX_BEFORE_STORE)
    # Raw bytes and nonce are in the store before any node sees them: after a crash the same go out.
    with store.unit_of_work() as work:
        work.txs.add(signed, report.content_hash)
        advance_report(work, report, ReportState.RELAYING)
        reach(FailPoint.TX_BEFORE_COMMIT)
    return StoredTx(signed, report.content_hash, TxState.SIGNED)


def _send(tx: StoredTx, store: Store, chain: SettlementChain) -> None:
    _send_earlier(tx, store, chain)
    reach(FailPoint.SEND_BEFORE)
    try:
        chain.send(tx.signed.raw)
    except TxAlreadyKnown:
        pass
    except TxNonceTooLow:
        _look_who_used_the_nonce(tx, store, chain)
        return
    reach(FailPoint.SEND_AFTER)
    if tx.state is TxState.SIGNED:
        with store.unit_of_work() as work:
            move_tx(work, tx, TxState.ACCEPTED)
            reach(FailPoint.SENT_BEFORE_COMMIT)
        reach(FailPoint.SENT_AFTER_COMMIT)


def _send_earlier(tx: StoredTx, store: Store, chain: SettlementChain) -> None:
    """Send again what was stored for lower nonces: a gap before ours would hold it back for ever.

    A tx whose report was settled or given up meanwhile reverts, which costs its gas and changes nothing.
    """
    mined_nonce = chain.mined_nonce()
    with store.unit_of_work() as work:
        earlier = [
            other
            for other in work.txs.in_states(*_UNSENT, *_SPENT, *_MINED)
            if other.signed.sender == tx.signed.sender
            and other.signed.nonce < tx.signed.nonce
            and (other.state in _UNSENT or other.signed.nonce >= mined_nonce)
        ]
        for place, other in enumerate(earlier):
            if other.state not in _UNSENT:
                # Its nonce is free again: a reorg took the block that used it. Nobody watches one that was
                # mined once another's tx has settled its report.
                move_tx(work, other, TxState.ACCEPTED)
                earlier[place] = replace(other, state=TxState.ACCEPTED)
                reach(FailPoint.RESEND_BEFORE_COMMIT)
    for other in earlier:
        reach(FailPoint.RESEND_AFTER_COMMIT)
        try:
            chain.send(other.signed.raw)
        except (TxAlreadyKnown, TxNonceTooLow):
            receipt = chain.tx_receipt(other.signed.tx_hash)
            with store.unit_of_work() as work:
                _note(work, other, receipt)
        reach(FailPoint.RESEND_AFTER)


def _require_no_gap(tx: StoredTx, store: Store, chain: SettlementChain) -> None:
    """Raises: NonceMissing if a nonce below a tx that was sent again is free, and no tx of ours has it."""
    free = chain.next_nonce()
    if free >= tx.signed.nonce:
        return
    with store.unit_of_work() as work:
        ours = {
            other.signed.nonce
            for other in work.txs.in_states(*TxState)
            if other.signed.sender == tx.signed.sender
        }
    if free not in ours:
        raise NonceMissing(tx, free)


def _look_who_used_the_nonce(tx: StoredTx, store: Store, chain: SettlementChain) -> None:
    # Mined nonces first: a tx of ours mined in between is then found below, never taken for someone else's.
    mined_nonce = chain.mined_nonce()
    with store.unit_of_work() as work:
        attempts = [
            other for other in work.txs.of_report(tx.content_hash) if other.signed.nonce == tx.signed.nonce
        ]
    if any(chain.tx_receipt(attempt.signed.tx_hash) is not None for attempt in attempts):
        return
    if mined_nonce <= tx.signed.nonce:
        raise TxNonceTooLow(
            f"The node calls nonce {tx.signed.nonce} too low, yet {mined_nonce} are mined: run again."
        )
    with store.unit_of_work() as work:
        for attempt in [attempt for attempt in attempts if attempt.state in _UNSENT]:
            move_tx(work, attempt, TxState.DISPLACED)
        reach(FailPoint.DISPLACED_BEFORE_COMMIT)
    reach(FailPoint.DISPLACED_AFTER_COMMIT)
    raise NonceDisplaced(tx)


def _note(work: Work, tx: StoredTx, receipt: TxReceipt | None) -> None:
    if receipt is None or (tx.block_hash is not None and receipt.block_hash != tx.block_hash):
        if tx.state in _MINED:
            move_tx(work, tx, TxState.ACCEPTED)
            tx = replace(tx, state=TxState.ACCEPTED)
        if receipt is None:
            return
    if not receipt.succeeded:
        move_tx(work, tx, TxState.REVERTED, mined=receipt)
    elif tx.state is TxState.MINED:
        # A second look found it in the same block.
        move_tx(work, tx, TxState.CONFIRMED, mined=receipt)
    elif tx.state is not TxState.CONFIRMED:
        move_tx(work, tx, TxState.MINED, mined=receipt)


def _conclude(work: Work, report: StoredReport, revert: Revert | None) -> None:
    is_mined = any(tx.state in _MINED for tx in work.txs.of_report(report.content_hash))
    if is_mined and report.state is ReportState.RELAYING:
        _move_with_purchases(
            work, report, ReportState.APPLIED, source=PurchaseState.REPORTED, to=PurchaseState.SETTLED_PENDING
        )
    elif not is_mined and report.state is ReportState.APPLIED:
        _move_with_purchases(
            work,
            report,
            ReportState.RELAYING,
            source=PurchaseState.SETTLED_PENDING,
            to=PurchaseState.REPORTED,
        )
    elif not is_mined and revert is not None:
        if revert.blames_report:
            fail_report(work, report, revert.reason)
        else:
            move_report(work, report, ReportState.SEALED)


def _move_with_purchases(
    work: Work, report: StoredReport, target: ReportState, *, source: PurchaseState, to: PurchaseState
) -> None:
    move_report(work, report, target)
    move_purchases(work, work.reports.purchase_ids(report.content_hash), source=source, target=to)
