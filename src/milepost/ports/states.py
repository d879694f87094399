"""Names where purchases, reports and txs can be.

`pipeline/states.py` says what may follow what; the store keeps the names.
"""

from enum import StrEnum


class PurchaseState(StrEnum):
    """Where a purchase is."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CONFLICTED = "conflicted"
    REPORTED = "reported"
    SETTLED_PENDING = "settled_pending"
    SETTLED_FINAL = "settled_final"


WAITING = (PurchaseState.ACCEPTED, PurchaseState.REPORTED, PurchaseState.SETTLED_PENDING)
"""States of purchases that are taken and not final on chain yet."""


class ReportState(StrEnum):
    """Where a report is."""

    OPEN = "open"
    SEALED = "sealed"
    SIGNED = "signed"
    RELAYING = "relaying"
    APPLIED = "applied"
    FINAL = "final"
    FAILED = "failed"


class TxState(StrEnum):
    """Where an EVM tx is."""

    SIGNED = "signed"
    ACCEPTED = "accepted"
    MINED = "mined"
    CONFIRMED = "confirmed"
    FINAL = "final"
    REVERTED = "reverted"
    DISPLACED = "displaced"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
