"""Says what a partner agreed: its earn rate, what of a bill earns, how it pays, and its outlets.

The catalogue reads it from YAML; feeds convert amounts by it, deployment writes it into the PartnerRegistry.
"""

from dataclasses import dataclass
from enum import IntEnum

from milepost.domain.errors import CurrencyUnknown
from milepost.domain.feed_connection import FeedConnection, FeedSystem
from milepost.domain.quantities import Lane, Miles, OutletCode, OutletNumber, PartnerCode


class PaymentMode(IntEnum):
    """How the partner pays for miles. The numbers stand in the registry."""

    OPEN = 0
    PREPAID = 1
    POSTPAID = 2


@dataclass(frozen=True, slots=True)
class EarnRate:
    """Base miles are floor(eligible * miles / per_minor). Units: miles, and minor units of the currency."""

    miles: int
    per_minor: int


@dataclass(frozen=True, slots=True)
class EligibleParts:
    """Which parts of the gross bill earn when the till sends no eligible amount."""

    tax: bool = True
    service: bool = True
    tip: bool = False


@dataclass(frozen=True, slots=True)
class Outlet:
    """One restaurant.

    Units: `offsets` are the two UTC offsets it uses, in quarter hours east of UTC, the lower first; equal
    where clocks never change from 1990 to 2030.
    """

    code: OutletCode
    time_zone: str
    number: OutletNumber
    offsets: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Partner:
    """Shape: outlets in order of their number. `available`: miles it may still issue, None when open.

    `cost_per_mile` is a decimal in the partner's currency, kept as written; None where nothing is invoiced.
    `alert_below`: miles below which it is told that few are left, None for never. `feeds`: at most one
    connection a system.
    """

    code: PartnerCode
    title: str
    currency: str
    earn: EarnRate
    eligible: EligibleParts
    payment: PaymentMode
    available: Miles | None
    lane: Lane
    outlets: tuple[Outlet, ...]
    cost_per_mile: str | None = None
    alert_below: Miles | None = None
    feeds: tuple[FeedConnection, ...] = ()

    def connection(self, system: FeedSystem) -> FeedConnection | None:
        """How this system speaks of the partner; None where it does not."""
        return next((feed for feed in self.feeds if feed.system is system), None)


def currency_exponent(currency: str) -> int:
    """Decimals of a currency's minor unit.

    Raises: CurrencyUnknown for anything but a code of ISO 4217 in capital letters.
    """
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise CurrencyUnknown(currency) from None


# ISO 4217, list one: currencies in use, by decimals of the minor unit.
_LIST_ONE = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ
    GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD
    MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON
    RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS
    UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS = {code: exponent for exponent, codes in _LIST_ONE.items() for code in codes.split()}
