"""Reads the shared vectors of expiry, tests/vectors/expiry-v1.json: the programmes' page as values.

Each is judged alone, as an account's only miles, their earning being an activity that counts.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from milepost.catalogue import load_programme
from milepost.domain.calendar import day_number, local_day
from milepost.domain.programme import Programme
from milepost.domain.quantities import DayNumber

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class ExpiryVector:
    """`earned` and `last_activity`: a local day or an instant. Null last day: the miles never lapse."""

    programme: str
    tier: str | None
    earned: str
    earned_day: str
    last_activity: str | None
    last_valid_day: str | None
    void_at: str | None
    rule: str | None

    def __str__(self) -> str:
        return "-".join(filter(None, (self.programme, self.earned, self.last_activity, self.tier)))

    def rules(self) -> Programme:
        """The programme's file in this repository."""
        return load_programme(ROOT / "programmes" / f"{self.programme}.yaml")

    def tier_number(self) -> int:
        """0 where the programme has no tiers."""
        return 0 if self.tier is None else self.rules().tiers.index(self.tier)


EXPIRY_VECTORS = [
    ExpiryVector(**one) for one in json.loads((ROOT / "tests/vectors/expiry-v1.json").read_text("utf-8"))
]


def local_day_of(given: str, programme: Programme) -> DayNumber:
    """A local day as it is, an instant by the programme's clock."""
    if "T" not in given:
        return day_number(date.fromisoformat(given))
    return local_day(int(datetime.fromisoformat(given).timestamp()), programme.utc_offset_minutes)
