"""Fields that hold so much and no more, and seasons of which two are kept."""

from milepost.domain.calendar import day_number
from milepost.domain.progress import WHOLE_WINDOW, Progress, PromotionState, Season, season_of_day
from milepost.domain.promotion_terms import NO_BUDGET
from tests.support.ledgers import day_date
from tests.support.promotions import a_promotion, some_terms
from tests.support.till import visits


def test_season_of__this_and_the_last__are_kept() -> None:
    progress = Progress()
    this = progress.season_of(2020)
    assert this == Season()
    this.visits = 3
    assert progress.season_of(2019) == Season()
    assert progress.season_of(2018) is None
    assert progress.season_of(2021) == Season()
    assert progress.season_of(2020) is this
    assert progress.season_of(2023) == Season()
    assert progress.season_of(2021) is None


def test_kept_season__nothing_counted__begins_none() -> None:
    assert Progress().kept_season(2020) == Season()


def test_season_of_day__by_the_year_or_the_window() -> None:
    day = day_number(day_date("2018-12-31"))
    assert season_of_day(some_terms(**visits(every=2, yearly=True)), day) == 2018
    assert season_of_day(some_terms(**visits(every=2, yearly=True)), day + 1) == 2019
    assert season_of_day(some_terms(**visits(every=2)), day) == WHOLE_WINDOW


def test_on_day__a_later_day__has_nothing_yet() -> None:
    progress = Progress(day=7, day_granted=50, day_awards=2)
    assert [progress.on_day(day) for day in (6, 7, 8)] == [(50, 2), (50, 2), (0, 0)]


def test_promotion_state__what_nobody_got__is_nothing() -> None:
    state = a_promotion(budget=70)
    assert (state.granted_to(1), state.budget_left, state.progress) == (0, 70, {})
    state.of(1).granted = 5
    assert state.granted_to(1) == 5
    assert PromotionState(some_terms()).budget == NO_BUDGET
    assert PromotionState(some_terms()).budget_left is None
