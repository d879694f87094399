"""Says by which names other systems know a partner's outlets, and where its member stands in what they send.

The catalogue reads it from a partner's file; feeds turn what a till sends into purchases by it.
"""

from dataclasses import dataclass
from enum import StrEnum

from milepost.domain.quantities import OutletCode


class FeedSystem(StrEnum):
    """Systems whose own formats are read. The words are the sources of their purchases."""

    SQUARE = "square"
    TOAST = "toast"
    POSLOG = "poslog"


@dataclass(frozen=True, slots=True)
class FeedConnection:
    """How one system speaks of one partner.

    Shape: `outlets` pairs the system's own id of an outlet with our code. `notification_url` is the address
        that Square signs with the body, `member_field` the field of a Square payment that holds the
        membership number; both are empty for other systems.
    """

    system: FeedSystem
    outlets: tuple[tuple[str, OutletCode], ...]
    notification_url: str = ""
    member_field: str = ""
