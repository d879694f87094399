"""Brings a store that is older than the chain, or empty, up to it, from settled reports and feeds alone.

Before it an operator put back an old copy, or lost the store and imported the members again; after it
sealing goes on where the chain stands. Each report is linked in one unit of work: run it again at any time.
Source: docs/decisions/0010-rebuild-a-store-from-chain-and-feeds.md
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from milepost.codec.digest import content_hash
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.domain.adjustment import AdjustmentKind
from milepost.domain.errors import ChainError, WhoActs
from milepost.domain.outcome import Outcome
from milepost.domain.purchase import PurchaseKind, SubmittedPurchase
from milepost.domain.quantities import Lane, MemberId, PartnerCode, PurchaseNumber, ReportSequence
from milepost.domain.quoting import quoted
from milepost.domain.report import Report
from milepost.fail_point import FailPoint, reach
from milepost.pipeline.build_report import DeployedPartners
from milepost.pipeline.fail_report import SETTLED_OTHERWISE, fail_report
from milepost.pipeline.ingest_purchase import RECORDS_A_UNIT
from milepost.pipeline.read_settlements import close_report, settled_after
from milepost.pipeline.reconcile import ReconciliationError
from milepost.pipeline.relay_report import watch_report
from milepost.pipeline.restore_purchases import Place, Rebuilding, SettledTwice, Whose, restore_purchases
from milepost.pipeline.seal_report import sealed_report
from milepost.pipeline.sign_report import require_report
from milepost.pipeline.states import move_purchases
from milepost.ports import (
    AppliedLog,
    MemberDirectory,
    PurchaseState,
    Rejection,
    ReportState,
    SettledLog,
    SettlementChain,
    Store,
    StoredReport,
)
from milepost.ports.chain import ChainLog

_MOST_NAMED = 5
"""Bills that a sentence names; it counts the others."""


class MembersMismatch(ReconciliationError):
    """The chain credited others than the directory says. The operator imports the members as they were."""

    def __init__(self, log: SettledLog, differing: Sequence[str]) -> None:
        more = len(differing) - _MOST_NAMED
        shown = "; ".join(differing[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
        super().__init__(
            f"Report {log.sequence} of lane {log.lane} credited other members than the directory names:"
            f" {shown}. If a card was replaced or two members were merged since, do that again by milepost"
            " members replace or merge, and go on. If not, the lists were imported in another order, or are"
            " others: begin with a new store, import the lists as they were, in their order, then rebuild it."
        )


class ReportsNotFinal(ChainError):
    """The store is rebuilt up to the final block, and the chain is further. Run again once that is final."""

    who_acts: ClassVar[WhoActs] = WhoActs.RETRY

    def __init__(self, lane: Lane, settled: int, known: ReportSequence) -> None:
        super().__init__(
            f"The store is rebuilt up to report {known} of lane {lane}, and report {settled} is on chain and"
            " not final yet: run this again once it is. Nothing is sealed until then."
        )


@dataclass(frozen=True, slots=True)
class MissingPurchases:
    """Settled purchases of a partner in one report that neither the store nor a feed has."""

    lane: Lane
    sequence: ReportSequence
    partner: PartnerCode
    numbers: tuple[PurchaseNumber, ...]


@dataclass(frozen=True, slots=True)
class RebuiltStore:
    """What rebuilding did.

    Shape: `reports` are the content hashes of reports that became final in the store, in order of the chain,
        `purchases` are in them; `restored` were stored from the feeds. While something is `missing`, its
        report and all later ones wait.
    """

    reports: tuple[bytes, ...]
    purchases: int
    restored: int
    missing: tuple[MissingPurchases, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A stored purchase that an entry commits to, and whose it is."""

    purchase_id: int
    member_key: bytes | None


def rebuild_store(
    feed: Iterable[SubmittedPurchase | Rejection],
    rebuilding: Rebuilding,
    chain: SettlementChain,
    *,
    on_report: Callable[[StoredReport], None] = lambda _report: None,
) -> RebuiltStore:
    """Store every settled purchase that the feed has and the store lacks, and link it to its report.

    Shape: records that no settled entry commits to are passed over: they are ingested afterwards, as always.
        Settled ones are stored whatever their age. Memory grows with the reports that the store lacks.
    Raises: SettledTwice; MembersMismatch: its report and the later ones are not linked; ReconciliationError
        and ChainUnavailable as reading settlements does.
    """
    store = rebuilding.store
    logs = _unread(store, chain)
    _merge_again(logs, rebuilding.members)
    lacking = _lacking(logs, store)
    unknown = [log for log in lacking if not _is_sealed_here(log, store)]
    _withdraw_rivals(unknown, store, chain)
    wanted = _wanted(unknown)
    restored = restore_purchases(feed, wanted, rebuilding, now_s=chain.block_time())
    found = _accepted(wanted, rebuilding)
    missing = [one for log in unknown for one in _missing(log, found, rebuilding.partners)]
    stops_at = (missing[0].lane, missing[0].sequence) if missing else None
    linked: list[bytes] = []
    purchases = 0
    for log in lacking:
        if (log.lane, log.sequence) == stops_at:
            break
        purchases += _link(log, found, rebuilding, chain)
        linked.append(content_hash(log.report_bytes))
        with store.unit_of_work() as work:
            report = require_report(work, linked[-1])
        on_report(report)
    return RebuiltStore(tuple(linked), purchases, restored, tuple(missing))


def require_all_final(lanes: Sequence[Lane], store: Store, chain: SettlementChain) -> None:
    """Raises: ReportsNotFinal if the chain has settled reports that are in no final block yet."""
    for lane in lanes:
        with store.unit_of_work() as work:
            known = work.reports.last_sequence(lane)
        settled = chain.next_sequence(lane) - 1
        if settled > known:
            raise ReportsNotFinal(lane, settled, known)


def _unread(store: Store, chain: SettlementChain) -> list[ChainLog]:
    with store.unit_of_work() as work:
        up_to = work.receipts.read_up_to()
    return [log for _, unit in settled_after(up_to, chain) for log in unit]


def _merge_again(logs: Sequence[ChainLog], members: MemberDirectory) -> None:
    """Let numbers lead where the chain has merged their accounts: a restored directory has forgotten it."""
    for log in logs:
        if isinstance(log, AppliedLog) and log.adjustment.kind is AdjustmentKind.MERGE:
            members.merge(log.adjustment.member, log.adjustment.into)


def _lacking(logs: Sequence[ChainLog], store: Store) -> list[SettledLog]:
    settled = [log for log in logs if isinstance(log, SettledLog)]
    with store.unit_of_work() as work:
        return [log for log in settled if work.receipts.log_of(content_hash(log.report_bytes)) is None]


def _is_sealed_here(log: SettledLog, store: Store) -> bool:
    with store.unit_of_work() as work:
        return work.reports.get(content_hash(log.report_bytes)) is not None


def _withdraw_rivals(unknown: Sequence[SettledLog], store: Store, chain: SettlementChain) -> None:
    """Give up the reports in whose place another was settled: their purchases may be in that one."""
    with store.unit_of_work() as work:
        applied = work.reports.in_states(ReportState.APPLIED) if unknown else []
    for report in applied:
        # What an old copy calls applied may not be: the chain says, not the copy.
        watch_report(report.content_hash, store, chain=chain)
    for log in unknown:
        with store.unit_of_work() as work:
            rival = work.reports.at(log.lane, log.sequence)
            if rival is not None:
                fail_report(work, rival, SETTLED_OTHERWISE)


def _wanted(unknown: Sequence[SettledLog]) -> dict[Place, MemberId]:
    """The member that the chain credited at every entry whose purchase is looked for."""
    wanted: dict[Place, MemberId] = {}
    done: set[Place] = set()
    for log in unknown:
        report = decode_report(log.report_bytes)
        results = decode_results(log.results, report)
        for (place, member_id), result in zip(_entries(report), results, strict=True):
            if place in done:
                raise SettledTwice(f"A bill of partner number {place[0]} in report {log.sequence}")
            # What was not proven came again.
            if result.outcome is not Outcome.UNPROVEN:
                done.add(place)
            wanted[place] = member_id
    return wanted


def _entries(report: Report) -> Iterator[tuple[Place, MemberId]]:
    for placed in report.placed():
        yield (placed.section.partner_id, placed.entry.facts), placed.entry.member


def _sales(report: Report) -> Iterator[tuple[Place, MemberId]]:
    """The entries whose member is their own: an amendment has that of the receipt it brings."""
    for placed, entry in zip(report.placed(), _entries(report), strict=True):
        if placed.entry.kind is PurchaseKind.SALE:
            yield entry


def _accepted(wanted: Mapping[Place, MemberId], rebuilding: Rebuilding) -> dict[Place, _Found]:
    """The purchases looked for that the store has and no report of its own holds."""
    found: dict[Place, _Found] = {}
    after = 0
    codes = list(rebuilding.partners.ids)
    while wanted:
        with rebuilding.store.unit_of_work() as work:
            page = work.purchases.accepted(codes, most=RECORDS_A_UNIT, after=after)
        if not page:
            break
        after = page[-1].purchase_id
        for stored in page:
            place = rebuilding.place_of(stored.purchase)
            if place in wanted:
                found[place] = _Found(stored.purchase_id, stored.member_key)
    return found


def _missing(
    log: SettledLog, found: Mapping[Place, _Found], partners: DeployedPartners
) -> Iterator[MissingPurchases]:
    codes = {partner_id: code for code, partner_id in partners.ids.items()}
    for section in decode_report(log.report_bytes).sections:
        numbers = tuple(
            PurchaseNumber(number)
            for number, entry in enumerate(section.entries, start=section.first_number)
            if (section.partner_id, entry.facts) not in found
        )
        if numbers:
            # Registered after this deployment was written, or dropped from it since.
            code = codes.get(section.partner_id, PartnerCode(f"number {section.partner_id}"))
            yield MissingPurchases(log.lane, log.sequence, code, numbers)


def _link(
    log: SettledLog, found: Mapping[Place, _Found], rebuilding: Rebuilding, chain: SettlementChain
) -> int:
    """Store one settled report as final with its purchases, and say how many they are."""
    receipt = chain.tx_receipt(log.tx_hash)
    is_known = _is_sealed_here(log, rebuilding.store)
    report = decode_report(log.report_bytes)
    entries = list(_entries(report))
    if not is_known:
        _require_members_agree(log, list(_sales(report)), found, rebuilding)
    with rebuilding.store.unit_of_work() as work:
        if not is_known:
            ids = [found[place].purchase_id for place, _ in entries]
            work.reports.add(sealed_report(report), ids, [member_id for _, member_id in entries])
            move_purchases(work, ids, source=PurchaseState.ACCEPTED, target=PurchaseState.REPORTED)
        purchases = close_report(work, log, receipt)
        reach(FailPoint.LINK_BEFORE_COMMIT)
    reach(FailPoint.LINK_AFTER_COMMIT)
    return purchases


def _require_members_agree(
    log: SettledLog,
    entries: Sequence[tuple[Place, MemberId]],
    found: Mapping[Place, _Found],
    rebuilding: Rebuilding,
) -> None:
    whose = Whose.of((found[place].member_key for place, _ in entries), rebuilding.members)
    differing = [
        (found[place], credited)
        for place, credited in entries
        if not whose.agrees(found[place].member_key, credited)
    ]
    if not differing:
        return
    with rebuilding.store.unit_of_work() as work:
        stored = work.purchases.by_ids([one.purchase_id for one, _ in differing])
    sentences = []
    for one, credited in differing:
        purchase, named = stored[one.purchase_id].purchase, whose.named(one.member_key)
        here = "nobody's" if named is None else f"member {named}'s"
        sentences.append(
            f"member {credited} for {quoted(purchase.sale_ref)} of {purchase.partner}, which is {here} here"
        )
    raise MembersMismatch(log, sentences)
