"""Turns a programme's rules into what its ledger is deployed with: IProgrammeRules.Settings and RuleVersion.

Deployment writes them; `standing_rules.py` reads them back.
"""

from typing import Any

from milepost.domain.calendar import Align, day_number
from milepost.domain.programme import (
    AccountRule,
    ActivityDay,
    LotRule,
    Programme,
    RuleVersion,
    SpendOrder,
    SpentMiles,
)

EVERY_TIER = 0xFFFF
"""A bit for each of the sixteen tiers."""

ALIGNS = (Align.DAY, Align.MONTH, Align.QUARTER, Align.YEAR)
"""In the order of their numbers on chain, from 0."""

SPENT_MILES = (SpentMiles.FORGIVE, SpentMiles.LATER_ACCRUALS, SpentMiles.DEBT)
"""In the order of their numbers on chain, from 0."""

Words = tuple[Any, ...]


def settings_of(programme: Programme) -> Words:
    """IProgrammeRules.Settings, in its order. Units: minutes, days; days since 1990-01-01, 0 for none."""
    return (
        programme.utc_offset_minutes,
        programme.late_days,
        programme.notice_days,
        day_number(programme.first_lapse) if programme.first_lapse else 0,
        programme.activity_day is ActivityDay.POSTING,
        programme.spend is SpendOrder.LOTS_FIRST,
        programme.closes_account,
        SPENT_MILES.index(programme.spent_miles),
    )


def versions_of(programme: Programme) -> list[Words]:
    """IProgrammeRules.RuleVersion of each version, in order, each as `version_words` gives it."""
    return [version_words(version) for version in programme.versions]


def version_words(version: RuleVersion) -> Words:
    """IProgrammeRules.RuleVersion, in its order: from day, lot rule, account rule; months 0 for no rule."""
    from_day = day_number(version.from_day) if version.from_day else 0
    return (from_day, *_lot_words(version.lot), *_account_words(version.account))


def _lot_words(rule: LotRule | None) -> Words:
    return (0, 0) if rule is None else (rule.months, ALIGNS.index(rule.align))


def _account_words(rule: AccountRule | None) -> Words:
    if rule is None:
        return (0, 0, 0, 0)
    tiers = sum(1 << tier for tier in rule.tiers) if rule.tiers else EVERY_TIER
    return (rule.months, ALIGNS.index(rule.align), int(rule.activities), tiers)
