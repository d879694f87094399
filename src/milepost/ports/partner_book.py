"""What the core needs to read partners' accounts from the chain: what settled, and how partners were funded.

`chain` reads it through a node; stating an account and reconciling a partner's own file go by it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from milepost.domain.partner import PaymentMode
from milepost.domain.quantities import Miles, PartnerId, PromotionId
from milepost.ports.chain import Block, SettledLog


class PartnerAct(StrEnum):
    """What a registry's log says of a partner's miles."""

    FUNDED = "funded"
    LOW = "low"
    CONTRIBUTED = "contributed"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class PartnerLog:
    """One log of the registry.

    Shape: `promotion_id` of a contribution to a pot or what came back of it; None where no log says.
    Units: `miles` of the act, of LOW those left; `available` what the partner may issue afterwards.
    """

    partner_id: PartnerId
    act: PartnerAct
    miles: Miles
    available: Miles
    promotion_id: PromotionId | None = None


@dataclass(frozen=True, slots=True)
class TimedLog:
    """A log with the time of its block, unix seconds."""

    at_s: int
    log: SettledLog | PartnerLog


@dataclass(frozen=True, slots=True)
class StandingPartner:
    """What the registry holds of a partner: `available` None without a limit, `alert_below` 0 for never."""

    payment: PaymentMode
    available: Miles | None
    alert_below: Miles
    is_suspended: bool


@dataclass(frozen=True, slots=True)
class PublishedPromotion:
    """What accounts need of a promotion: whether a pot pays for it, and whether its reward is of a window."""

    is_funded: bool
    is_of_window: bool


class PartnerBook(Protocol):
    """The registry and everything settled, up to one block. Every method raises ChainUnavailable."""

    @property
    def block(self) -> Block: ...
    def logs(self) -> Iterator[TimedLog]:
        """All of every partner up to the block, in order of the chain."""
        ...

    def standing(self, partner_id: PartnerId) -> StandingPartner: ...
    def promotions(self) -> Mapping[PromotionId, PublishedPromotion]: ...
    def require_unchanged(self) -> None:
        """Raises: ChainUnavailable if the block was replaced since."""
        ...
