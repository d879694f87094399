"""What the core needs from outside, as Protocols; adapters and their fakes keep them.

Before it on the main path stand feeds, the store and the chain, which implement it; after it `pipeline`,
which knows nothing else of them. Values that only travel through a port are here too, with their states.
"""

from milepost.ports.chain import (
    Block,
    ChainUnavailable,
    Clock,
    PartnerSecrets,
    Reporter,
    ReporterSet,
    ReportTooLarge,
    SettledLog,
    SettlementChain,
    SignedTx,
    TxAlreadyKnown,
    TxNonceTooLow,
    TxReceipt,
    TxUnderfunded,
)
from milepost.ports.members import (
    EnrolledMember,
    MemberAccounts,
    MemberDirectory,
    MemberProfile,
    MemberRow,
)
from milepost.ports.purchases import (
    Conflict,
    KnownPurchase,
    PurchaseRecord,
    PurchaseStore,
    Rejection,
    StoredPurchase,
)
from milepost.ports.reports import (
    Proposal,
    ReporterCopy,
    ReportSection,
    ReportSignature,
    ReportStore,
    StoredReport,
    StoredTx,
    TxStore,
)
from milepost.ports.states import PurchaseState, ReportState, TxState
from milepost.ports.store import ReceiptStore, SettledPurchase, Store, StoredTotals, Work

__all__ = [
    "Block",
    "ChainUnavailable",
    "Clock",
    "Conflict",
    "EnrolledMember",
    "KnownPurchase",
    "MemberAccounts",
    "MemberDirectory",
    "MemberProfile",
    "MemberRow",
    "PartnerSecrets",
    "Proposal",
    "PurchaseRecord",
    "PurchaseState",
    "PurchaseStore",
    "ReceiptStore",
    "Rejection",
    "ReportSection",
    "ReportSignature",
    "ReportState",
    "ReportStore",
    "ReportTooLarge",
    "Reporter",
    "ReporterCopy",
    "ReporterSet",
    "SettledLog",
    "SettledPurchase",
    "SettlementChain",
    "SignedTx",
    "Store",
    "StoredPurchase",
    "StoredReport",
    "StoredTotals",
    "StoredTx",
    "TxAlreadyKnown",
    "TxNonceTooLow",
    "TxReceipt",
    "TxState",
    "TxStore",
    "TxUnderfunded",
    "Work",
]
