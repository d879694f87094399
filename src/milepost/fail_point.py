"""Ends the process at a named point when FAILPOINT asks for it, to show what a crash there leaves behind.

Every step that stores or sends something passes through its points; with none asked for they do nothing.
What a restart makes of each: docs/faults.md.
"""

import signal
from dataclasses import dataclass
from enum import Enum

from milepost.domain.errors import MilepostError

VARIABLE = "FAILPOINT"
"""The environment variable that commands arm a point by: its name, then which time from 1, `send.after:3`."""


class FailPoint(Enum):
    """Every point, in the order of the main path: its name, and what a crash there leaves."""

    MIGRATE_BEFORE_COMMIT = "migrate.before_commit", "A database whose tables are made and not committed."
    ENROL_BEFORE_COMMIT = "enrol.before_commit", "Numbers given to the directory and not committed."
    ENROL_AFTER_COMMIT = "enrol.after_commit", "Members in the directory without an account on the ledger."
    ENROL_SENT = "enrol.sent", "The tx that opens accounts is sent, and nobody waits for it."
    ENROL_MINED = "enrol.mined", "Accounts are open, and no profile is written."
    PROFILE_SENT = "profile.sent", "The tx of a profile is sent, and nobody waits for it."
    PROFILE_MINED = "profile.mined", "Some profiles are written, and later ones are not."
    FORGET_BEFORE_COMMIT = "forget.before_commit", "A member forgotten in part; not committed."
    FORGET_AFTER_COMMIT = "forget.after_commit", "A number forgotten that the database's log still holds."
    MERGE_BEFORE_COMMIT = "merge.before_commit", "A member that leads to another one, not committed."
    MERGE_AFTER_COMMIT = "merge.after_commit", "A member that leads to another one, and nothing is proposed."
    PROPOSAL_SENT = "proposal.sent", "The tx of a proposal is sent, and nobody waits for its number."
    DECISION_SENT = "decision.sent", "The tx that decides a proposal is sent, and nobody waits for it."
    INGEST_BEFORE_COMMIT = "ingest.before_commit", "Purchases judged and not committed; nobody got an answer."
    INGEST_AFTER_COMMIT = "ingest.after_commit", "Purchases stored, and nobody got an answer."
    SEAL_BEFORE_COMMIT = "seal.before_commit", "A report cut and not committed."
    SEAL_AFTER_COMMIT = "seal.after_commit", "A sealed report without a signature."
    SIGN_BEFORE_STORE = "sign.before_store", "A reporter has signed, and its signature is not stored."
    SIGN_BEFORE_COMMIT = "sign.before_commit", "A signature written and not committed."
    SIGN_AFTER_COMMIT = "sign.after_commit", "Some signatures stored, of a report that is sealed."
    QUORUM_BEFORE_COMMIT = "quorum.before_commit", "All signatures stored, and the report is still sealed."
    QUORUM_AFTER_COMMIT = "quorum.after_commit", "A signed report without a tx."
    TX_BEFORE_STORE = "tx.before_store", "A tx signed with a nonce, and no trace of it."
    TX_BEFORE_COMMIT = "tx.before_commit", "Raw tx and nonce written and not committed."
    SEND_BEFORE = "send.before", "A raw tx stored that no node has."
    SEND_AFTER = "send.after", "A tx that a node has, stored as not sent."
    SENT_BEFORE_COMMIT = "sent.before_commit", "A tx that a node has, noted so and not committed."
    SENT_AFTER_COMMIT = "sent.after_commit", "A tx that a node has, and nobody watches it."
    RESEND_BEFORE_COMMIT = "resend.before_commit", "A tx whose nonce came free again, not committed as such."
    RESEND_AFTER_COMMIT = "resend.after_commit", "Stored txs of lower nonces, not all of them sent again."
    RESEND_AFTER = "resend.after", "A lower nonce's tx sent again, and the one after it is not."
    DISPLACED_BEFORE_COMMIT = "displaced.before_commit", "A nonce that another used, found and not committed."
    DISPLACED_AFTER_COMMIT = "displaced.after_commit", "A tx displaced, and the operator was not told."
    WATCH_ASKED = "watch.asked", "The chain has answered for the txs of a report, and nothing of it is noted."
    WATCH_NOTED = "watch.noted", "Txs noted and their report not concluded; not committed."
    WATCH_BEFORE_COMMIT = "watch.before_commit", "Txs, report and purchases moved and not committed."
    WATCH_AFTER_COMMIT = "watch.after_commit", "A report moved by what the chain said, and nobody was told."
    FAIL_BEFORE_COMMIT = "fail.before_commit", "A report failed, its purchases still in it; not committed."
    READ_ASKED = "read.asked", "Settlements read from the chain, and nothing of them stored."
    READ_CLOSED = "read.closed", "A settlement written, and others of its blocks not; not committed."
    READ_BEFORE_COMMIT = "read.before_commit", "Settlements and the block they go up to not committed."
    READ_AFTER_COMMIT = "read.after_commit", "Settlements stored, and no receipt written."
    RESTORE_BEFORE_COMMIT = "restore.before_commit", "Settled purchases found in feeds and not committed."
    RESTORE_AFTER_COMMIT = "restore.after_commit", "Settled purchases stored as if they were still to settle."
    LINK_BEFORE_COMMIT = "link.before_commit", "A settled report rebuilt and not committed."
    LINK_AFTER_COMMIT = "link.after_commit", "Some settled reports rebuilt, and later ones not."
    RECEIPT_BEFORE_RENAME = "receipt.before_rename", "A receipt written under a name that is not its own yet."
    RECEIPT_WRITTEN = "receipt.written", "Some receipts written, and others of their report not."
    WEBHOOK_AFTER_SEND = "webhook.after_send", "A message that its receiver has, and nothing of it is noted."

    def __init__(self, label: str, leaves: str) -> None:
        self.label = label
        self.leaves = leaves


class FailPointUnknown(MilepostError):
    """FAILPOINT names no point, or not which time. Whoever tests corrects it, or unsets it."""

    def __init__(self, text: str) -> None:
        names = ", ".join(point.label for point in FailPoint)
        super().__init__(
            f"{VARIABLE} is {text!r}, which names no fail point: unset it, or write a name and, after a"
            f" colon, which time from 1, such as send.after:3. The names are {names}."
        )


@dataclass(slots=True)
class _Trap:
    """A point and how often it may still be reached; at 0 the process ends."""

    point: FailPoint
    left: int


_trap: _Trap | None = None


def arm(text: str | None) -> FailPoint | None:
    """Ask for the end of the process at a point: `send.after:3` the third time, without a number the first.

    Shape: None or empty asks for nothing, and takes back what was asked before.
    Raises: FailPointUnknown.
    """
    global _trap
    _trap = _parse(text) if text else None
    return _trap.point if _trap else None


def reach(point: FailPoint) -> None:
    """Pass a point; if this is the time that was asked for, the process ends here without cleaning up."""
    if _trap is None or _trap.point is not point:
        return
    _trap.left -= 1
    if _trap.left == 0:
        signal.raise_signal(signal.SIGKILL)


def _parse(text: str) -> _Trap:
    label, _, time = text.partition(":")
    found = next((point for point in FailPoint if point.label == label), None)
    is_number = time.isascii() and time.isdigit() and int(time) > 0
    if found is None or not (is_number or ":" not in text):
        raise FailPointUnknown(text)
    return _Trap(found, int(time or 1))
