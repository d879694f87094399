"""Sends a signed report to the chain, its raw tx stored before, and watches what becomes of it.

Before it the quorum signed; after it settlements are read from final blocks. Each function can be called
again at any time, after a crash too: what was stored goes out again, byte for byte. A tx that is not mined in
time gets a replacement, an attempt more of the same nonce with the same report; all of them stay watched.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from milepost.domain.errors import ChainError, WhoActs
from milepost.fail_point import FailPoint, reach
from milepost.pipeline.bump_fees import Bumping, at_cap, bumped, refused
from milepost.pipeline.fail_report import fail_report
from milepost.pipeline.sign_report import counting_signatures, require_report
from milepost.pipeline.states import (
    advance_report,
    move_purchases,
    move_report,
    move_tx,
)
from milepost.ports import (
    ChainUnavailable,
    PurchaseState,
    ReportState,
    ReportTooLarge,
    Revert,
    SettlementChain,
    SignedTx,
    Store,
    StoredReport,
    StoredTx,
    TxAlreadyKnown,
    TxFeeTooLow,
    TxNonceGap,
    TxNonceTooLow,
    TxNotReplaced,
    TxReceipt,
    TxState,
    Work,
)

_UNSENT = (TxState.SIGNED, TxState.ACCEPTED)
# Nothing more is expected of these while their nonces stay used.
_SPENT = (TxState.REVERTED, TxState.DISPLACED, TxState.SUPERSEDED, TxState.CANCELLED)
_MINED = (TxState.MINED, TxState.CONFIRMED)
_WATCHED = (*_UNSENT, *_MINED, TxState.DISPLACED, TxState.SUPERSEDED, TxState.CANCELLED)
_USED = (*_MINED, TxState.FINAL, TxState.REVERTED, TxState.CANCELLED)
_USUAL = Bumping()


class NonceDisplaced(ChainError):
    """Something else used a nonce that was ours. The operator stops who shares the relayer's key."""

    who_acts = WhoActs.OPERATOR

    def __init__(self, tx: StoredTx) -> None:
        super().__init__(
            f"Nonce {tx.signed.nonce} of {tx.signed.sender} was used by a tx that is not ours: the relayer's"
            " key is in use elsewhere. Stop that, then run this again; the report is not lost."
        )


class NonceMissing(ChainError):
    """A tx that is not ours was lost, and ours wait for its nonce. The operator uses that one up."""

    who_acts = WhoActs.OPERATOR

    def __init__(self, tx: StoredTx, missing: int) -> None:
        super().__init__(
            f"Nonce {tx.signed.nonce} of {tx.signed.sender} waits for nonce {missing}, whose tx was not ours"
            f" and was lost: use that one up by milepost txs cancel {missing}; the report is not lost."
        )


def relay_report(
    report_hash: bytes, store: Store, *, chain: SettlementChain, bumping: Bumping = _USUAL
) -> StoredReport:
    """Send a signed report, or send its stored tx again, and look at once whether it was mined.

    Shape: one nonce at a time is under way for a report; the lowest nonce that is not mined, whosever report
        it carries, is replaced when that is due. A report whose sequence is settled already is left to
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
        is_too_cheap = _send(_attempts(unsent, unsent[-1].signed.nonce), store, chain)
        _bump_if_due(store, chain, bumping, is_too_cheap=is_too_cheap)
        _require_no_gap(unsent[-1], store, chain)
    elif chain.next_sequence(report.lane) <= report.sequence:
        try:
            tx = _sign_and_store(report, store, chain, bumping)
        except ReportTooLarge as error:
            with store.unit_of_work() as work:
                fail_report(work, report, str(error))
            raise
        _send([tx], store, chain)
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
    failed = [tx for tx, receipt in seen if receipt is not None and not receipt.succeeded]
    reverted = next((tx for tx in failed if not tx.signed.is_empty), None)
    revert = None if reverted is None else chain.revert_of(reverted.signed.tx_hash)
    is_open = chain.next_sequence(report.lane) <= report.sequence
    reach(FailPoint.WATCH_ASKED)
    with store.unit_of_work() as work:
        for tx, receipt in seen:
            _note(work, tx, receipt)
        _supersede(work, report_hash)
        reach(FailPoint.WATCH_NOTED)
        _conclude(work, require_report(work, report_hash), revert if is_open else None)
        report = require_report(work, report_hash)
        reach(FailPoint.WATCH_BEFORE_COMMIT)
    reach(FailPoint.WATCH_AFTER_COMMIT)
    return report


def _sign_and_store(report: StoredReport, store: Store, chain: SettlementChain, bumping: Bumping) -> StoredTx:
    counting = counting_signatures(report, store, chain=chain).signatures
    with store.unit_of_work() as work:
        stored_nonce = work.txs.next_nonce(chain.sender)
    signatures = b"".join(signature.signature for signature in counting)
    chain.check(report.report_bytes, signatures)
    # Others may send from this address too, such as an operator who enrols members.
    nonce = max(stored_nonce, chain.next_nonce())
    fees = bumping.first(chain.market_fees())
    signed = chain.sign_settle(report.report_bytes, signatures, nonce=nonce, fees=fees)
    return store_signed(signed, report, store)


def store_signed(signed: SignedTx, report: StoredReport, store: Store) -> StoredTx:
    """Keep a tx of a report, which is relayed from now on; nothing was sent."""
    reach(FailPoint.TX_BEFORE_STORE)
    # Raw bytes and nonce are in the store before any node sees them: after a crash the same go out.
    with store.unit_of_work() as work:
        work.txs.add(signed, report.content_hash)
        if report.state is ReportState.SIGNED:
            advance_report(work, report, ReportState.RELAYING)
        reach(FailPoint.TX_BEFORE_COMMIT)
    return StoredTx(signed, report.content_hash, TxState.SIGNED)


def _attempts(txs: Sequence[StoredTx], nonce: int) -> list[StoredTx]:
    return [tx for tx in txs if tx.signed.nonce == nonce]


def _send(attempts: Sequence[StoredTx], store: Store, chain: SettlementChain) -> bool:
    """Send a nonce and what comes before it, and say whether a node refused the fees of any."""
    is_too_cheap = _send_earlier(attempts[-1], store, chain)
    try:
        refusal = send_newest(attempts, store, chain)
    except TxNonceTooLow:
        _look_who_used_the_nonce(attempts[-1], store, chain)
        return is_too_cheap
    return is_too_cheap or isinstance(refusal, TxFeeTooLow)


def send_newest(attempts: Sequence[StoredTx], store: Store, chain: SettlementChain) -> ChainError | None:
    """Send the newest attempt of a nonce, or the one before where the node takes none of it.

    Shape: why the newest was refused, None if it was not.
    Raises: if the node took none: TxNonceTooLow if it said so of any, else what the newest was refused for
        unless waiting mends that; ChainUnavailable.
    """
    refusals: list[ChainError] = []
    for tx in reversed(attempts):
        reach(FailPoint.SEND_BEFORE)
        try:
            chain.send(tx.signed.raw)
        except TxAlreadyKnown:
            pass
        except ChainUnavailable:
            raise
        except ChainError as refusal:
            refusals.append(refusal)
            continue
        reach(FailPoint.SEND_AFTER)
        _note_accepted(tx, store)
        return refusals[0] if refusals else None
    for said in refusals:
        if isinstance(said, TxNonceTooLow):
            raise said
    if not isinstance(refusals[0], TxNotReplaced | TxFeeTooLow | TxNonceGap):
        raise refusals[0]
    return refusals[0]


def _note_accepted(tx: StoredTx, store: Store) -> None:
    if tx.state is not TxState.SIGNED:
        return
    with store.unit_of_work() as work:
        move_tx(work, tx, TxState.ACCEPTED)
        reach(FailPoint.SENT_BEFORE_COMMIT)
    reach(FailPoint.SENT_AFTER_COMMIT)


def _bump_if_due(store: Store, chain: SettlementChain, bumping: Bumping, *, is_too_cheap: bool) -> None:
    """Replace what has the lowest nonce that is not mined, if it waited too long: others wait for it."""
    nonce = chain.mined_nonce()
    with store.unit_of_work() as work:
        ours = [tx for tx in work.txs.in_states(*_UNSENT) if tx.signed.sender == chain.sender]
    attempts = _attempts(ours, nonce)
    if not attempts or not bumping.after_s:
        return
    newest, market = attempts[-1], chain.market_fees()
    if not is_too_cheap and not bumping.is_due(newest, market):
        return
    fees = bumping.raised(newest.signed.fees, market)
    if fees is None:
        bumping.tell(at_cap(newest, bumping))
        return
    with store.unit_of_work() as work:
        report = require_report(work, newest.content_hash)
    replacement = store_signed(chain.sign_again(newest.signed.raw, fees), report, store)
    bumping.tell(bumped(replacement, fees))
    try:
        refusal = send_newest([*attempts, replacement], store, chain)
    except TxNonceTooLow as error:
        # Mined meanwhile, which watching finds; or a chain that knows no replacement says it so.
        refusal = error
    if refusal is not None:
        bumping.tell(refused(replacement, str(refusal)))


def _send_earlier(tx: StoredTx, store: Store, chain: SettlementChain) -> bool:
    """Send again what was stored for lower nonces: a gap before ours would hold it back for ever.

    Shape: whether a node refused the fees of any. A tx whose report was settled or given up meanwhile
        reverts, which costs its gas and changes nothing.
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
    is_too_cheap = False
    for nonce, group in groupby(earlier, key=lambda other: other.signed.nonce):
        reach(FailPoint.RESEND_AFTER_COMMIT)
        if nonce < mined_nonce:
            _note_used(list(group), store, chain)
        else:
            is_too_cheap |= isinstance(_send_again(list(group), store, chain), TxFeeTooLow)
        reach(FailPoint.RESEND_AFTER)
    return is_too_cheap


def _send_again(attempts: Sequence[StoredTx], store: Store, chain: SettlementChain) -> ChainError | None:
    try:
        return send_newest(attempts, store, chain)
    except TxNonceTooLow:
        _note_used(attempts, store, chain)
    return None


def _note_used(attempts: Sequence[StoredTx], store: Store, chain: SettlementChain) -> None:
    """Note which attempt of a lower nonce was mined: nobody else may watch them."""
    found = [(tx, chain.tx_receipt(tx.signed.tx_hash)) for tx in attempts]
    with store.unit_of_work() as work:
        for tx, receipt in found:
            _note(work, tx, receipt)
        _supersede(work, attempts[0].content_hash)


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
        attempts = _attempts(work.txs.of_report(tx.content_hash), tx.signed.nonce)
    if any(chain.tx_receipt(attempt.signed.tx_hash) is not None for attempt in attempts):
        return
    # Asked again: another node may have taken the place of the first one, and may not be as far.
    mined_nonce = min(mined_nonce, chain.mined_nonce())
    if mined_nonce <= tx.signed.nonce and any(other.state is TxState.ACCEPTED for other in attempts):
        # Chains that know no replacement call what waits in their pool too low: it goes on waiting.
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
        if tx.state in (*_MINED, TxState.CANCELLED):
            move_tx(work, tx, TxState.ACCEPTED)
            tx = replace(tx, state=TxState.ACCEPTED)
        if receipt is None:
            return
    if tx.signed.is_empty:
        if tx.state is not TxState.CANCELLED:
            move_tx(work, tx, TxState.CANCELLED, mined=receipt)
    elif not receipt.succeeded:
        move_tx(work, tx, TxState.REVERTED, mined=receipt)
    elif tx.state is TxState.MINED:
        # A second look found it in the same block.
        move_tx(work, tx, TxState.CONFIRMED, mined=receipt)
    elif tx.state is not TxState.CONFIRMED:
        move_tx(work, tx, TxState.MINED, mined=receipt)


def _supersede(work: Work, report_hash: bytes) -> None:
    """Set aside what was not mined of a nonce that another attempt used; bring it back if none did."""
    txs = work.txs.of_report(report_hash)
    for _, group in groupby(txs, key=lambda tx: (tx.signed.sender, tx.signed.nonce)):
        attempts = list(group)
        is_used = any(tx.state in _USED for tx in attempts)
        for tx in attempts:
            if is_used and tx.state in _UNSENT:
                move_tx(work, tx, TxState.SUPERSEDED)
            elif not is_used and tx.state is TxState.SUPERSEDED:
                move_tx(work, tx, TxState.ACCEPTED)


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
