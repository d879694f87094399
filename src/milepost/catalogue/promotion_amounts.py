"""Makes a promotion of its file: amounts in minor units of its partners' currency, segments by their bits.

loading.py calls it once the file's keys are each right; promotion_checks.py looks at the result.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from milepost.catalogue.document import Key
from milepost.catalogue.model import nearest
from milepost.catalogue.promotion_file import (
    HoursFile,
    LimitsFile,
    MembersFile,
    OutletsIn,
    PromotionFile,
    PurchaseFile,
    StackingFile,
)
from milepost.catalogue.promotion_rewards import AmountRow, RewardFile, VisitFile, multiple_bps
from milepost.catalogue.scalars import to_units
from milepost.domain.partner import Partner, currency_exponent
from milepost.domain.promotion import (
    ALL_WEEKDAYS,
    MINUTES_A_DAY,
    Bands,
    Fixed,
    Funding,
    Hours,
    Limits,
    Members,
    Multiple,
    PerStep,
    Promotion,
    PurchaseTerms,
    Reward,
    Stacking,
    Step,
    Visit,
    Window,
    WindowOutlets,
    WindowSpend,
)
from milepost.domain.promotion_maxima import MOST_AMOUNT_MINOR
from milepost.domain.quantities import Miles, MinorUnits, OutletCode, PartnerCode


@dataclass(slots=True)
class _Amounts:
    """Turns decimals into minor units, and keeps each that does not fit as a fault."""

    currencies: Sequence[str]
    faults: list[tuple[Key, str]] = field(default_factory=list)

    def minor(self, text: str | None, *key: str | int, least: int = 0) -> MinorUnits:
        # Without a known partner there is no currency; that the partner is unknown is reported by the checks.
        if text is None or not self.currencies:
            return MinorUnits(least)
        try:
            return MinorUnits(self._minor(text))
        except ValueError as error:
            self.faults.append((key, str(error)))
            return MinorUnits(least)

    def _minor(self, text: str) -> int:
        if len(self.currencies) > 1:
            raise ValueError(
                f"its partners bill in {' and '.join(self.currencies)}; write a promotion for each currency"
            )
        try:
            minor = to_units(text, currency_exponent(self.currencies[0]))
        except ValueError as error:
            raise ValueError(f"{error}, and {self.currencies[0]} has no finer unit") from None
        if minor > MOST_AMOUNT_MINOR:
            raise ValueError(f"{text} is too large; the most is {MOST_AMOUNT_MINOR} minor units")
        return minor


def make_promotion(
    file: PromotionFile,
    *,
    terms: str = "",
    partners: Iterable[Partner] = (),
    segments: Mapping[str, int] | None = None,
) -> tuple[Promotion, list[tuple[Key, str]]]:
    """Make a promotion of its file, and say what of it does not fit its partners' currency or the segments.

    Shape: `terms` is the full text; `segments` gives each segment's bit by its name. What does not fit has a
        stand-in in the promotion.
    """
    currencies = sorted({partner.currency for partner in partners if partner.code in file.partners})
    amounts = _Amounts(currencies)
    outlets, limits = file.outlets or OutletsIn(), file.limits or LimitsFile()
    stacking = file.stacking or StackingFile()
    promotion = Promotion(
        name=file.promotion,
        title=file.title or file.promotion,
        partners=tuple(PartnerCode(code) for code in file.partners),
        window=Window(file.window.from_, file.window.until, tuple(sorted(file.window.except_))),
        reward=_reward(file.reward, amounts),
        outlets_include=tuple(OutletCode(code) for code in outlets.include),
        outlets_exclude=tuple(OutletCode(code) for code in outlets.exclude),
        weekdays=tuple(sorted(file.weekdays)) or ALL_WEEKDAYS,
        hours=_hours(file.hours),
        members=_members(file.members or MembersFile(), segments or {}, amounts.faults),
        purchase=_purchase(file.purchase or PurchaseFile(), amounts),
        limits=_limits(limits),
        stacking=Stacking(stacking.group, _miles(stacking.ceiling)),
        funding=tuple(Funding(PartnerCode(one.partner), Miles(one.miles)) for one in file.funding),
        terms=terms,
    )
    return promotion, amounts.faults


def _reward(file: RewardFile, amounts: _Amounts) -> Reward:
    """The one reward that the file holds."""
    if file.multiple is not None:
        return Multiple(multiple_bps(file.multiple))
    if file.per_step is not None:
        step = amounts.minor(file.per_step.step, "reward", "per_step", "step", least=1)
        return PerStep(step, Miles(file.per_step.miles))
    if file.bands:
        return Bands(_rows("bands", file.bands, amounts))
    if file.window_spend:
        return WindowSpend(_rows("window_spend", file.window_spend, amounts))
    if file.window_outlets:
        return WindowOutlets(tuple(Step(row.count, Miles(row.miles)) for row in file.window_outlets))
    if file.visit is not None:
        return _visit(file.visit)
    # The model refuses a reward without any of these.
    assert file.fixed is not None
    return Fixed(Miles(file.fixed))


def _rows(name: str, rows: Sequence[AmountRow], amounts: _Amounts) -> tuple[Step, ...]:
    return tuple(
        Step(amounts.minor(row.from_, "reward", name, place, "from"), Miles(row.miles))
        for place, row in enumerate(rows)
    )


def _visit(file: VisitFile) -> Visit:
    return Visit(
        every=file.every,
        from_visit=file.from_,
        multiple_bps=None if file.multiple is None else multiple_bps(file.multiple),
        miles=_miles(file.fixed),
        is_yearly=file.resets is not None,
    )


def _hours(hours: HoursFile | None) -> Hours:
    if hours is None:
        return Hours()
    # Until 00:00 is until the end of the day: the contract writes that as 1,440.
    return Hours(hours.from_, hours.until or MINUTES_A_DAY)


def _members(file: MembersFile, known: Mapping[str, int], faults: list[tuple[Key, str]]) -> Members:
    bits = set[int]()
    for place, segment in enumerate(file.segments):
        if isinstance(segment, str) and segment not in known:
            reason = f"no segment {segment!r} is defined; {nearest(segment, known)}"
            faults.append((("members", "segments", place), reason))
        bits.add(known.get(segment, 0) if isinstance(segment, str) else segment)
    return Members(tuple(file.tiers), tuple(sorted(bits)), bool(file.enrolled), file.first)


def _purchase(file: PurchaseFile, amounts: _Amounts) -> PurchaseTerms:
    minimum = amounts.minor(file.minimum, "purchase", "minimum")
    return PurchaseTerms(minimum, file.party_size, tuple(file.channels))


def _limits(file: LimitsFile) -> Limits:
    return Limits(
        per_purchase=_miles(file.per_purchase),
        per_member=_miles(file.per_member),
        per_member_day=_miles(file.per_member_day),
        per_outlet=_miles(file.per_outlet),
        awards_per_member=file.awards_per_member,
        awards_per_member_day=file.awards_per_member_day,
        awards=file.awards,
        budget=_miles(file.budget),
    )


def _miles(number: int | None) -> Miles | None:
    return None if number is None else Miles(number)
