"""Decides what a purchase earns, promotions and limits included: the plain reference model of the award.

The contracts decide on chain; tests compare them with this on random input, and the demo checks itself by it.
Source: the promotions' rules "From purchase to miles"; docs/report-format.md for the order of outcomes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from milepost.domain.calendar import SECONDS_A_DAY, local_day, local_minute, weekday_of
from milepost.domain.ledger import Ledger
from milepost.domain.lots import NO_DAY
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.partner import EarnRate
from milepost.domain.programme import Acceptance
from milepost.domain.promotion_terms import NO_BUDGET, NOT_STOPPED, PromotionTerms
from milepost.domain.purchase import PurchaseKind
from milepost.domain.quantities import (
    DayNumber,
    MemberId,
    Miles,
    MinorUnits,
    OutletNumber,
    PartnerId,
    PromotionId,
)
from milepost.domain.receipt import MOST_BASE, MOST_DESIRED, Grant, Settled
from milepost.domain.report import Entry, Report, Section

BPS = 10_000
"""Basis points in one whole."""
MINUTES_A_QUARTER_HOUR = 15


@dataclass(slots=True)
class EarnTerms:
    """What the registry knows of a partner.

    Shape: `offsets` one pair an outlet, in order of its number; `promotions` rising.
    Units: offsets in quarter hours east of UTC; `available` in miles, None for no limit.
    """

    earn: EarnRate
    offsets: tuple[tuple[int, int], ...]
    promotions: tuple[PromotionId, ...] = ()
    available: Miles | None = None
    is_suspended: bool = False


@dataclass(slots=True)
class PromotionState:
    """A published promotion and what it has granted so far. `progress` holds each member's granted miles."""

    terms: PromotionTerms
    budget: int = NO_BUDGET
    stop_at: int = NOT_STOPPED
    granted: int = 0
    awards: int = 0
    progress: dict[MemberId, int] = field(default_factory=dict)

    @property
    def budget_left(self) -> int | None:
        """None without a budget."""
        return None if self.budget == NO_BUDGET else self.budget - self.granted


@dataclass(slots=True)
class Books:
    """All that settling reads and changes."""

    accept: Acceptance
    ledger: Ledger
    partners: dict[PartnerId, EarnTerms]
    promotions: dict[PromotionId, PromotionState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Earning:
    """A purchase under its partner's terms, before promotions. Units: local day and minute by the outlet."""

    member: MemberId
    base: Miles
    eligible_minor: MinorUnits
    outlet: OutletNumber
    occurred_at_s: int
    local_day: DayNumber
    local_minute: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What a purchase got, and the promotions with desired above 0 that lost their group to a better one."""

    settled: Settled
    losers: tuple[Grant, ...] = ()


def settle(report: Report, books: Books, *, now_s: int) -> list[Judged]:
    """Settle a report: judge each purchase on the state the one before left, credit members, charge partners.

    Shape: one result a purchase, in the order of the report. Units: `now_s` is the block's unix second.
    Raises: KeyError for a section whose partner is not registered; the contract reverts there.
    """
    return [
        _settle_entry(entry, section, books, now_s=now_s)
        for section in report.sections
        for entry in section.entries
    ]


def _settle_entry(entry: Entry, section: Section, books: Books, *, now_s: int) -> Judged:
    terms = books.partners[section.partner_id]
    occurred_at_s = section.base_time + entry.seconds
    outcome = refusal(entry, terms, books.accept, age_s=now_s - occurred_at_s)
    if outcome is not None:
        return Judged(Settled(outcome, Miles(0), NO_DAY))
    standing = books.ledger.standing(entry.member, occurred_at_s, now_s=now_s)
    if standing.outcome is not Outcome.CREDITED:
        return Judged(Settled(standing.outcome, Miles(0), NO_DAY))
    judged = judge(earning_of(entry, terms, occurred_at_s), terms, section.partner_id, books.promotions)
    settled = replace(judged.settled, last_day=standing.last_day)
    books.ledger.credit(entry.member, standing.bucket, Miles(settled.base + settled.bonus))
    return replace(judged, settled=settled)


def refusal(entry: Entry, terms: EarnTerms, accept: Acceptance, *, age_s: int) -> Outcome | None:
    """Why the partner's terms refuse a purchase, or None. Units: age in seconds, negative if ahead."""
    if entry.kind is not PurchaseKind.SALE:
        return Outcome.UNPROVEN
    if terms.is_suspended:
        return Outcome.SUSPENDED_PARTNER
    if entry.outlet >= len(terms.offsets):
        return Outcome.UNKNOWN_OUTLET
    if age_s > accept.oldest_days * SECONDS_A_DAY:
        return Outcome.TOO_OLD
    if -age_s > accept.ahead_minutes * 60:
        return Outcome.IN_FUTURE
    return None


def earning_of(entry: Entry, terms: EarnTerms, occurred_at_s: int) -> Earning:
    """Base miles, rounded down, and the outlet's local time."""
    offset_minutes = terms.offsets[entry.outlet][entry.offset_choice] * MINUTES_A_QUARTER_HOUR
    base = entry.eligible_minor * terms.earn.miles // terms.earn.per_minor
    return Earning(
        member=entry.member,
        base=Miles(min(base, MOST_BASE)),
        eligible_minor=entry.eligible_minor,
        outlet=entry.outlet,
        occurred_at_s=occurred_at_s,
        local_day=local_day(occurred_at_s, offset_minutes),
        local_minute=local_minute(occurred_at_s, offset_minutes),
    )


def judge(
    earning: Earning, terms: EarnTerms, partner: PartnerId, promotions: dict[PromotionId, PromotionState]
) -> Judged:
    """Decide base and grants of one accepted purchase, and take them from limits, budgets and the partner.

    Shape: the settled part has last day 0: the ledger knows it.
    """
    wished = (
        _wish(promotion, promotions[promotion], earning)
        for promotion in sorted(terms.promotions)
        if applies(promotions[promotion], earning, partner)
    )
    # Who desires nothing does not compete: it would keep a promotion that was cut to 0 out of the receipt.
    wishes = [wish for wish in wished if wish.desired > 0]
    winners = _best_of_groups(wishes, terms.promotions, promotions)
    losers = [replace(w, cut=Cut.GROUP, granted=Miles(0)) for w in wishes if w not in winners]
    outcome, base, grants = _pay(winners, earning.base, terms.available)
    _take(earning.member, grants, promotions)
    if terms.available is not None:
        terms.available = Miles(terms.available - base - sum(grant.granted for grant in grants))
    return Judged(Settled(outcome, base, NO_DAY, tuple(grants)), tuple(losers))


def applies(promotion: PromotionState, earning: Earning, partner: PartnerId) -> bool:
    """Whether when, where and what of a purchase meet the promotion's terms."""
    terms = promotion.terms
    return (
        terms.first_day <= earning.local_day <= terms.last_day
        and terms.weekdays >> weekday_of(earning.local_day) & 1 == 1
        and _is_within(earning.local_minute, terms.from_minute, terms.until_minute)
        and earning.eligible_minor >= terms.minimum
        and _has_outlet(terms, partner, earning.outlet)
        and earning.occurred_at_s < promotion.stop_at
    )


def _is_within(minute: int, start: int, end: int) -> bool:
    return start <= minute < end if start < end else minute >= start or minute < end


def _has_outlet(terms: PromotionTerms, partner: PartnerId, outlet: OutletNumber) -> bool:
    for named in terms.outlets:
        if named.partner == partner:
            return named.mask >> outlet & 1 == 1
    return not terms.listed


def _wish(promotion: PromotionId, state: PromotionState, earning: Earning) -> Grant:
    """What a promotion desires, and as `granted` the room that its own limits leave."""
    terms = state.terms
    desired = terms.fixed_miles or earning.base * terms.multiple_bps // BPS - earning.base
    desired = min(desired, MOST_DESIRED)
    room, cut = desired, Cut.NONE
    if terms.per_member:
        left = max(terms.per_member - state.progress.get(earning.member, 0), 0)
        room, cut = (left, Cut.PER_MEMBER) if left < room else (room, cut)
    if state.budget_left is not None and state.budget_left < room:
        room, cut = state.budget_left, Cut.BUDGET
    return Grant(promotion, cut, Miles(desired), Miles(room))


def _best_of_groups(
    wishes: list[Grant], offered: Iterable[PromotionId], promotions: dict[PromotionId, PromotionState]
) -> list[Grant]:
    """The wish with most room of each group, the lower id on ties; groups by their lowest id offered."""
    firsts: dict[int, PromotionId] = {}
    for promotion in sorted(offered):
        firsts.setdefault(_group_of(promotion, promotions), promotion)
    best: dict[PromotionId, Grant] = {}
    for wish in wishes:
        first = firsts[_group_of(wish.promotion_id, promotions)]
        if first not in best or wish.granted > best[first].granted:
            best[first] = wish
    return [best[first] for first in sorted(best)]


def _group_of(promotion: PromotionId, promotions: dict[PromotionId, PromotionState]) -> int:
    """A number that only promotions of the same group share; ungrouped ids stand below 0."""
    return promotions[promotion].terms.group or -promotion


def _pay(wishes: list[Grant], base: Miles, available: Miles | None) -> tuple[Outcome, Miles, list[Grant]]:
    """Cut base, then bonuses in the order given, to what the partner may still issue."""
    if available is None:
        return Outcome.CREDITED, base, wishes
    paid_base = min(base, available)
    is_cut = paid_base < base
    left = available - paid_base
    grants = []
    for wish in wishes:
        if left < wish.granted:
            is_cut = True
            wish = replace(wish, cut=Cut.PREPAID, granted=Miles(left))
        left -= wish.granted
        grants.append(wish)
    return Outcome.CUT_BY_PREPAID if is_cut else Outcome.CREDITED, paid_base, grants


def _take(member: MemberId, grants: Iterable[Grant], promotions: dict[PromotionId, PromotionState]) -> None:
    for grant in grants:
        if grant.granted == 0:
            continue
        state = promotions[grant.promotion_id]
        state.granted += grant.granted
        state.awards += 1
        state.progress[member] = state.progress.get(member, 0) + grant.granted
