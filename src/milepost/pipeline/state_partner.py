"""States a partner's account from the chain alone: opening, issued, reversed, funded, closing, by month.

Before it reports were settled; after it the partner has an invoice, and its books can be compared.
Source: docs/partners.md; docs/report-format.md "The event".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from milepost.codec.bits import unpack
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.domain.errors import ChainError
from milepost.domain.partner_account import (
    Forecast,
    Item,
    Month,
    Movement,
    PartnerMonth,
    forecast,
    months_of,
)
from milepost.domain.quantities import Miles, PartnerId, PromotionId
from milepost.domain.receipt import Settled
from milepost.domain.report import Attachment, PlacedEntry
from milepost.ports import (
    Block,
    PartnerAct,
    PartnerBook,
    PartnerLog,
    PublishedPromotion,
    SettledLog,
    StandingPartner,
)

_ITEMS = {
    PartnerAct.FUNDED: Item.FUNDED,
    PartnerAct.CONTRIBUTED: Item.CONTRIBUTED,
    PartnerAct.RELEASED: Item.RELEASED,
}
# The accrual word of a receipt, from the lowest bit: spare 56, debt offset 32, outcome 8, last day 16, base.
_BASE_SHIFT, _BASE_MASK = 112, (1 << 32) - 1
_GRANT_WIDTHS = (16, 4, 22, 22)
_NOT_PUBLISHED = PublishedPromotion(is_funded=False, is_of_window=False)


class AccountDiffers(ChainError):
    """The logs do not add up to what the registry holds. The operator names a node that has them all."""

    exit_code: ClassVar[int] = 1

    def __init__(self, partner_id: PartnerId, *, logs: int, registry: int) -> None:
        super().__init__(
            f"By the logs partner {partner_id} may issue {logs} miles, by the registry {registry}: a log is"
            " missing. Ask a node that keeps all logs since the deployment."
        )


class MonthUnknown(ChainError):
    """There is no such month in the account. Whoever asked names another."""

    exit_code: ClassVar[int] = 2

    def __init__(self, month: Month, first: Month, last: Month) -> None:
        shown = (f"{year}-{number:02}" for year, number in (month, first, last))
        super().__init__("{} is no month of this account, which goes from {} to {}.".format(*shown))


@dataclass(frozen=True, slots=True)
class PartnerStatement:
    """A partner's account up to a block, every month of it.

    Shape: `lows` are the times at which `PartnerLow` told, with the miles left; `movements` in order of the
        chain. Units: unix seconds.
    """

    partner_id: PartnerId
    block: Block
    standing: StandingPartner
    movements: tuple[Movement, ...]
    months: tuple[PartnerMonth, ...]
    lows: tuple[tuple[int, Miles], ...]
    utc_offset_minutes: int

    def month(self, month: Month) -> PartnerMonth:
        """Raises: MonthUnknown."""
        found = next((one for one in self.months if one.month == month), None)
        if found is None:
            raise MonthUnknown(month, self.months[0].month, self.months[-1].month)
        return found

    @property
    def forecast(self) -> Forecast | None:
        """When its miles run out; None without a limit."""
        if self.standing.available is None:
            return None
        return forecast(
            self.movements,
            available=self.standing.available,
            now_s=self.block.timestamp,
            utc_offset_minutes=self.utc_offset_minutes,
        )

    @property
    def funded(self) -> Miles:
        """All that was bought, or the limit with its raises."""
        return Miles(sum(one.miles for one in self.movements if one.item is Item.FUNDED))

    @property
    def is_low(self) -> bool:
        available = self.standing.available
        return available is not None and available < self.standing.alert_below


def state_partner(partner_id: PartnerId, *, book: PartnerBook, utc_offset_minutes: int) -> PartnerStatement:
    """State one partner's account from logs, and hold its end against what the registry has.

    Raises: AccountDiffers; ChainUnavailable.
    """
    standing, promotions = book.standing(partner_id), book.promotions()
    movements: list[Movement] = []
    lows: list[tuple[int, Miles]] = []
    for timed in book.logs():
        log = timed.log
        if isinstance(log, SettledLog):
            movements += settled_movements(log, partner_id, promotions, at_s=timed.at_s)
        elif log.partner_id == partner_id:
            if log.act is PartnerAct.LOW:
                lows.append((timed.at_s, log.available))
            else:
                movements.append(_movement(log, timed.at_s))
    book.require_unchanged()
    months = months_of(
        movements,
        payment=standing.payment,
        utc_offset_minutes=utc_offset_minutes,
        until_s=book.block.timestamp,
    )
    closing = months[-1].closing
    if closing is not None and standing.available is not None and closing != standing.available:
        raise AccountDiffers(partner_id, logs=closing, registry=standing.available)
    return PartnerStatement(
        partner_id, book.block, standing, tuple(movements), tuple(months), tuple(lows), utc_offset_minutes
    )


def settled_movements(
    log: SettledLog,
    partner_id: PartnerId,
    promotions: Mapping[PromotionId, PublishedPromotion],
    *,
    at_s: int,
) -> Iterator[Movement]:
    """What a report's purchases of one partner moved in its account.

    Shape: of an amendment the difference between the receipt it brought and its own.
    """
    report = decode_report(log.report_bytes)
    if not any(section.partner_id == partner_id for section in report.sections):
        return
    for placed, settled in zip(report.placed(), decode_results(log.results, report), strict=True):
        if placed.section.partner_id != partner_id:
            continue
        for promotion, miles in changes_of(placed, settled, promotions):
            published = promotions.get(promotion, _NOT_PUBLISHED) if promotion is not None else _NOT_PUBLISHED
            if promotion is None:
                item = Item.BASE if miles > 0 else Item.BASE_REVERSED
            else:
                item = Item.BONUS if miles > 0 else Item.BONUS_REVERSED
            yield Movement(at_s, item, Miles(abs(miles)), promotion, from_pot=published.is_funded)


def changes_of(
    placed: PlacedEntry, settled: Settled, promotions: Mapping[PromotionId, PublishedPromotion]
) -> list[tuple[PromotionId | None, int]]:
    """What one purchase changed: by promotion, None for base; miles, below 0 for what came back.

    Shape: window rewards may fall by more than this bill was granted; that falls on the bill's window
        promotion, the first where it has several.
    """
    after: dict[PromotionId | None, int] = {grant.promotion_id: grant.granted for grant in settled.grants}
    if settled.amendment is None:
        found = {None: int(settled.base), **after}
        # An amendment without effect says what it left, which is nothing new.
        return [] if placed.attachment is not None else _present(found)
    assert placed.attachment is not None, "decoding refuses an amendment in force without a receipt"
    base, before = _attached(placed.attachment)
    found = {None: settled.base - base}
    for promotion in [*after, *(one for one in before if one not in after)]:
        found[promotion] = after.get(promotion, 0) - before.get(promotion, 0)
    beyond = settled.amendment.added - settled.amendment.returned - sum(found.values())
    windows = [one for one in found if one is not None and promotions.get(one, _NOT_PUBLISHED).is_of_window]
    if beyond:
        found[windows[0] if windows else None] += beyond
    return _present(found)


def _present(found: Mapping[PromotionId | None, int]) -> list[tuple[PromotionId | None, int]]:
    return [(promotion, miles) for promotion, miles in found.items() if miles]


def _attached(attachment: Attachment) -> tuple[int, dict[PromotionId | None, int]]:
    """Base miles and grants of the receipt that an amendment brought."""
    grants: dict[PromotionId | None, int] = {}
    for field in unpack(attachment.grants, (64,) * 4):
        promotion, _, _, granted = unpack(field, _GRANT_WIDTHS)
        if promotion:
            grants[PromotionId(promotion)] = granted
    return attachment.accrual >> _BASE_SHIFT & _BASE_MASK, grants


def _movement(log: PartnerLog, at_s: int) -> Movement:
    return Movement(at_s, _ITEMS[log.act], log.miles, log.promotion_id)
