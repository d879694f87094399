"""Plans the publishing of promotions on a running programme, and finds out before it what would be refused.

The catalogue read the files; `promotion_acts.py` makes the calls, `governance.py` sends them. Afterwards the
deployment file names the new ids.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from milepost.chain.deployment_file import Deployment
from milepost.chain.governance_acts import Act
from milepost.chain.promotion_acts import Offering, contributing, ids_of, offering, publishing
from milepost.chain.promotion_book import NodePromotionBook, opens_at
from milepost.codec.terms import Numbering, promotion_terms, terms_hash
from milepost.domain.calendar import SECONDS_A_DAY, shown_instant
from milepost.domain.errors import ChainError
from milepost.domain.promotion import Promotion
from milepost.domain.promotion_terms import PromotionTerms
from milepost.domain.quantities import PartnerCode, PromotionId

MOST_OFFERS = 16
MOST_GROUPS = 4
"""Bounds of an offer set, as the book has them; an ungrouped promotion is a group of its own."""

Fault = tuple[int, tuple[str | int, ...], str]
"""The place of a promotion among those to be published, the key of its file, and the reason to refuse it."""


class PublishedOtherwise(ChainError):
    """Somebody else published at the same moment, and ids are not as planned. Look at the status at once."""

    def __init__(self, name: str, promotion: PromotionId) -> None:
        super().__init__(
            f"Promotion {promotion} is not {name}: somebody published at the same moment. Nothing of the"
            " deployment file was changed; look at the status, and publish what is missing."
        )


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing comes to: the calls in order, and the ids that the promotions get."""

    promotions: tuple[Promotion, ...]
    ids: Mapping[str, PromotionId]
    offerings: tuple[Offering, ...]
    acts: tuple[Act, ...]

    def added_to(self, deployment: Deployment) -> Deployment:
        """The deployment with the new ids."""
        return replace(deployment, promotions={**deployment.promotions, **self.ids})


@dataclass(frozen=True, slots=True)
class Publisher:
    """What planning needs. Units: `now_s` is the chain's unix second, `delay_s` the publishing account's.

    Shape: `tiers` are the programme's, lowest first.
    """

    book: NodePromotionBook
    deployment: Deployment
    now_s: int
    delay_s: int = 0
    tiers: tuple[str, ...] = ()

    @property
    def numbering(self) -> Numbering:
        outlets = self.deployment.outlets
        return {code: (one, outlets[code]) for code, one in self.deployment.partners.items()}

    def faults(self, promotions: Sequence[Promotion]) -> Iterator[Fault]:
        """Everything the chain would refuse: names taken, partners unknown, notice, and full offer sets.

        Shape: nothing is said of a promotion twice for the same key.
        """
        for place, promotion in enumerate(promotions):
            if promotion.name in self.deployment.promotions:
                taken = self.deployment.promotions[promotion.name]
                yield place, ("promotion",), f"{promotion.name!r} is published already, as promotion {taken}"
            for key, code in _named_partners(promotion):
                if code not in self.deployment.partners:
                    yield place, key, f"{code} is not registered on this chain"
        if not self._strangers(promotions):
            yield from self._late(promotions)
            yield from self._unpaid(promotions)
            yield from self._crowded(promotions)

    def plan(self, promotions: Sequence[Promotion]) -> Publication:
        """The calls that publish these promotions, compose offer sets and assign them, in order.

        Shape: a partner keeps what its present set holds and is not over yet. No fault was found before.
        Raises: PromotionNotSettleable.
        """
        addresses = self.deployment.addresses
        ids = ids_of(promotions, first=self.book.promotion_count() + 1)
        offerings = tuple(
            Offering(code, self.deployment.partners[code], (*kept, *sorted(ids[one.name] for one in new)))
            for code, (kept, new) in self._offers(promotions).items()
        )
        acts = [publishing(addresses, one, self._terms(one)) for one in promotions]
        for one in promotions:
            acts += contributing(addresses, one, ids[one.name], self.deployment.partners)
        acts += offering(addresses, offerings, first_set=self.book.offer_set_count() + 1)
        return Publication(tuple(promotions), ids, offerings, tuple(acts))

    def require_published(self, publication: Publication) -> None:
        """Make sure that the ids are those planned, by the hashes that were committed.

        Raises: PublishedOtherwise.
        """
        for promotion in publication.promotions:
            promotion_id = publication.ids[promotion.name]
            if self.book.terms_hash_of(promotion_id) != terms_hash(promotion):
                raise PublishedOtherwise(promotion.name, promotion_id)

    def _terms(self, promotion: Promotion) -> PromotionTerms:
        return promotion_terms(promotion, self.numbering, tiers=self.tiers)

    def _strangers(self, promotions: Sequence[Promotion]) -> bool:
        known = self.deployment.partners
        return any(code not in known for one in promotions for _, code in _named_partners(one))

    def _unpaid(self, promotions: Sequence[Promotion]) -> Iterator[Fault]:
        left: dict[PartnerCode, int | None] = {}
        for place, promotion in enumerate(promotions):
            for number, share in enumerate(promotion.funding):
                code = share.partner
                if code not in left:
                    left[code] = self.book.available_of(self.deployment.partners[code])
                has = left[code]
                if has is None:
                    continue
                if share.miles > has:
                    yield (
                        place,
                        ("funding", number, "miles"),
                        f"{code} has {has} miles left and would pay {share.miles}",
                    )
                left[code] = has - share.miles

    def _late(self, promotions: Sequence[Promotion]) -> Iterator[Fault]:
        notice_s = self.book.notice_s()
        earliest = self.now_s + self.delay_s + notice_s
        for place, promotion in enumerate(promotions):
            opens = opens_at(self._terms(promotion).first_day)
            if opens >= earliest:
                continue
            window = promotion.window
            at = f"the chain is at {shown_instant(self.now_s)}"
            if opens < self.now_s:
                yield (
                    place,
                    ("window", "from"),
                    f"{window.from_day} has begun at {shown_instant(opens)}, where days begin first: {at}",
                )
                continue
            waits = f", {self.delay_s} s of them until this account may act" if self.delay_s else ""
            days = -(-(notice_s + self.delay_s) // SECONDS_A_DAY)
            yield (
                place,
                ("window", "from"),
                f"{window.from_day} is inside the notice period of {days} days{waits}: {at}, and the window"
                f" opens at {shown_instant(opens)} where days begin first",
            )

    def _crowded(self, promotions: Sequence[Promotion]) -> Iterator[Fault]:
        place_of = {promotion.name: place for place, promotion in enumerate(promotions)}
        for code, (kept, new) in self._offers(promotions).items():
            grouped = [self.book.window_of(one).group for one in kept]
            grouped += [self._terms(one).group for one in new]
            groups = len({group for group in grouped if group}) + grouped.count(0)
            last = new[-1]
            for given, most, what in (
                (len(grouped), MOST_OFFERS, "promotions"),
                (groups, MOST_GROUPS, "groups, ungrouped ones counted"),
            ):
                if given > most:
                    reason = f"{code} would have {given} {what}, with those that go on; the most is {most}"
                    yield place_of[last.name], ("partners", last.partners.index(code)), reason

    def _offers(
        self, promotions: Sequence[Promotion]
    ) -> dict[PartnerCode, tuple[tuple[PromotionId, ...], list[Promotion]]]:
        """By partner concerned, what stays in its set, and what is new to it."""
        found: dict[PartnerCode, tuple[tuple[PromotionId, ...], list[Promotion]]] = {}
        for promotion in promotions:
            for code in promotion.partners:
                if code not in found:
                    present = self.book.offers_of(self.deployment.partners[code])
                    kept = (one for one in present if not self.book.is_over(one, now_s=self.now_s))
                    found[code] = (tuple(kept), [])
                found[code][1].append(promotion)
        return found


def _named_partners(promotion: Promotion) -> Iterator[tuple[tuple[str | int, ...], PartnerCode]]:
    """Every partner that a promotion names, with the key that does."""
    for number, code in enumerate(promotion.partners):
        yield ("partners", number), code
    for number, share in enumerate(promotion.funding):
        yield ("funding", number, "partner"), share.partner
