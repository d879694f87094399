"""Moves an account's lives: by activity, in time or late, and by the member's tier.

The ledger's model asks it before miles come or go. Source: docs/programme-rules.md, lives.
"""

from milepost.domain.account import NO_DEADLINE, Account, Life
from milepost.domain.quantities import DayNumber
from milepost.domain.rule_book import Activity, RuleBook


def record_activity(account: Account, activity: Activity, book: RuleBook, *, today: DayNumber) -> bool:
    """Count an activity that arrives today. False: it came too late, or its life is over all the same.

    Shape: the caller made sure that the activity counts, or that a life has to begin; days are local.
    """
    if account.former is not None and activity.day <= book.deadline(account.former.deadline):
        return _record_in_former(account, account.former, activity, book, today=today)
    until = account.deadline(book)
    if until == NO_DEADLINE:
        _begin(account, activity)
    elif today <= until or (activity.day <= until and today <= until + book.late_days):
        _extend(account, activity, book, today=today)
    elif activity.day <= until:
        return False
    else:
        succeed(account, today)
        _begin(account, activity)
    return True


def change_tier(account: Account, tier: int, book: RuleBook, *, today: DayNumber) -> None:
    """Write a tier. It counts from today: nothing revives by it, and nothing lapses before the day ends."""
    was_exempt = account.is_exempt(book)
    lapsed = account.current.deadline != NO_DEADLINE and not account.is_alive(today, book)
    account.tier = tier
    if account.is_exempt(book) and lapsed:
        succeed(account, today)
    elif was_exempt:
        _resume(account, book, today=today)


def succeed(account: Account, today: DayNumber) -> None:
    """An empty life follows the current one, which becomes the former; what an older one held is lost."""
    if account.former is not None:
        gone = account.former.number
        for bucket in [one for one in account.lots if one.life == gone]:
            account.write_off(bucket)
    account.former = account.current
    account.current = Life(account.current.number + 1, began=today)


def _record_in_former(
    account: Account, former: Life, activity: Activity, book: RuleBook, *, today: DayNumber
) -> bool:
    if today > book.deadline(former.deadline) + book.late_days:
        return False
    former.deadline = max(former.deadline, activity.deadline)
    if book.deadline(former.deadline) < account.current.began:
        return False
    _join(account, former)
    return True


def _join(account: Account, former: Life) -> None:
    """The former life reached the day on which the current one began: both go on as one."""
    current = account.current
    current.deadline = max(former.deadline, current.deadline)
    current.began = former.began
    account.former = None
    account.heirs[former.number] = current.number
    for bucket in [one for one in account.lots if one.life == former.number]:
        account.add(bucket._replace(life=current.number), account.lots.pop(bucket))


def _begin(account: Account, activity: Activity) -> None:
    account.current.deadline, account.current.began = activity.deadline, activity.day
    account.clock_version = activity.version


def _extend(account: Account, activity: Activity, book: RuleBook, *, today: DayNumber) -> None:
    was_exempt, current = account.is_exempt(book), account.current
    current.deadline = max(current.deadline, activity.deadline)
    current.began = min(current.began, activity.day)
    account.clock_version = max(account.clock_version, activity.version)
    if was_exempt:
        _resume(account, book, today=today)


def resumed(deadline: DayNumber, book: RuleBook, *, today: DayNumber) -> DayNumber:
    """The deadline of a clock that did not bind until today: it goes on from today, not from the past."""
    return deadline if book.deadline(deadline) >= today else today


def _resume(account: Account, book: RuleBook, *, today: DayNumber) -> None:
    current = account.current
    if current.deadline != NO_DEADLINE and not account.is_exempt(book):
        current.deadline = resumed(current.deadline, book, today=today)
