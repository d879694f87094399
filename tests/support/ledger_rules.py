"""Rules for ledgers that tests deploy by themselves: what the constructor of MilesLedger takes."""

from collections.abc import Sequence
from typing import Any

from tests.support.evm import Evm, EvmContract

BY_DAY, BY_MONTH, BY_QUARTER, BY_YEAR = range(4)


def some_settings(utc_offset: int = 480, **changes: Any) -> tuple[Any, ...]:
    """IProgrammeRules.Settings in its order. Units: minutes, days."""
    usual = {
        "utc_offset": utc_offset,
        "late_days": 60,
        "notice_days": 90,
        "first_lapse": 0,
        "is_posting": False,
        "is_lots_first": False,
        "closes_accounts": False,
        "spent_miles": 1,
    }
    return tuple({**usual, **changes}.values())


def lots_of(months: int, align: int = BY_DAY, *, from_day: int = 0) -> tuple[int, ...]:
    """IProgrammeRules.RuleVersion with a lot rule alone."""
    return (from_day, months, align, 0, 0, 0, 0)


def accounts_of(
    months: int, align: int = BY_DAY, *, activities: int = 1, tiers: int = 0xFFFF, from_day: int = 0
) -> tuple[int, ...]:
    """IProgrammeRules.RuleVersion with an account rule alone."""
    return (from_day, 0, 0, months, align, activities, tiers)


def version_lane(words: tuple[int, ...]) -> int:
    """The lane that the ledger keeps of one RuleVersion, put together by hand: contracts/types/Rule.sol."""
    from_day, lot_months, lot_align, account_months, account_align, activities, tiers = words
    lots = from_day | lot_months << 16 | lot_align << 26
    accounts = account_months << 28 | account_align << 38 | activities << 40 | tiers << 48
    exists = 1 << 47
    return lots | accounts | exists


def deploy_ledger(
    evm: Evm, authority: object, settings: Any, versions: Sequence[Any], *, name: str = "Miles"
) -> EvmContract:
    """The ledger with its part for reversals, which is deployed before it."""
    reversals = evm.deploy("LedgerReversals")
    return evm.deploy("MilesLedger", authority, reversals, name, "MILE", settings, list(versions))
