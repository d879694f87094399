"""Takes miles out of an account in the order in which they are spent, and puts back what was taken.

Redemptions, debits, transfers and extensions of the ledger's model go through it.
"""

from collections.abc import Iterable

from milepost.domain.account import NO_LIFE, Account, Bucket
from milepost.domain.quantities import DayNumber, Miles
from milepost.domain.rule_book import RuleBook
from milepost.domain.rules import NEVER

Taken = tuple[tuple[Bucket, Miles], ...]
"""Miles by where they were, in the order in which they were taken."""


def in_spend_order(account: Account, book: RuleBook, *, is_lots_first: bool) -> list[Bucket]:
    """All an account has, lapsed or not: what dies soonest first, then by own day and version.

    Shape: the pool stands after lots of the same last day, or after all lots where those are spent first.
    """

    def place(bucket: Bucket) -> tuple[bool, DayNumber, DayNumber, bool, int, int]:
        return (
            is_lots_first and bucket.is_pool,
            account.last_day(bucket, book),
            NEVER if bucket.is_pool else bucket.own_day,
            bucket.is_pool,
            bucket.version,
            bucket.life,
        )

    return sorted(account.lots, key=place)


def spend(account: Account, miles: Miles, book: RuleBook, *, today: DayNumber) -> Taken:
    """Take miles that are alive today; the caller made sure that there are so many."""
    order = in_spend_order(account, book, is_lots_first=book.is_lots_first)
    return take(account, [bucket for bucket in order if account.last_day(bucket, book) >= today], miles)


def take(account: Account, order: Iterable[Bucket], miles: Miles) -> Taken:
    """Take up to so many miles, from these buckets in this order."""
    taken: list[tuple[Bucket, Miles]] = []
    left = miles
    for bucket in order:
        part = Miles(min(left, account.lots[bucket]))
        if part:
            account.take(bucket, part)
            taken.append((bucket, part))
            left = Miles(left - part)
    return tuple(taken)


def put_back(account: Account, taken: Taken, book: RuleBook, *, today: DayNumber) -> None:
    """Put miles back where they were, with their own days; what is lost for good is written off at once."""
    for bucket, miles in taken:
        life = bucket.life
        while life in account.heirs:
            life = account.heirs[life]
        kept = bucket._replace(life=life)
        if account.is_final(kept, today, book):
            account.written_off = Miles(account.written_off + miles)
        else:
            account.add(kept, miles)


def hand_over(taken: Taken, taker: Account) -> None:
    """Give what was taken to another account: lots keep day and version, and its clock binds bound ones."""
    for bucket, miles in taken:
        life = NO_LIFE if bucket.life == NO_LIFE else taker.current.number
        taker.add(bucket._replace(life=life), miles)
