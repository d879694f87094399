"""Reads a partner: what it agreed to pay for, and its outlets.

Feeds compute eligible amounts by it; deployment registers it and its outlets in the order of the file.
Source: the format of a partner file.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from milepost.catalogue.document import Document, Key
from milepost.catalogue.feed_connections import Feeds
from milepost.catalogue.model import FileModel, judge, refuse_all
from milepost.catalogue.outlet_offsets import outlet_offsets
from milepost.catalogue.scalars import Currency, DecimalText, Name, OutletName, Title, refusal, to_units
from milepost.domain.partner import EarnRate, EligibleParts, Outlet, Partner, PaymentMode, currency_exponent
from milepost.domain.quantities import Lane, Miles, OutletCode, OutletNumber, PartnerCode

MOST_MILES_PAID = (1 << 48) - 2
"""Most miles a partner can have available; in the registry one more means no limit."""
MOST_EARN_MILES = (1 << 16) - 1
"""Most miles of an earn rate, the registry's field; more is refused."""
MOST_PER_MINOR = (1 << 32) - 1
"""Largest amount of an earn rate in minor units, the registry's field; more is refused."""
MOST_OUTLETS = 256
"""Most outlets of a partner; a promotion names them in a mask of 256 bits."""
MOST_COST_DECIMALS = 6
"""Decimals of the price of a mile, finer than any currency's."""


def _time_zone(name: str) -> str:
    try:
        outlet_offsets(name)
    except ValueError as error:
        raise refusal(str(error)) from None
    return name


class _Earn(FileModel):
    miles: Annotated[int, Field(ge=1, le=MOST_EARN_MILES)]
    per: DecimalText


class _Eligible(FileModel):
    tax: bool = True
    service: bool = True
    tip: bool = False


class _Pays(FileModel):
    prepaid: Annotated[int, Field(ge=0, le=MOST_MILES_PAID)] | None = None
    postpaid_limit: Annotated[int, Field(ge=0, le=MOST_MILES_PAID)] | None = None

    def faults(self) -> Iterator[tuple[Key, str]]:
        if (self.prepaid is None) == (self.postpaid_limit is None):
            yield (), "must hold one of prepaid and postpaid_limit; for no limit leave pays out"


class _Outlet(FileModel):
    code: OutletName
    time_zone: Annotated[str, AfterValidator(_time_zone)]


def _distinct_codes(outlets: list[_Outlet]) -> list[_Outlet]:
    codes = [outlet.code for outlet in outlets]
    refuse_all(
        ((place, "code"), f"{code!r} stands twice, first as outlet {codes.index(code)}; give each its own")
        for place, code in enumerate(codes)
        if code in codes[:place]
    )
    return outlets


class _PartnerFile(FileModel):
    stand_ins: ClassVar[Mapping[str, object]] = {"partner": "unnamed", "title": "unnamed"}

    partner: Name
    title: Title
    currency: Currency
    earn: _Earn
    eligible: _Eligible = _Eligible()
    pays: _Pays | None = None
    cost_per_mile: DecimalText | None = None
    alert_below: Annotated[int, Field(ge=1, le=MOST_MILES_PAID)] | None = None
    lane: Annotated[int, Field(ge=0, le=0xFFFF)] = 0
    outlets: Annotated[
        list[_Outlet], Field(min_length=1, max_length=MOST_OUTLETS), AfterValidator(_distinct_codes)
    ]
    feeds: Feeds = Feeds()

    def faults(self) -> Iterator[tuple[Key, str]]:
        try:
            if not 1 <= self.per_minor() <= MOST_PER_MINOR:
                yield ("earn", "per"), f"{self.earn.per} lies outside 1 to {MOST_PER_MINOR} minor units"
        except ValueError as error:
            yield ("earn", "per"), f"{error}, and {self.currency} has no finer unit"
        if self.alert_below is not None and self.pays is None:
            yield ("alert_below",), "needs pays: without a limit there is no balance to fall below it"
        yield from self._cost_faults()
        yield from self._feed_faults()

    def _feed_faults(self) -> Iterator[tuple[Key, str]]:
        for key, reason in self.feeds.outlet_faults({outlet.code for outlet in self.outlets}):
            yield ("feeds", *key), reason
        if self.feeds.square is not None and not (self.eligible.tax and self.eligible.service):
            yield (
                ("feeds", "square"),
                "needs eligible tax and service: Square's payments do not state these parts of a bill",
            )

    def _cost_faults(self) -> Iterator[tuple[Key, str]]:
        if self.cost_per_mile is None:
            return
        try:
            if to_units(self.cost_per_mile, MOST_COST_DECIMALS) == 0:
                yield ("cost_per_mile",), "must be above 0; leave the key out for no invoice"
        except ValueError as error:
            yield ("cost_per_mile",), str(error)

    def per_minor(self) -> int:
        """Minor units for which the rate's miles are earned; ValueError if the currency has no such unit."""
        return to_units(self.earn.per, currency_exponent(self.currency))


def make_partner(document: Document) -> Partner:
    """Make a partner of a file's document, its outlets numbered from 0 in the order of the file.

    Raises: CatalogueError with every problem of the file.
    """
    file = judge(document, _PartnerFile).accepted()
    payment, available = _payment(file.pays)
    return Partner(
        code=PartnerCode(file.partner),
        title=file.title,
        currency=file.currency,
        earn=EarnRate(miles=file.earn.miles, per_minor=file.per_minor()),
        eligible=EligibleParts(file.eligible.tax, file.eligible.service, file.eligible.tip),
        payment=payment,
        available=available,
        lane=Lane(file.lane),
        outlets=tuple(
            Outlet(OutletCode(o.code), o.time_zone, OutletNumber(n), outlet_offsets(o.time_zone))
            for n, o in enumerate(file.outlets)
        ),
        cost_per_mile=file.cost_per_mile,
        alert_below=None if file.alert_below is None else Miles(file.alert_below),
        feeds=file.feeds.connections(),
    )


def _payment(pays: _Pays | None) -> tuple[PaymentMode, Miles | None]:
    if pays is None:
        return PaymentMode.OPEN, None
    if pays.prepaid is not None:
        return PaymentMode.PREPAID, Miles(pays.prepaid)
    # The model refuses `pays` with neither.
    assert pays.postpaid_limit is not None
    return PaymentMode.POSTPAID, Miles(pays.postpaid_limit)
