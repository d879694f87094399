"""Says what it costs today to have miles live on: what the programme's shop asks for extending them.

Explaining coming lapses asks it; the shop on chain sets prices, limits and how early one may pay.
Source: docs/programme-rules.md clauses 8.3 and 8.4.
"""

from dataclasses import dataclass

from milepost.domain.calendar import date_of
from milepost.domain.quantities import DayNumber, Miles


@dataclass(frozen=True, slots=True)
class ExtensionOffer:
    """What the shop asks, as it stands now.

    Shape: `per_miles` is 0 where nothing is sold for the token, whose `symbol` is "" where there is none.
    Units: `units` of the token's smallest ones for so many miles; `most_a_year` in miles a member; miles that
        lapse within `extend_days` days can be extended.
    """

    units: int
    per_miles: int
    most_a_year: int
    extend_days: int
    symbol: str
    decimals: int

    def price_up(self, miles: Miles) -> int:
        """Smallest units of the token for so many miles, rounded up, as the shop does. It has a price."""
        return -(-miles * self.units // self.per_miles)


def cost_of_extending(offer: ExtensionOffer, miles: Miles, last_day: DayNumber) -> str:
    """One sentence on what extending miles of a last valid day costs."""
    if not offer.most_a_year:
        return "The programme's shop extends no miles at present (clause 8.4)."
    first = max(last_day - offer.extend_days, 0)
    when = f"from {date_of(DayNumber(first))} to {date_of(last_day)}"
    if not offer.per_miles:
        return f"They can be extended {when}, for a payment that the programme records (clauses 8.3 and 8.4)."
    price = _amount(offer.price_up(miles), offer.decimals)
    return (
        f"Extending all {miles} costs {price} {offer.symbol} by today's price, {when} (clauses 8.3 and 8.4)."
    )


def _amount(units: int, decimals: int) -> str:
    if not decimals:
        return str(units)
    whole, part = divmod(units, 10**decimals)
    # Two places at least, as people write money; no more than are needed.
    shown = f"{part:0{decimals}d}".rstrip("0").ljust(min(2, decimals), "0")
    return f"{whole}.{shown}"
