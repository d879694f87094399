"""Puts members into segments by what they bought: recency, frequency, spend, life stage and habits, as bits.

The catalogue reads the rules from a file; computing segments gives them settled purchases, and writes bits.
Source: docs/segments.md.
"""

from bisect import bisect_left
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from statistics import quantiles
from typing import TypeVar

from milepost.domain.calendar import weekday_of
from milepost.domain.quantities import DayNumber, MinorUnits

SEGMENTS = 32
"""Segment bits that an account has, numbered from 0."""

M = TypeVar("M", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Visit:
    """A settled purchase of which something is left.

    Units: `day` by the outlet's clock; `spend` in minor units of the rules' currency.
    Shape: `outlet` as `partner/outlet`; `channel` None where it was not said.
    """

    day: DayNumber
    spend: MinorUnits
    outlet: str
    channel: str | None = None


class Measure(StrEnum):
    """What a rule can put bounds on; days count back from the day the segments are computed for."""

    VISITS = "visits"
    SPEND = "spend"
    SPEND_PER_VISIT = "spend_per_visit"
    RECENCY_DAYS = "recency_days"
    FIRST_DAYS = "first_days"
    FIRST_PURCHASE = "first_purchase"
    LAST_PURCHASE = "last_purchase"
    RECENCY_SCORE = "recency_score"
    FREQUENCY_SCORE = "frequency_score"
    SPEND_SCORE = "spend_score"


class Habit(StrEnum):
    """What of a visit a share is counted by."""

    WEEKDAY = "weekday"
    OUTLET = "outlet"
    PARTNER = "partner"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Bound:
    """A measure from `least` to `most`, both included; None for no bound. Units: those of the measure."""

    measure: Measure
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Per cent of visits whose habit is among some values, from `least` to `most`, both included.

    Shape: weekdays as `0` for Monday to `6`.
    """

    habit: Habit
    values: frozenset[str]
    least: int | None = None
    most: int | None = None


Condition = Bound | Share


@dataclass(frozen=True, slots=True)
class Segment:
    """A name for a bit, and who is in it: who meets all of `when`, and not all of `unless`.

    Shape: without `when` the bit is named only; whoever sets it by hand keeps it.
    """

    name: str
    bit: int
    title: str
    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()

    @property
    def is_computed(self) -> bool:
        return bool(self.when)


@dataclass(frozen=True, slots=True)
class SegmentRules:
    """A file of segments.

    Shape: names and bits are unique. `rates`: units of `currency` for one of another currency, by its code.
    Units: `over_days` days whose purchases count in visits, spend, shares and scores, None for all; `scores`
        how many, from 1, the lowest.
    """

    name: str
    currency: str
    segments: tuple[Segment, ...]
    rates: Mapping[str, Fraction]
    over_days: int | None = None
    scores: int = 5

    @property
    def bits(self) -> dict[str, int]:
        return {segment.name: segment.bit for segment in self.segments}

    @property
    def mask(self) -> int:
        """The bits that these rules compute; no others are theirs to change."""
        return sum(1 << segment.bit for segment in self.segments if segment.is_computed)


def segments_of(
    histories: Mapping[M, Sequence[Visit]], rules: SegmentRules, *, today: DayNumber
) -> dict[M, int]:
    """The computed bits of every member, 0 for none.

    Shape: one entry a member of `histories`, also those without a visit; visits in any order. Visits after
        `today` do not count. Scores compare members that have visits within `over_days`.
    """
    counted = {member: [one for one in visits if one.day <= today] for member, visits in histories.items()}
    summed = {member: _measures(visits, rules, today) for member, visits in counted.items()}
    scored = _scores(summed, rules.scores)
    found = {}
    for member, visits in counted.items():
        recent = _within(visits, rules, today)
        measures = {**summed[member], **scored.get(member, {})}
        found[member] = sum(
            1 << segment.bit
            for segment in rules.segments
            if segment.is_computed
            and _holds(segment.when, measures, recent)
            and not (segment.unless and _holds(segment.unless, measures, recent))
        )
    return found


def _within(visits: Sequence[Visit], rules: SegmentRules, today: DayNumber) -> list[Visit]:
    return [one for one in visits if rules.over_days is None or today - one.day < rules.over_days]


def _measures(visits: Sequence[Visit], rules: SegmentRules, today: DayNumber) -> dict[Measure, int]:
    """What can be said of one member alone; of one that never came, visits and spend only."""
    recent = _within(visits, rules, today)
    spend = sum(one.spend for one in recent)
    found = {Measure.VISITS: len(recent), Measure.SPEND: spend}
    if recent:
        found[Measure.SPEND_PER_VISIT] = spend // len(recent)
    if visits:
        first, last = min(one.day for one in visits), max(one.day for one in visits)
        found[Measure.FIRST_PURCHASE], found[Measure.LAST_PURCHASE] = first, last
        found[Measure.FIRST_DAYS], found[Measure.RECENCY_DAYS] = today - first, today - last
    return found


_SCORED = (
    # The fewer days ago, the higher the score.
    (Measure.RECENCY_SCORE, Measure.RECENCY_DAYS, -1),
    (Measure.FREQUENCY_SCORE, Measure.VISITS, 1),
    (Measure.SPEND_SCORE, Measure.SPEND, 1),
)


def _scores(summed: Mapping[M, Mapping[Measure, int]], scores: int) -> dict[M, dict[Measure, int]]:
    """1 for the lowest part of the members, up to `scores`; equal values have equal scores.

    Source: quantiles of the standard library, by its inclusive method, over fractions: nothing is rounded.
    """
    active = {member: measures for member, measures in summed.items() if measures[Measure.VISITS]}
    found: dict[M, dict[Measure, int]] = {member: {} for member in active}
    for score, measure, sign in _SCORED:
        values = [Fraction(sign * measures[measure]) for measures in active.values()]
        # One member alone has nobody to be compared with.
        cuts = quantiles(values, n=scores, method="inclusive") if len(values) > 1 else []
        for member, value in zip(active, values, strict=True):
            found[member][score] = 1 + bisect_left(cuts, value)
    return found


def _holds(
    conditions: Sequence[Condition], measures: Mapping[Measure, int], visits: Collection[Visit]
) -> bool:
    return all(
        _is_within(one, measures) if isinstance(one, Bound) else _is_habit(one, visits) for one in conditions
    )


def _is_within(bound: Bound, measures: Mapping[Measure, int]) -> bool:
    value = measures.get(bound.measure)
    if value is None:
        return False
    return (bound.least is None or bound.least <= value) and (bound.most is None or value <= bound.most)


def _is_habit(share: Share, visits: Collection[Visit]) -> bool:
    if not visits:
        return False
    matched = 100 * sum(_value(share.habit, one) in share.values for one in visits)
    least, most = share.least, share.most
    return (least is None or matched >= least * len(visits)) and (
        most is None or matched <= most * len(visits)
    )


def _value(habit: Habit, visit: Visit) -> str | None:
    if habit is Habit.WEEKDAY:
        return str(weekday_of(visit.day))
    if habit is Habit.OUTLET:
        return visit.outlet
    return visit.channel if habit is Habit.CHANNEL else visit.outlet.partition("/")[0]
