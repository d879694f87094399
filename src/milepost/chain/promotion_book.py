"""Reads the PromotionBook of a deployment: published terms, budgets, offer sets, and who offers which.

Publishing plans by it what is to be called, and the status of promotions shows it.
"""

from dataclasses import dataclass
from typing import Any

from milepost.chain.contracts import contract_at, method_of
from milepost.chain.deployment_file import Deployment
from milepost.chain.errors import asking
from milepost.chain.node import Node
from milepost.domain.calendar import SECONDS_A_DAY
from milepost.domain.partner import PaymentMode
from milepost.domain.promotion_terms import NO_BUDGET, NOT_STOPPED
from milepost.domain.quantities import DayNumber, PartnerId, PromotionId

_DAY_ZERO_S = 631_152_000
"""1990-01-01T00:00:00Z, unix seconds."""
_MOST_OFFSET_S = 14 * 3600
"""A day begins and ends as much before and after UTC somewhere on earth, as the book counts."""


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A promotion's budget as it stands. Units: miles; `stop_at` in unix seconds; None for none."""

    granted: int
    awards: int
    budget: int | None
    stop_at: int | None

    @property
    def left(self) -> int | None:
        return None if self.budget is None else self.budget - self.granted


@dataclass(frozen=True, slots=True)
class PublishedWindow:
    """When a published promotion counts, by its committed terms. Units: days since 1990-01-01."""

    first_day: DayNumber
    last_day: DayNumber
    group: int

    @property
    def opens_at(self) -> int:
        """The first second, unix, at which it is open anywhere on earth."""
        return opens_at(self.first_day)

    @property
    def closes_at(self) -> int:
        """The first second, unix, at which it is over everywhere on earth."""
        return _DAY_ZERO_S + (self.last_day + 1) * SECONDS_A_DAY + _MOST_OFFSET_S


def opens_at(first_day: DayNumber) -> int:
    """The first second, unix, at which a window is open anywhere on earth, as the book counts it."""
    return _DAY_ZERO_S + first_day * SECONDS_A_DAY - _MOST_OFFSET_S


class NodePromotionBook:
    """The book through a node, read only.

    Every method raises ChainUnavailable when the node gives no answer.
    """

    def __init__(self, node: Node, deployment: Deployment) -> None:
        self._node = node
        addresses = deployment.addresses
        self._book = contract_at(node.web3, "PromotionBook", addresses.promotion_book)
        self._registry = contract_at(node.web3, "PartnerRegistry", addresses.registry)

    def promotion_count(self) -> int:
        return int(self._ask("promotionCount"))

    def offer_set_count(self) -> int:
        return int(self._ask("offerSetCount"))

    def notice_s(self) -> int:
        """Seconds between publishing and the earliest opening."""
        return int(self._ask("noticePeriod"))

    def oldest_s(self) -> int:
        """How old a purchase may be when it settles. Units: seconds."""
        with asking(self._node.name):
            oldest_days, _ = method_of(self._registry, "acceptance").call()
        return int(oldest_days) * SECONDS_A_DAY

    def budget_of(self, promotion: PromotionId) -> BudgetState:
        """Raises: PromotionUnknown."""
        found = self._named("budgetOf", promotion)
        return BudgetState(
            granted=int(found["granted"]),
            awards=int(found["awards"]),
            budget=None if found["budget"] == NO_BUDGET else int(found["budget"]),
            stop_at=None if found["stopAt"] == NOT_STOPPED else int(found["stopAt"]),
        )

    def window_of(self, promotion: PromotionId) -> PublishedWindow:
        """Raises: PromotionUnknown."""
        terms = self._named("termsOf", promotion)
        return PublishedWindow(DayNumber(terms["firstDay"]), DayNumber(terms["lastDay"]), int(terms["group"]))

    def terms_of(self, promotion: PromotionId) -> tuple[Any, ...]:
        """The committed terms, in the order of `PromotionTerms`. Raises: PromotionUnknown."""
        found: tuple[Any, ...] = _plain(self._ask("termsOf", promotion))
        return found

    def terms_hash_of(self, promotion: PromotionId) -> bytes:
        """keccak of the full text, as committed. Raises: PromotionUnknown."""
        return bytes(self._ask("termsHashOf", promotion))

    def offers_of(self, partner: PartnerId) -> tuple[PromotionId, ...]:
        """The promotions of a partner's present offer set, ids rising. Raises: PartnerUnknown."""
        offer_set = int(self._partner(partner)["offerSet"])
        found = self._ask("promotionsOf", offer_set) if offer_set else ()
        return tuple(sorted(map(PromotionId, found)))

    def available_of(self, partner: PartnerId) -> int | None:
        """Miles that a partner may still issue, None where it has no limit. Raises: PartnerUnknown."""
        found = self._partner(partner)
        return None if found["payment"] == PaymentMode.OPEN else int(found["available"])

    def _partner(self, partner: PartnerId) -> dict[str, Any]:
        with asking(self._node.name):
            word = method_of(self._registry, "partnerOf", partner).call()
        return _fields(self._registry.abi, "partnerOf", word)

    def is_over(self, promotion: PromotionId, *, now_s: int) -> bool:
        """Whether no purchase can count for it any more, the oldest one that settles included."""
        ends = [self.window_of(promotion).closes_at]
        if (stop_at := self.budget_of(promotion).stop_at) is not None:
            ends.append(stop_at)
        return min(ends) + self.oldest_s() < now_s

    def _ask(self, function: str, *arguments: Any) -> Any:
        with asking(self._node.name):
            return method_of(self._book, function, *arguments).call()

    def _named(self, function: str, *arguments: Any) -> dict[str, Any]:
        """The fields of the struct that a view answers, by their names."""
        return _fields(self._book.abi, function, self._ask(function, *arguments))


def _plain(value: Any) -> Any:
    """Tuples and numbers alone, as `dataclasses.astuple` gives terms."""
    return tuple(map(_plain, value)) if isinstance(value, (list, tuple)) else value


def _fields(abi: Any, function: str, values: Any) -> dict[str, Any]:
    (entry,) = (one for one in abi if one["type"] == "function" and one["name"] == function)
    (output,) = entry["outputs"]
    names = [part["name"] for part in output["components"]]
    return dict(zip(names, values, strict=True))
