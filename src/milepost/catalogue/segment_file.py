"""Reads a file of segments: which bit has which name, and who is in it by what they bought.

Promotions and lists of members use the names; computing segments goes by the rules.
Source: docs/segments.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from milepost.catalogue.document import Document, Key, read_document
from milepost.catalogue.model import FileModel, judge
from milepost.catalogue.problems import CatalogueError, Problem
from milepost.catalogue.scalars import (
    Currency,
    Day,
    DecimalText,
    Distinct,
    Name,
    Title,
    Weekday,
    to_units,
)
from milepost.domain.calendar import day_number
from milepost.domain.partner import currency_exponent
from milepost.domain.segments import (
    SEGMENTS,
    Bound,
    Condition,
    Habit,
    Measure,
    Segment,
    SegmentRules,
    Share,
)

MOST_DAYS = 36_500
"""Longest time a rule can look back, days: a century."""
MOST_VISITS = 1_000_000
MOST_SCORES = 10
RATE_DECIMALS = 18
"""Most decimals of a rate of exchange; what a decimal of these files can have."""

_Per100 = Annotated[int, Field(ge=0, le=100)]
_Days = Annotated[int, Field(ge=0, le=MOST_DAYS)]
_Score = Annotated[int, Field(ge=1, le=MOST_SCORES)]
_OutletPath = Annotated[str, Field(pattern=r"^[a-z0-9](-?[a-z0-9])*/[A-Za-z0-9][A-Za-z0-9._-]*$")]


class _Range(FileModel):
    """Bounds with both ends included; what they bound differs by class."""

    def bounds(self) -> tuple[object, object]:
        return getattr(self, "least", None), getattr(self, "most", None)

    def faults(self) -> Iterator[tuple[Key, str]]:
        least, most = self.bounds()
        if least is None and most is None:
            yield (), "bounds nothing; write least, most or both"
        elif isinstance(least, int) and isinstance(most, int) and most < least:
            yield ("most",), f"{most} is below least, {least}; nobody can meet both"


class _DaysRange(_Range):
    least: _Days | None = None
    most: _Days | None = None


class _VisitsRange(_Range):
    least: Annotated[int, Field(ge=0, le=MOST_VISITS)] | None = None
    most: Annotated[int, Field(ge=0, le=MOST_VISITS)] | None = None


class _ScoreRange(_Range):
    least: _Score | None = None
    most: _Score | None = None


class _AmountRange(_Range):
    least: DecimalText | None = None
    most: DecimalText | None = None


class _DatesRange(_Range):
    from_: Annotated[Day | None, Field(alias="from")] = None
    until: Day | None = None

    def bounds(self) -> tuple[object, object]:
        return self.from_, self.until

    def faults(self) -> Iterator[tuple[Key, str]]:
        if self.from_ is None and self.until is None:
            yield (), "bounds nothing; write from, until or both"
        elif self.from_ is not None and self.until is not None and self.until < self.from_:
            yield ("until",), f"{self.until} is before from, {self.from_}; both days are included"


class _Share(_Range):
    weekday: Annotated[list[Weekday], Field(min_length=1), Distinct] | None = None
    outlet: Annotated[list[_OutletPath], Field(min_length=1), Distinct] | None = None
    partner: Annotated[list[Name], Field(min_length=1), Distinct] | None = None
    channel: Annotated[list[Name], Field(min_length=1), Distinct] | None = None
    least: _Per100 | None = None
    most: _Per100 | None = None

    def faults(self) -> Iterator[tuple[Key, str]]:
        yield from super().faults()
        if sum(getattr(self, habit) is not None for habit in Habit) != 1:
            yield (), f"must hold exactly one of {' '.join(Habit)}"

    def condition(self) -> Share:
        habit = next(one for one in Habit if getattr(self, one) is not None)
        return Share(habit, frozenset(map(str, getattr(self, habit))), self.least, self.most)


class _Conditions(FileModel):
    visits: _VisitsRange | None = None
    spend: _AmountRange | None = None
    spend_per_visit: _AmountRange | None = None
    recency_days: _DaysRange | None = None
    first_days: _DaysRange | None = None
    first_purchase: _DatesRange | None = None
    last_purchase: _DatesRange | None = None
    recency_score: _ScoreRange | None = None
    frequency_score: _ScoreRange | None = None
    spend_score: _ScoreRange | None = None
    share: list[_Share] = Field(default_factory=list)

    def faults(self) -> Iterator[tuple[Key, str]]:
        if not self.share and all(getattr(self, measure) is None for measure in Measure):
            yield (), "holds no condition; write one, or leave the key out"


class _Segment(FileModel):
    segment: Name
    bit: Annotated[int, Field(ge=0, le=SEGMENTS - 1)]
    title: Title | None = None
    when: _Conditions | None = None
    unless: _Conditions | None = None

    def faults(self) -> Iterator[tuple[Key, str]]:
        if self.segment.isdigit():
            yield (
                ("segment",),
                f"{self.segment} would be taken for a bit where segments are named; use a word",
            )
        if self.unless is not None and self.when is None:
            yield ("unless",), "takes away from nobody; write when beside it"


class _SegmentFile(FileModel):
    stand_ins: ClassVar[Mapping[str, object]] = {
        "segments": "unnamed",
        "currency": "HKD",
        "rules": [{"segment": "unnamed", "bit": 0}],
    }

    segments: Name
    title: Title | None = None
    currency: Currency
    rates: dict[Currency, DecimalText] = Field(default_factory=dict)
    over_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    scores: Annotated[int, Field(ge=2, le=MOST_SCORES)] = 5
    rules: Annotated[list[_Segment], Field(min_length=1, max_length=SEGMENTS)]

    def faults(self) -> Iterator[tuple[Key, str]]:
        yield from _taken_twice(self.rules)
        for place, rule in enumerate(self.rules):
            for part, conditions in (("when", rule.when), ("unless", rule.unless)):
                if conditions is not None:
                    for key, reason in self._condition_faults(conditions):
                        yield ("rules", place, part, *key), reason
        for code, rate in self.rates.items():
            if to_units(rate, RATE_DECIMALS) == 0:
                yield ("rates", code), "must be above 0"
            if code == self.currency:
                yield ("rates", code), "is the file's own currency; leave it out"

    def _condition_faults(self, conditions: _Conditions) -> Iterator[tuple[Key, str]]:
        for measure in (Measure.SPEND, Measure.SPEND_PER_VISIT):
            yield from self._amount_faults(measure, getattr(conditions, measure))
        for measure in (Measure.RECENCY_SCORE, Measure.FREQUENCY_SCORE, Measure.SPEND_SCORE):
            bound = getattr(conditions, measure)
            for end in ("least", "most"):
                score = getattr(bound, end, None)
                if score is not None and score > self.scores:
                    yield (measure, end), f"{score} is above the file's scores, 1 to {self.scores}"

    def _amount_faults(self, measure: str, bound: _AmountRange | None) -> Iterator[tuple[Key, str]]:
        found: list[int] = []
        for end in ("least", "most"):
            text = getattr(bound, end, None)
            if text is None:
                continue
            try:
                found.append(self.minor(text))
            except ValueError as error:
                yield (measure, end), f"{error}, and {self.currency} has no finer unit"
        if len(found) == 2 and found[1] < found[0]:
            yield (measure, "most"), "is below least; nobody can meet both"

    def minor(self, text: str) -> int:
        """Minor units of the file's currency; ValueError if it has no such unit."""
        return to_units(text, currency_exponent(self.currency))


def _taken_twice(rules: list[_Segment]) -> Iterator[tuple[Key, str]]:
    for key, words in (("segment", "the name"), ("bit", "bit")):
        values = [getattr(rule, key) for rule in rules]
        for place, value in enumerate(values):
            if value in values[:place]:
                first = rules[values.index(value)].segment
                yield ("rules", place, key), f"{words} {value!r} is taken by {first!r}; give each its own"


def read_segment_rules(path: Path) -> SegmentRules:
    """Read one file of segments.

    Raises: CatalogueError with every problem of the file.
    """
    return _make(judge(read_document(path), _SegmentFile).accepted())


def load_segments(paths: Iterable[str | Path]) -> dict[str, int]:
    """The bit of every segment that files or folders name, whoever sets it.

    Shape: in the order given, a folder in order of file name; no name and no bit twice in all.
    Raises: CatalogueError with every problem of every file.
    """
    problems: list[Problem] = []
    bits: dict[str, int] = {}
    for path in (file for given in map(Path, paths) for file in _files(given)):
        try:
            document = read_document(path)
            found = _make(judge(document, _SegmentFile).accepted()).segments
        except CatalogueError as error:
            problems += error.problems
            continue
        problems += _clashes(document, found, bits)
        bits.update((segment.name, segment.bit) for segment in found)
    if problems:
        raise CatalogueError(problems)
    return bits


def _files(given: Path) -> list[Path]:
    if not given.is_dir():
        return [given]
    return sorted(path for path in given.iterdir() if path.suffix in (".yaml", ".yml"))


def _clashes(document: Document, found: Iterable[Segment], bits: Mapping[str, int]) -> Iterator[Problem]:
    for place, segment in enumerate(found):
        if segment.name in bits:
            reason = f"the name {segment.name!r} stands in another file; give each its own"
            yield document.problem(("rules", place, "segment"), reason)
        elif segment.bit in bits.values():
            reason = f"bit {segment.bit} is taken in another file; give each its own"
            yield document.problem(("rules", place, "bit"), reason)


def _make(file: _SegmentFile) -> SegmentRules:
    return SegmentRules(
        name=file.segments,
        currency=file.currency,
        segments=tuple(
            Segment(
                rule.segment,
                rule.bit,
                rule.title or rule.segment,
                tuple(_conditions(rule.when, file)),
                tuple(_conditions(rule.unless, file)),
            )
            for rule in file.rules
        ),
        rates={code: _rate(rate) for code, rate in file.rates.items()},
        over_days=file.over_days,
        scores=file.scores,
    )


def _rate(text: str) -> Fraction:
    return Fraction(to_units(text, RATE_DECIMALS), 10**RATE_DECIMALS)


def _conditions(conditions: _Conditions | None, file: _SegmentFile) -> Iterator[Condition]:
    if conditions is None:
        return
    for measure in Measure:
        bound: _Range | None = getattr(conditions, measure)
        if bound is not None:
            least, most = (_whole(end, file) for end in bound.bounds())
            yield Bound(measure, least, most)
    for share in conditions.share:
        yield share.condition()


def _whole(end: object, file: _SegmentFile) -> int | None:
    if isinstance(end, date):
        return day_number(end)
    if isinstance(end, str):
        return file.minor(end)
    return end if isinstance(end, int) else None
