"""Begins a run: a programme with partners, members and promotions that are open, on both twins.

Every rule family is a subclass; the machine is all of them together.
"""

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize

from milepost.domain.accrual import Books, EarnTerms, PromotionState
from milepost.domain.calendar import Align
from milepost.domain.partner import EarnRate
from milepost.domain.programme import Acceptance
from milepost.domain.promotion_terms import PromotionTerms
from tests.machines.every_rule import EveryRuleMachine
from tests.machines.programme.strategies import (
    AHEAD_MINUTES,
    DAY,
    RULES,
    Setting,
    budgets,
    funds,
    outlets,
    payments,
    rates,
    settings_of_a_programme,
    terms,
)
from tests.machines.programme.twins import Twins, deploy_twins
from tests.support.ledgers import a_lot_ledger
from tests.support.promotions import OPENING, some_terms, terms_tuple

MEMBERS = 6
SMALL_LIMIT, SMALL_BUDGET = 150, 350

in_flight: Bundle = Bundle("in_flight")
"""Reports that were signed; they may be sent at any time, and again."""


class ProgrammeBase(EveryRuleMachine):
    """One run. `twins` are compared after every step."""

    twins: Twins

    @initialize(
        setting=settings_of_a_programme,
        partners=st.lists(st.tuples(rates, payments, funds, outlets), min_size=2, max_size=4),
        promotions=st.lists(st.tuples(terms(), budgets), min_size=2, max_size=5),
    )
    def deploy(
        self,
        setting: Setting,
        partners: list[tuple[EarnRate, int, int, tuple[tuple[int, int], ...]]],
        promotions: list[tuple[PromotionTerms, int]],
    ) -> None:
        self.begin(setting, partners, promotions)

    # ------------------------------------------------------------ acts that more than one family needs

    def begin(
        self,
        setting: Setting,
        partners: list[tuple[EarnRate, int, int, tuple[tuple[int, int], ...]]],
        promotions: list[tuple[PromotionTerms, int]],
    ) -> None:
        """Deploy, register, publish and offer, and move to a time at which all of that has begun."""
        months, align = RULES[setting.rule]
        ledger = a_lot_ledger(
            months,
            Align(align),
            offset_minutes=setting.offset_minutes,
            enrolled=MEMBERS,
            spent_miles=setting.spent_miles,
        )
        books = Books(Acceptance(setting.oldest_days, AHEAD_MINUTES), ledger, {})
        # So early that what begins today is published in time.
        self.twins = deploy_twins(
            books,
            now_s=OPENING - 4 * DAY,
            notice_s=setting.notice_s,
            quorum=setting.quorum,
            reporters=setting.reporters,
        )
        for partner in partners:
            self.register(*partner)
        # One that is open in every run, and whose limit and budget end.
        sure = some_terms(first_day=1, last_day=400, per_member=SMALL_LIMIT)
        self.publish(terms_from(sure, OPENING), SMALL_BUDGET)
        for published, budget in promotions:
            self.publish(terms_from(published, OPENING), budget)
        self.offer_all()
        self.twins.move_to(OPENING + 3 * DAY)

    def register(
        self, earn: EarnRate, payment: int, available: int, offsets: tuple[tuple[int, int], ...]
    ) -> int:
        """A partner with its outlets, by the admin's own right; its number comes back."""
        twins, books = self.twins, self.twins.model.books
        number = len(books.partners) + 1
        twins.act("register", earn.miles, earn.per_minor, payment, available)
        twins.act("addOutlets", number, offsets)
        books.partners[number] = EarnTerms(earn, offsets, available=available if payment else None)
        twins.model.funded[number] = available if payment else 0
        return number

    def publish(self, published: PromotionTerms, budget: int) -> int:
        twins, promotions = self.twins, self.twins.model.books.promotions
        number = len(promotions) + 1
        # A pot begins empty.
        budget = 0 if published.funded else budget
        twins.act("publish", terms_tuple(published), budget, bytes(32))
        promotions[number] = PromotionState(published, budget=budget)
        return number

    def write_profile(self, member: int, tier: int, segments: int) -> None:
        model = self.twins.model
        self.twins.act("setProfile", member, tier, segments)
        model.profiles[member] = (tier, segments)
        model.books.segments[member] = segments
        model.books.ledger.set_tier(member, tier, today=model.books.ledger.day_of(model.now_s))

    def write_enrolment(self, member: int, at_s: int) -> None:
        """From then on its purchases count for promotions that ask for it."""
        self.twins.act("setEnrolledAt", [member], [at_s])
        self.twins.model.books.enrolled_at_s[member] = at_s

    def offer_all(self) -> None:
        """Give every partner a set of the first promotions that fit into one."""
        twins, books = self.twins, self.twins.model.books
        chosen = in_four_groups(books, sorted(books.promotions))
        if not chosen:
            return
        self.compose(chosen)
        for number in books.partners:
            self.assign(number, len(twins.model.offer_sets))

    def compose(self, chosen: list[int]) -> None:
        """Make a set of promotions, with the next number."""
        model = self.twins.model
        self.twins.act("compose", chosen)
        model.offer_sets.append(tuple(chosen))
        model.books.offer_sets[len(model.offer_sets)] = tuple(chosen)

    def assign(self, partner: int, offer_set: int) -> None:
        """Give a partner a set."""
        model = self.twins.model
        self.twins.act("assign", partner, offer_set)
        terms = model.books.partners[partner]
        terms.promotions, terms.offer_set = model.offer_sets[offer_set - 1], offer_set


def terms_from(relative: PromotionTerms, now_s: int) -> PromotionTerms:
    """Terms whose days are counted from today, with days of the calendar."""
    today = now_s // DAY - FIRST_DAY
    days = {
        "first_day": today + relative.first_day,
        "last_day": today + relative.last_day,
        "except_days": tuple(today + day for day in relative.except_days),
    }
    return PromotionTerms(**{**{name: getattr(relative, name) for name in relative.__slots__}, **days})


def in_four_groups(books: Books, numbers: list[int]) -> list[int]:
    """Those of the promotions that one set can hold: four groups, an ungrouped one being its own."""
    kept: list[int] = []
    groups: set[int] = set()
    for number in numbers[:MOST_IN_A_SET]:
        group = books.promotions[number].terms.group or -number
        if len(groups | {group}) <= MOST_GROUPS:
            groups.add(group)
            kept.append(number)
    return kept


FIRST_DAY = 7_305
"""1990-01-01 in days of unix time."""
MOST_GROUPS = 4
MOST_IN_A_SET = 16
