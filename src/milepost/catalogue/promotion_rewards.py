"""The reward of a promotion file: one of seven, each with keys of its own.

promotion_file.py holds the other keys; amounts stay text until the partners' currency is known.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from milepost.catalogue.document import Key
from milepost.catalogue.model import FileModel
from milepost.catalogue.scalars import MOST_DECIMALS, DecimalText, EmptyIfNone, to_units
from milepost.domain.promotion_maxima import (
    MOST_MULTIPLE_BPS,
    MOST_OUTLETS_COUNTED,
    MOST_ROWS,
    MOST_VISITS,
)
from milepost.domain.receipt import MOST_DESIRED

MULTIPLE_DECIMALS = 4
"""A multiple is kept in basis points."""

Reward = Annotated[int, Field(ge=1, le=MOST_DESIRED)]
"""Miles that one purchase may be given by one promotion."""


def _none_if_empty(value: Any) -> Any:
    """A mapping without any value says nothing."""
    is_empty = isinstance(value, dict) and all(one is None for one in value.values())
    return None if is_empty else value


NoneIfEmpty = BeforeValidator(_none_if_empty)


class PerStepFile(FileModel):
    step: DecimalText
    miles: Reward

    def faults(self) -> Iterator[tuple[Key, str]]:
        if to_units(self.step, MOST_DECIMALS) == 0:
            yield ("step",), "must be above 0; the miles are for each whole step of the bill"


class AmountRow(FileModel):
    from_: Annotated[DecimalText, Field(alias="from")]
    miles: Reward

    @property
    def reached(self) -> int:
        return to_units(self.from_, MOST_DECIMALS)


class CountRow(FileModel):
    count: Annotated[int, Field(ge=1, le=MOST_OUTLETS_COUNTED)]
    miles: Reward

    @property
    def reached(self) -> int:
        return self.count


_VisitNumber = Annotated[int, Field(ge=1, le=MOST_VISITS)]


class VisitFile(FileModel):
    every: _VisitNumber | None = None
    from_: Annotated[_VisitNumber | None, Field(alias="from")] = None
    multiple: DecimalText | None = None
    fixed: Reward | None = None
    resets: Literal["calendar-year"] | None = None

    def faults(self) -> Iterator[tuple[Key, str]]:
        if self.every is None and self.from_ is None:
            yield (), "counts no visit; write every, from or both"
        if (self.multiple is None) == (self.fixed is None):
            yield (), "must hold one of multiple and fixed"
        yield from multiple_faults(self.multiple)


_AmountRows = Annotated[list[AmountRow], EmptyIfNone, Field(max_length=MOST_ROWS)]
_CountRows = Annotated[list[CountRow], EmptyIfNone, Field(max_length=MOST_ROWS)]


class RewardFile(FileModel):
    """Exactly one key is said."""

    multiple: DecimalText | None = None
    fixed: Reward | None = None
    per_step: Annotated[PerStepFile | None, NoneIfEmpty] = None
    bands: _AmountRows = Field(default_factory=list)
    window_spend: _AmountRows = Field(default_factory=list)
    window_outlets: _CountRows = Field(default_factory=list)
    visit: Annotated[VisitFile | None, NoneIfEmpty] = None

    kinds: ClassVar[str] = "multiple, fixed, per_step, bands, window_spend, window_outlets and visit"

    def faults(self) -> Iterator[tuple[Key, str]]:
        said = [name for name in type(self).model_fields if getattr(self, name) not in (None, [])]
        if not said:
            yield (), f"holds no reward; write one of {self.kinds}"
        if len(said) > 1:
            yield (), f"holds {_NUMBERS.get(len(said), len(said))} rewards; keep one of {' and '.join(said)}"
        yield from multiple_faults(self.multiple)
        for name, rows in self.tables():
            yield from _table_faults(name, rows)

    def tables(self) -> Iterator[tuple[str, Sequence[AmountRow | CountRow]]]:
        """The tables by their keys, those that are not said empty."""
        yield "bands", self.bands
        yield "window_spend", self.window_spend
        yield "window_outlets", self.window_outlets


_NUMBERS = {2: "two", 3: "three"}


def multiple_bps(multiple: str) -> int:
    """A multiple in basis points; ValueError if it is finer than one."""
    return to_units(multiple, MULTIPLE_DECIMALS)


def multiple_faults(multiple: str | None) -> Iterator[tuple[Key, str]]:
    """What is wrong with a multiple of base."""
    if multiple is None:
        return
    try:
        bps = multiple_bps(multiple)
    except ValueError as error:
        yield ("multiple",), str(error)
        return
    if not 10_000 < bps <= MOST_MULTIPLE_BPS:
        yield ("multiple",), f"{multiple} must be above 1 and at most {MOST_MULTIPLE_BPS // 10_000}"


def _table_faults(name: str, rows: Sequence[AmountRow | CountRow]) -> Iterator[tuple[Key, str]]:
    start = "count" if name == "window_outlets" else "from"
    for place in range(1, len(rows)):
        above, row = rows[place - 1], rows[place]
        if row.reached <= above.reached:
            yield (name, place, start), "must be above that of the row before; rows rise"
        if row.miles <= above.miles:
            yield (name, place, "miles"), "must be above those of the row before; rows rise"
