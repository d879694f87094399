"""Puts together what a member is shown: the miles on chain, and the purchases and adjustments they come from.

Before it settlements were read; after it the member sees every lot, its last day and what it comes from.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from milepost.domain.adjustment import Adjustment
from milepost.domain.attribution import HeldLot
from milepost.domain.conservation import Flows, spendable
from milepost.domain.errors import StoreError
from milepost.domain.lots import Lot
from milepost.domain.purchase import Purchase
from milepost.domain.quantities import (
    DayNumber,
    Lane,
    MemberId,
    Miles,
    PartnerId,
    PurchaseNumber,
    ReportSequence,
)
from milepost.domain.quoting import quoted
from milepost.domain.receipt import Settled
from milepost.pipeline.compare_lots import compare_lots
from milepost.ports import (
    AppliedLog,
    LedgerAtBlock,
    MemberAccounts,
    MemberDirectory,
    ReportState,
    SettledLog,
    SettledPurchase,
    SettlementChain,
    Store,
    Work,
)


class MemberUnknown(StoreError):
    """No member has this number, or it was forgotten. Whoever asked checks the number."""

    exit_code: ClassVar[int] = 1

    def __init__(self, number: str) -> None:
        super().__init__(
            f"{quoted(number)} is no member's number: check it, or import the member. A number that was"
            " forgotten or replaced is nobody's."
        )


def require_member(number: str, directory: MemberDirectory) -> MemberId:
    """The member whose account goes on, by any number of theirs.

    Raises: MemberUnknown.
    """
    key = directory.key_of(number)
    member_id = directory.ids_of([key]).get(key)
    if member_id is None:
        raise MemberUnknown(number)
    return member_id


@dataclass(frozen=True, slots=True)
class StatementLot:
    """A lot as the ledger has it in one account; live through all of its last day."""

    account: MemberId
    lot: Lot
    is_live: bool


@dataclass(frozen=True, slots=True)
class StatementPurchase:
    """A settled purchase, the account it was settled for, what it got, and where its report stands.

    Shape: of the miles that it took back, `taken` came from lots and `owed` is what the member owed for it;
        `is_newest` unless a later one is its sale's newest receipt.
    """

    account: MemberId
    purchase: Purchase
    settled: Settled
    lane: Lane
    sequence: ReportSequence
    number: PurchaseNumber
    taken: Miles
    owed: Miles
    is_newest: bool


@dataclass(frozen=True, slots=True)
class StatementAdjustment:
    """An applied adjustment; one that is not final may still be taken back by a reorg."""

    adjustment: Adjustment
    is_final: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """A member's miles at an instant.

    Shape: `accounts` are the member's, the one that goes on first, then those merged into it; lots by account
        and last day, purchases and adjustments in order of the chain; `differences` are sentences, none when
        the ledger's lots are what these, and what its logs say beside them, leave. `pending_reports` are on
        chain and not final yet. `beside` is what else moved miles: redeemed, bought, given and the like.
    Units: `at_s` in unix seconds, `day` by the programme's clock; balance, lots and debt by the ledger.
    """

    accounts: tuple[MemberId, ...]
    at_s: int
    day: DayNumber
    balance: Miles
    lots: tuple[StatementLot, ...]
    purchases: tuple[StatementPurchase, ...]
    adjustments: tuple[StatementAdjustment, ...]
    pending_reports: int
    beside: Flows
    differences: tuple[str, ...]
    debt: Miles

    @property
    def member_id(self) -> MemberId:
        return self.accounts[0]

    @property
    def earned(self) -> Miles:
        """All that the purchases credited, lapsed or not; what refunds took back is not taken off."""
        return Miles(sum(one.settled.credited for one in self.purchases))

    @property
    def returned(self) -> Miles:
        """All that refunds were to take back of it."""
        return Miles(sum(one.settled.returned for one in self.purchases))


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store and the desk know of some accounts."""

    accounts: tuple[MemberId, ...]
    settled: tuple[tuple[SettledPurchase, SettledLog], ...]
    purchases: Mapping[int, Purchase]
    final: tuple[AppliedLog, ...]
    unread: tuple[AppliedLog, ...]
    pending_reports: int
    newest: Mapping[tuple[PartnerId, PurchaseNumber | None], PurchaseNumber]


def make_statement(
    number: str,
    at_s: int,
    *,
    store: Store,
    chain: SettlementChain,
    directory: MemberDirectory,
    ledger: MemberAccounts,
    book: LedgerAtBlock,
) -> Statement:
    """State what a member has at an instant, for all that has settled until now.

    Shape: purchases later than the instant are shown too, as the ledger counts what settled. `book` is the
        ledger at the newest block.
    Raises: MemberUnknown; ChainUnavailable.
    """
    family = directory.family_of(require_member(number, directory))
    known = _known(family, store, chain)
    day = ledger.day_of(at_s)
    lots = _lots(known.accounts, day, ledger)
    balances = {account: ledger.balance_at(account, at_s) for account in known.accounts}
    balance = Miles(sum(balances.values()))
    debts = {account: book.debt_of(account) for account in known.accounts}
    # What lapsed before today is not compared by lot: anyone may have had the ledger write it off.
    since = max(day, ledger.day_of(chain.block_time()))
    compared = compare_lots(
        known.accounts,
        [HeldLot(one.account, one.lot) for one in lots],
        purchases=known.settled,
        adjustments=known.final + known.unread,
        book=book,
        since=since,
        time_of=lambda number: chain.block(number).timestamp,
    )
    return Statement(
        accounts=known.accounts,
        at_s=at_s,
        day=day,
        balance=balance,
        lots=lots,
        purchases=tuple(_purchases(known)),
        adjustments=tuple(_adjustments(known)),
        pending_reports=known.pending_reports,
        beside=compared.beside,
        differences=(*compared.differences, *_balance_differences(balances, lots, debts)),
        debt=Miles(sum(debts.values())),
    )


def _lots(accounts: tuple[MemberId, ...], day: DayNumber, ledger: MemberAccounts) -> tuple[StatementLot, ...]:
    return tuple(
        StatementLot(account, lot, lot.last_day >= day)
        for account in accounts
        for lot in ledger.lots_of(account)
    )


def _known(family: list[MemberId], store: Store, chain: SettlementChain) -> _Known:
    with store.unit_of_work() as work:
        up_to = work.receipts.read_up_to()
    unread = chain.applied_since(chain.start_block - 1 if up_to is None else up_to.number)
    with store.unit_of_work() as work:
        accounts = _with_merged(family, lambda one: [*work.adjustments.of_members([one]), *unread])
        final = work.adjustments.of_members(accounts)
        settled = work.receipts.of_members(accounts)
        logs = {
            content_hash: _log(work, content_hash) for content_hash in {one.content_hash for one in settled}
        }
        stored = work.purchases.by_ids([one.purchase_id for one in settled])
        newest = _newest(settled, work)
        pending = len(work.reports.in_states(ReportState.APPLIED))
    read = {log.adjustment.adjustment_id for log in final}
    touched = set(accounts)
    return _Known(
        accounts=tuple(accounts),
        settled=tuple((one, logs[one.content_hash]) for one in settled),
        purchases={purchase_id: one.purchase for purchase_id, one in stored.items()},
        final=tuple(final),
        unread=tuple(
            log
            for log in unread
            if log.adjustment.adjustment_id not in read
            and touched & {log.adjustment.member, log.adjustment.into}
        ),
        pending_reports=pending,
        newest=newest,
    )


def _newest(
    settled: Sequence[SettledPurchase], work: Work
) -> dict[tuple[PartnerId, PurchaseNumber | None], PurchaseNumber]:
    """The number of the newest receipt of each sale that these purchases are of, or changed."""
    sales: dict[PartnerId, set[PurchaseNumber]] = {}
    for one in settled:
        if one.sale_number is not None:
            sales.setdefault(one.partner_id, set()).add(one.sale_number)
    return {
        (partner_id, sale): newest.number
        for partner_id, numbers in sales.items()
        for sale, newest in work.receipts.newest_of_sales(partner_id, sorted(numbers)).items()
    }


def _with_merged(family: list[MemberId], adjusted: Callable[[MemberId], list[AppliedLog]]) -> list[MemberId]:
    """The accounts of a member, with any that the chain merged and the directory does not know of."""
    accounts = list(family)
    for account in accounts:
        accounts += [
            log.adjustment.member
            for log in adjusted(account)
            if log.adjustment.into == account and log.adjustment.member not in accounts
        ]
    return accounts


def _log(work: Work, content_hash: bytes) -> SettledLog:
    log = work.receipts.log_of(content_hash)
    assert log is not None, "settled purchases refer to their settlement"
    return log


def _purchases(known: _Known) -> Iterator[StatementPurchase]:
    for one, log in known.settled:
        yield StatementPurchase(
            one.member_id,
            known.purchases[one.purchase_id],
            one.settled,
            log.lane,
            log.sequence,
            one.number,
            taken=one.taken,
            owed=one.owed,
            is_newest=known.newest.get((one.partner_id, one.sale_number), one.number) == one.number,
        )


def _adjustments(known: _Known) -> Iterator[StatementAdjustment]:
    for is_final, logs in ((True, known.final), (False, known.unread)):
        for log in logs:
            yield StatementAdjustment(log.adjustment, is_final)


def _balance_differences(
    balances: Mapping[MemberId, Miles], lots: tuple[StatementLot, ...], debts: Mapping[MemberId, Miles]
) -> Iterator[str]:
    balance, owed = sum(balances.values()), sum(debts.values())
    live = {account: Miles(0) for account in balances}
    for one in lots:
        live[one.account] = Miles(live[one.account] + (one.lot.miles if one.is_live else 0))
    if balance != sum(spendable(live[account], debt=debts[account]) for account in balances):
        less = f", of which {owed} are owed" if owed else ""
        yield f"The balance on chain is {balance} miles, and the live lots hold {sum(live.values())}{less}."
