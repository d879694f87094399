"""Says how published promotions stand: committed terms, window, budget, reach, and when a budget runs out.

Book and logs are read from the chain; the files at hand are compared with what was committed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from enum import StrEnum

from milepost.chain.deployment_file import Deployment
from milepost.chain.governance import Governance
from milepost.chain.promotion_book import BudgetState, NodePromotionBook, PublishedWindow
from milepost.chain.promotion_reach import Reach, read_reach
from milepost.codec.terms import Numbering, promotion_terms, terms_hash
from milepost.domain.calendar import date_of, local_day
from milepost.domain.errors import PromotionNotSettleable
from milepost.domain.promotion import Promotion
from milepost.domain.quantities import PromotionId
from milepost.domain.run_out import run_out_day


class Stage(StrEnum):
    """Where a promotion stands at the chain's time."""

    COMING = "coming"
    OPEN = "open"
    OVER = "over"
    STOPPED = "stopped"


class FileMatch(StrEnum):
    """Whether the file at hand is the one that was published."""

    NO_FILE = "no file"
    SAME = "same"
    OTHER_TEXT = "other text"
    OTHER_TERMS = "other terms"


@dataclass(frozen=True, slots=True)
class PromotionStatus:
    """One published promotion. Units: miles; `name` None where the deployment file knows none.

    Shape: `runs_out_on` is None without a budget, or where the window ends before it.
    """

    promotion_id: PromotionId
    name: str | None
    window: PublishedWindow
    stage: Stage
    budget: BudgetState
    terms_hash: bytes
    file_match: FileMatch
    members: int
    runs_out_on: date | None


def read_promotion_status(
    governance: Governance,
    book: NodePromotionBook,
    files: Mapping[str, Promotion],
    *,
    tiers: Sequence[str] = (),
) -> list[PromotionStatus]:
    """The status of every published promotion, in order of id. Shape: `files` by the promotion's name;
        `tiers` are the programme's.

    Raises: ChainUnavailable.
    """
    deployment = governance.deployment
    names = {promotion_id: name for name, promotion_id in deployment.promotions.items()}
    now_s, reach = governance.now(), read_reach(governance)
    found = []
    for place in range(1, book.promotion_count() + 1):
        promotion_id = PromotionId(place)
        name = names.get(promotion_id)
        found.append(
            _status(
                promotion_id,
                name,
                book,
                deployment,
                file=None if name is None else files.get(name),
                reach=reach.get(promotion_id, Reach()),
                now_s=now_s,
                tiers=tiers,
            )
        )
    return found


def _status(
    promotion_id: PromotionId,
    name: str | None,
    book: NodePromotionBook,
    deployment: Deployment,
    *,
    file: Promotion | None,
    reach: Reach,
    now_s: int,
    tiers: Sequence[str],
) -> PromotionStatus:
    window, budget = book.window_of(promotion_id), book.budget_of(promotion_id)
    committed = book.terms_hash_of(promotion_id)
    today = date_of(local_day(now_s, deployment.utc_offset_minutes))
    runs_out_on = None
    if budget.left is not None:
        last = window.last_day
        if budget.stop_at is not None:
            last = min(last, local_day(budget.stop_at, deployment.utc_offset_minutes))
        days = (date_of(window.first_day), date_of(last))
        runs_out_on = run_out_day(budget.left, reach.granted, window=days, today=today)
    return PromotionStatus(
        promotion_id=promotion_id,
        name=name,
        window=window,
        stage=_stage(window, budget.stop_at, now_s),
        budget=budget,
        terms_hash=committed,
        file_match=_match(file, committed, book.terms_of(promotion_id), deployment, tiers),
        members=len(reach.members),
        runs_out_on=runs_out_on,
    )


def _stage(window: PublishedWindow, stop_at: int | None, now_s: int) -> Stage:
    if stop_at is not None and stop_at <= now_s:
        return Stage.STOPPED
    if now_s < window.opens_at:
        return Stage.COMING
    return Stage.OPEN if now_s < window.closes_at else Stage.OVER


def _match(
    file: Promotion | None,
    committed: bytes,
    terms: Sequence[object],
    deployment: Deployment,
    tiers: Sequence[str],
) -> FileMatch:
    if file is None:
        return FileMatch.NO_FILE
    if terms_hash(file) != committed:
        return FileMatch.OTHER_TEXT
    try:
        own = astuple(promotion_terms(file, _numbering(deployment), tiers=tiers))
    except PromotionNotSettleable:
        return FileMatch.OTHER_TERMS
    return FileMatch.SAME if own == tuple(terms) else FileMatch.OTHER_TERMS


def _numbering(deployment: Deployment) -> Numbering:
    return {code: (one, deployment.outlets[code]) for code, one in deployment.partners.items()}
