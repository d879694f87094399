"""Judges a purchase again once its bill has changed, under the terms of its day, and gives back what is over.

accrual.py calls it for amendments that amending.py let through. Limits, budgets, sums and visits are given
back for purchases judged later: nobody who was cut before is paid after.
Source: the promotions' rules, "Refunds, amendments, voids".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from milepost.domain.books import Earning
from milepost.domain.conditions import meets_what
from milepost.domain.judging import Purse, States, cut_to_ceiling, take
from milepost.domain.limits import cut_to, limited
from milepost.domain.outcome import Cut
from milepost.domain.progress import MOST_SPEND, PromotionState
from milepost.domain.promotion_terms import RewardKind
from milepost.domain.quantities import Miles, PartnerId, PromotionId
from milepost.domain.receipt import Grant, Settled
from milepost.domain.rewards import WINDOW_KINDS, due, reward_of, uncount


@dataclass(frozen=True, slots=True)
class Bill:
    """A purchase before and after its change. Units: `base` of both is all that the amount gives."""

    partner: PartnerId
    before: Earning
    after: Earning

    @property
    def is_raised(self) -> bool:
        return self.after.eligible_minor > self.before.eligible_minor

    def still_meets(self, state: PromotionState) -> bool:
        """Whether what is left, if anything is, meets minimum, party and channel."""
        return self.after.eligible_minor > 0 and meets_what(state.terms, self.after)


@dataclass(frozen=True, slots=True)
class JudgedAgain:
    """What is left of a purchase. Units: `change` in miles, below 0 for what comes back from the member."""

    base: Miles
    grants: tuple[Grant, ...]
    counted: int
    change: int
    is_cut_by_prepaid: bool


@dataclass(frozen=True, slots=True)
class _Window:
    """A window reward of the member before and after the change. Units: miles due; `over` comes back."""

    due_before: int
    due_after: int
    over: int


def judge_again(
    was: Settled, bill: Bill, places: Sequence[PromotionId], states: States, purse: Purse
) -> JudgedAgain:
    """Say what is left of a purchase, and give back, or take, what that changes.

    Shape: `places` are the promotions of the offer set that it was judged by. Those that did not match, lost
        or were cut out never come in. `purse` gets back what the partner paid for.
    """
    base, is_base_cut = _base(was.base, bill, purse)
    counted, windows = _recounted(was.counted, bill, places, states)
    own = {grant.promotion_id: grant.granted for grant in was.grants}
    for promotion, window in windows.items():
        state, over = states[promotion], window.over
        _give_back(over, state, bill, own=min(over, own.get(promotion, Miles(0))))
        _put_back_window(over, state, bill, purse)
    change = base - was.base - sum(window.over for window in windows.values())
    kept: list[Grant] = []
    for grant in was.grants:
        left = _kept(grant, states[grant.promotion_id], bill, windows.get(grant.promotion_id))
        kept.append(left)
        if grant.promotion_id not in windows:
            over = grant.granted - left.granted
            _give_back(over, states[grant.promotion_id], bill, own=over)
            if not states[grant.promotion_id].terms.funded:
                purse.put_back(over)
            change -= over
        if grant.granted and not left.granted:
            _drop_award(states[grant.promotion_id], bill)
    extras = _extras(kept, bill, states, windows, purse)
    change += sum(extra.granted for extra in extras)
    return JudgedAgain(
        base=base,
        grants=tuple(_joined(left, extra) for left, extra in zip(kept, extras, strict=True)),
        counted=counted,
        change=change,
        is_cut_by_prepaid=is_base_cut or any(extra.cut is Cut.PREPAID for extra in extras),
    )


def _base(was: Miles, bill: Bill, purse: Purse) -> tuple[Miles, bool]:
    """Base after, above what was paid only if the bill rose; and whether prepaid miles cut what that adds."""
    added = bill.after.base - bill.before.base
    if added > 0:
        paid = purse.pay(added)
        return Miles(was + paid), paid < added
    base = min(was, bill.after.base)
    purse.put_back(was - base)
    return Miles(base), False


# ------------------------------------------------------------ what was counted


def _recounted(
    counted: int, bill: Bill, places: Sequence[PromotionId], states: States
) -> tuple[int, dict[PromotionId, _Window]]:
    """Take the change into the sums, outlets and visits of those that counted the purchase.

    Shape: the bits of those that still do; the windows of all that did.
    """
    windows: dict[PromotionId, _Window] = {}
    for place, promotion in enumerate(places):
        if not counted >> place & 1:
            continue
        state = states[promotion]
        progress = state.of(bill.before.member)
        due_before = due(state.terms, progress)
        if not bill.still_meets(state):
            uncount(state, bill.before, bill.partner, bill.before.eligible_minor)
            counted &= ~(1 << place)
        elif state.terms.reward is RewardKind.WINDOW_SPEND:
            spend = progress.spend + bill.after.eligible_minor - bill.before.eligible_minor
            progress.spend = min(max(spend, 0), MOST_SPEND)
        if state.terms.reward in WINDOW_KINDS:
            due_after = due(state.terms, progress)
            windows[promotion] = _Window(due_before, due_after, max(progress.granted - due_after, 0))
    return counted, windows


# ------------------------------------------------------------ what each promotion granted


def _kept(grant: Grant, state: PromotionState, bill: Bill, window: _Window | None) -> Grant:
    """What a promotion leaves of its grant: the lesser of it and what its terms give on what is left.

    Shape: a window reward leaves the grant less what the member has too much, wherever that was granted.
    """
    terms = state.terms
    if window is not None:
        granted = max(grant.granted - window.over, 0)
        return replace(
            grant, granted=Miles(granted), desired=Miles(max(grant.desired - window.over, granted))
        )
    if terms.reward in WINDOW_KINDS:
        return grant
    wanted = Miles(0)
    if bill.still_meets(state):
        wanted = reward_of(terms, bill.after.eligible_minor, bill.after.base)
    granted = min(grant.granted, wanted)
    return replace(
        grant, granted=Miles(granted), desired=wanted, cut=grant.cut if granted < wanted else Cut.NONE
    )


def _extras(
    kept: Sequence[Grant],
    bill: Bill,
    states: States,
    windows: dict[PromotionId, _Window],
    purse: Purse,
) -> list[Grant]:
    """What a raised bill adds to each grant under the limits as they stand, which fall by it."""
    wished = []
    for grant in kept:
        state = states[grant.promotion_id]
        wanted = _wanted_more(grant, state, bill, windows.get(grant.promotion_id))
        extra = Grant(grant.promotion_id, Cut.NONE, wanted, wanted)
        wished.append(limited(extra, state, bill.after, bill.partner, has_granted=grant.granted))
    extras = []
    for grant, wish in zip(kept, cut_to_ceiling(wished, states, kept=kept), strict=True):
        state = states[grant.promotion_id]
        extra = wish if state.terms.funded else cut_to(wish, purse.pay(wish.granted), Cut.PREPAID)
        take(extra, state, bill.after, bill.partner, is_award=not grant.granted)
        extras.append(extra)
    return extras


def _wanted_more(grant: Grant, state: PromotionState, bill: Bill, window: _Window | None) -> Miles:
    """Desired after less desired before, for a bill that was raised; 0 for any other."""
    if not bill.is_raised or not bill.still_meets(state):
        return Miles(0)
    if state.terms.reward in WINDOW_KINDS:
        return Miles(0 if window is None else max(window.due_after - window.due_before, 0))
    before, after = bill.before, bill.after
    wanted_before = 0
    if meets_what(state.terms, before) and (before.eligible_minor or grant.granted):
        wanted_before = reward_of(state.terms, before.eligible_minor, before.base)
    return Miles(max(reward_of(state.terms, after.eligible_minor, after.base) - wanted_before, 0))


def _joined(left: Grant, extra: Grant) -> Grant:
    granted = Miles(left.granted + extra.granted)
    desired = Miles(max(left.desired, granted))
    cut = extra.cut if extra.cut is not Cut.NONE else left.cut
    return replace(left, granted=granted, desired=desired, cut=cut if granted < desired else Cut.NONE)


# ------------------------------------------------------------ what is given back


def _give_back(miles: int, state: PromotionState, bill: Bill, *, own: int) -> None:
    """Budget and limits rise again, for purchases judged later.

    Shape: `own` is the part that this purchase's own receipt granted: what another outlet granted of a
        window reward stays counted there. The day's limits rise only while its day is the one that is kept.
    """
    if not miles:
        return
    outlet = bill.partner, bill.before.outlet
    progress = state.of(bill.before.member)
    state.granted -= miles
    state.at_outlets[outlet] = max(state.at_outlets[outlet] - own, 0)
    progress.granted = Miles(progress.granted - miles)
    if bill.before.local_day == progress.day:
        progress.day_granted = Miles(max(progress.day_granted - miles, 0))


def _put_back_window(miles: int, state: PromotionState, bill: Bill, purse: Purse) -> None:
    """The partner gets back what it paid, never what another partner of the promotion did."""
    if state.terms.funded:
        return
    paid_back = min(miles, state.paid_by[bill.partner])
    state.paid_by[bill.partner] -= paid_back
    purse.put_back(paid_back)


def _drop_award(state: PromotionState, bill: Bill) -> None:
    """The purchase is no award any more. It frees no place among the first, and no milestone."""
    progress = state.of(bill.before.member)
    state.awards -= 1
    progress.awards -= 1
    if bill.before.local_day == progress.day:
        progress.day_awards = max(progress.day_awards - 1, 0)
