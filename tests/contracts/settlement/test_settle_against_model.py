"""settle, on random programmes: the contracts and the plain model in src/milepost/domain agree on everything.

given a random programme: lot rule, partners, outlets, promotions in groups that interleave, limits, budgets
  when random reports follow one another, while operators stop, raise, fund, suspend and close in between
    then results and root of each report are what the model says
    and so are, after each, lots, balances, totals, budgets, progress, and what each partner may still issue
"""

from collections import Counter

import pytest
from ape.managers.project import ProjectManager

from milepost.domain.accrual import settle
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.report import Report
from tests.support.random_programme import DAY, Twins, random_twins
from tests.support.receipt_words import root_of, words_of

SEEDS = 80
REPORTS = 6


def _check_members(twins: Twins) -> None:
    ledger = twins.books.ledger
    instants = [twins.now_s, *(twins.now_s + twins.random.randint(0, 1_400) * DAY for _ in range(3))]
    for member in range(1, 13):
        lots = twins.lens.lotsOf(twins.ledger, member)
        assert [(day, version, miles) for miles, day, version, _, _ in lots] == [
            (lot.last_day, lot.version, lot.miles) for lot in ledger.lots_of(member)
        ], member
        for instant in instants:
            assert twins.ledger.balanceAt(member, instant) == ledger.balance_at(member, instant)
    assert twins.ledger.totals() == (12, ledger.credited, 0, 0, 0, 0)


def _check_promotions(twins: Twins) -> None:
    for number, state in twins.books.promotions.items():
        assert twins.book.budgetOf(number)[:4] == (state.granted, state.budget, state.stop_at, state.awards)
        if state.terms.per_member:
            for member in range(1, 9):
                assert twins.book.progressOf(number, member)[0] == state.granted_to(member)


def _check_partners(twins: Twins, numbers: Counter[int]) -> None:
    for number, terms in twins.books.partners.items():
        partner = twins.registry.partnerOf(number)
        assert (partner[3], partner[5]) == (terms.available or 0, numbers[number])


def _settle_both(twins: Twins, report: Report, seen: Counter[object]) -> None:
    results, root = twins.settle(report)
    expected = [one.settled for one in settle(report, twins.books, now_s=twins.now_s)]
    for place, (one, other) in enumerate(zip(results, expected, strict=True)):
        assert one == other, (place, report)
    assert root == root_of(words_of(report, expected))
    # As text: numbers of outcomes and cuts are the same.
    seen.update(repr(one.outcome) for one in results)
    seen.update(repr(grant.cut) for one in results for grant in one.grants)
    seen.update(f"{len(one.grants)} grants" for one in results)


@pytest.fixture(scope="module")
def seen() -> Counter[object]:
    """Outcomes, cuts and numbers of grants that the random reports reached."""
    return Counter()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_settle__random_programme__is_what_the_model_says(
    clock: int, project: ProjectManager, seed: int, seen: Counter[object]
) -> None:
    twins = random_twins(project, seed)
    numbers: Counter[int] = Counter()
    for _ in range(REPORTS):
        report = twins.a_report()
        _settle_both(twins, report, seen)
        numbers.update({section.partner_id: len(section.entries) for section in report.sections})
        _check_members(twins)
        _check_promotions(twins)
        _check_partners(twins, numbers)
        twins.act()
        twins.move_on()


def test_settle__random_programmes__reached_every_branch(seen: Counter[object]) -> None:
    """Or the agreement above says little. Runs after them, in the order of this file."""
    missed = [outcome for outcome in (*list(Outcome)[:9], Outcome.UNPROVEN) if not seen[repr(outcome)]]
    # Losers of a group stand in no receipt.
    missed += [cut for cut in Cut if cut is not Cut.GROUP and not seen[repr(cut)]]
    missed += [f"{count} grants" for count in range(5) if not seen[f"{count} grants"]]
    assert not missed
