"""Tries drafts and what stands today on the same purchases, so that they can be compared.

The command reads the files and shows what comes out of here; `playing.py` runs each of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from milepost.domain.partner import Partner
from milepost.domain.programme import Programme
from milepost.domain.promotion import Promotion
from milepost.simulation.playing import Tried, play
from milepost.simulation.reading import Past
from milepost.simulation.stage import simulation_plan
from milepost.simulation.tally import Tally, tally_of

DRAFT, AGAINST, BASELINE = "draft", "against", "baseline"
"""Names of the runs: the promotions to try, a second draft, and the terms as they stand."""

OnPurchases = Callable[[str, int], None]
"""Hears which run is settling, and how many more of its purchases have settled."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The draft as it went purchase by purchase, and the sums of every run by its name.

    Shape: `tallies` holds DRAFT, and where they were asked for AGAINST and BASELINE.
    """

    draft: Tried
    tallies: Mapping[str, Tally]


def try_drafts(
    programme: Programme,
    partners: Sequence[Partner],
    drafts: Mapping[str, Sequence[Promotion]],
    past: Past,
    *,
    on_purchases: OnPurchases = lambda *_: None,
) -> Trial:
    """Run each of the drafts on the same past; `drafts` holds DRAFT.

    Raises: what `play` raises.
    """
    kept: Tried | None = None
    tallies = {}
    for name, promotions in drafts.items():
        plan = simulation_plan(programme, partners, promotions)
        tried = play(
            plan,
            past.purchases,
            past.members,
            on_purchases=partial(on_purchases, name),
        )
        tallies[name] = tally_of(tried)
        # Of the others only the sums are shown: all purchases of three runs need not be in memory.
        if name == DRAFT:
            kept = tried
    assert kept is not None, "the draft is among them"
    return Trial(kept, tallies)
