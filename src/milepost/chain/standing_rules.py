"""Reads the rules that stand on a ledger out of IProgrammeRules.Expiry: versions, announced acts, terms.

Reading a ledger at a block asks it; `programme_rules.py` writes what a ledger is deployed with.
"""

from collections.abc import Sequence
from typing import Any

from milepost.chain.programme_rules import ALIGNS, EVERY_TIER
from milepost.domain.calendar import date_of
from milepost.domain.programme import AccountRule, ActivityKind, ActKind, LotAct, LotRule, RuleVersion
from milepost.domain.quantities import DayNumber
from milepost.domain.standing_rules import StandingRules

_LANES_A_WORD, _LANE_BITS = 4, 64


def standing_rules(expiry: Sequence[Any]) -> StandingRules:
    """IProgrammeRules.Expiry as the domain has it.

    Shape: today, number of versions, number of acts, a flag, terms, words of rules, words of acts; lanes as
        in contracts/types/Rule.sol, the terms in the lane before the first version's.
    """
    _, count, act_count, _, terms, rules, acts = expiry
    return StandingRules(
        versions=tuple(_version(lane) for lane in _lanes(rules, count + 1)[1:]),
        acts=tuple(_act(lane) for lane in _lanes(acts, act_count)),
        late_days=_bits(terms, 4, 8),
        utc_offset_minutes=_signed(_bits(terms, 44, 16)),
    )


def _version(lane: int) -> RuleVersion:
    from_day, lot_months, account_months = _bits(lane, 0, 16), _bits(lane, 16, 10), _bits(lane, 28, 10)
    account = None
    if account_months:
        tiers = _bits(lane, 48, 16)
        account = AccountRule(
            account_months,
            ALIGNS[_bits(lane, 38, 2)],
            ActivityKind(_bits(lane, 40, 7)),
            frozenset() if tiers == EVERY_TIER else frozenset(i for i in range(16) if tiers >> i & 1),
        )
    return RuleVersion(
        date_of(DayNumber(from_day)) if from_day else None,
        LotRule(lot_months, ALIGNS[_bits(lane, 26, 2)]) if lot_months else None,
        account,
    )


def _act(lane: int) -> LotAct:
    kind, value = ActKind(_bits(lane, 0, 8)), _bits(lane, 32, 16)
    return LotAct(
        kind,
        _bits(lane, 8, 8),
        DayNumber(_bits(lane, 16, 16)),
        until_day=DayNumber(value if kind is ActKind.GRACE else 0),
        months=_signed(value) if kind is ActKind.MOVE else 0,
    )


def _lanes(words: Sequence[int], count: int) -> list[int]:
    return [
        _bits(words[i // _LANES_A_WORD], i % _LANES_A_WORD * _LANE_BITS, _LANE_BITS) for i in range(count)
    ]


def _bits(word: int, shift: int, width: int) -> int:
    return word >> shift & (1 << width) - 1


def _signed(word: int) -> int:
    """A number of 16 bits in two's complement."""
    return word - (1 << 16) if word >> 15 else word
