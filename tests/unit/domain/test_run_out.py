"""When a budget will be used up, at the mean of the last seven days."""

from datetime import date, timedelta

from milepost.domain.run_out import run_out_day

TODAY = date(2021, 5, 14)
UNTIL = date(2021, 5, 31)
MAY = (date(2021, 5, 1), UNTIL)


def each_day(miles: int, days: int) -> dict[date, int]:
    return {TODAY - timedelta(days=back): miles for back in range(days)}


def test_run_out_day__even_grants__is_left_over_a_days_worth() -> None:
    assert run_out_day(500, each_day(100, 7), window=MAY, today=TODAY) == date(2021, 5, 19)


def test_run_out_day__a_part_of_a_day_is_left__is_the_day_after() -> None:
    assert run_out_day(501, each_day(100, 7), window=MAY, today=TODAY) == date(2021, 5, 20)


def test_run_out_day__grants_of_more_than_a_week_ago__do_not_count() -> None:
    granted = each_day(70, 1) | {TODAY - timedelta(days=7): 10_000}
    assert run_out_day(50, granted, window=MAY, today=TODAY) == date(2021, 5, 19)


def test_run_out_day__the_window_ends_before__is_none() -> None:
    assert run_out_day(1_700, each_day(100, 7), window=MAY, today=TODAY) == UNTIL
    assert run_out_day(1_701, each_day(100, 7), window=MAY, today=TODAY) is None


def test_run_out_day__nothing_granted_lately_or_nothing_left__is_none() -> None:
    assert run_out_day(100, {}, window=MAY, today=TODAY) is None
    assert run_out_day(0, each_day(100, 7), window=MAY, today=TODAY) is None


def test_run_out_day__opened_three_days_ago__counts_three_days() -> None:
    opened = (TODAY - timedelta(days=2), UNTIL)
    assert run_out_day(500, each_day(100, 3), window=opened, today=TODAY) == date(2021, 5, 19)
