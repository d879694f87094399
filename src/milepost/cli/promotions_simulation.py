"""`milepost promotions simulate`: tries promotions on past purchases before anybody is promised anything.

Files are written before it, `milepost promotions publish` comes after it. `promotions_simulation_view.py`
shows what was found, `promotions_document.py` writes it as JSON, `promotions_chart.py` draws it.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.promotions_files import FilesOption, SegmentFiles, named_segments
from milepost.cli.session import AsJson

if TYPE_CHECKING:
    from milepost.domain.partner import Partner
    from milepost.domain.programme import Programme
    from milepost.domain.promotion import Promotion
    from milepost.simulation.reading import Past
    from milepost.simulation.trial import Trial

_FORMATS = (".png", ".svg")
_Load = Callable[[list[Path]], "tuple[Promotion, ...]"]


NameOfProgramme = Annotated[
    str, typer.Option("--programme", metavar="NAME", help="A programme's file, or the name of one.")
]
Purchases = Annotated[
    Path, typer.Option(metavar="FILE", help="Past purchases: .csv, .ndjson or .jsonl, or a folder.")
]
Members = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="CSV of member, tier, segments, enrolled_at. Whoever else bought something is enrolled from"
        " the beginning, at the lowest tier.",
    ),
]
Baseline = Annotated[
    list[Path] | None,
    FilesOption(
        "Promotions that stand anyway: tried alone too, and with each draft. A draft of the same name takes"
        " the place of one of them."
    ),
]
Chart = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Draw budgets over time too, as .svg or .png.")
]


def simulate(
    programme: NameOfProgramme,
    partners: Annotated[list[Path], FilesOption("Partner files, or folders of them.")],
    promotions: Annotated[list[Path], FilesOption("Promotions to try, in the order of publishing.")],
    purchases: Purchases,
    members: Members = None,
    segments: SegmentFiles = None,
    baseline: Baseline = None,
    against: Annotated[
        list[Path] | None, FilesOption("A second draft, to be shown beside the first.")
    ] = None,
    chart: Chart = None,
    as_json: AsJson = False,
) -> None:
    """Try promotions on past purchases, by the contracts' own code on a chain inside this process.

    Each promotion counts as published in time and every purchase settles in the order of the file: what
    members would have got, what each limit would have cut, what each partner would have paid, and the day on
    which a budget would have ended. Nothing is asked of a node. Exit code 1 if a row was refused.
    """
    from milepost.catalogue import load_partners, load_programme, load_promotions
    from milepost.cli.output import answers, aside, print_json, warn
    from milepost.cli.promotions_document import simulation_document
    from milepost.cli.promotions_simulation_view import show_trial
    from milepost.simulation.reading import read_past

    if chart is not None and chart.suffix.lower() not in _FORMATS:
        raise typer.BadParameter(f"{chart} is neither .svg nor .png.", param_hint="--chart")
    rules, agreed, named = load_programme(programme), load_partners(partners), named_segments(segments)
    load = partial(load_promotions, partners=agreed, segments=named, tiers=rules.tiers)
    drafts = _drafts(agreed, load, promotions=promotions, baseline=baseline or [], against=against)
    past = read_past(purchases, agreed, members=members, tiers=rules.tiers, segments=named)
    trial = _try(rules, agreed, drafts, past)
    if chart is not None:
        from milepost.cli.promotions_chart import draw_budgets

        draw_budgets(trial, chart)
    if as_json:
        print_json(simulation_document(trial, past))
    else:
        show_trial(trial, past, purchases, answers())
    if chart is not None:
        (aside() if as_json else answers()).print(f"The chart is written to {chart}.", soft_wrap=True)
    for sentence in _doubts(trial, past, drafts):
        warn(sentence)
    for refusal in past.refused:
        row = refusal.rejection
        warn(f"{refusal.file}:{row.line}: {row.code}: {row.sentence}")
    if past.refused:
        raise typer.Exit(1)


def _doubts(trial: "Trial", past: "Past", drafts: "dict[str, tuple[Promotion, ...]]") -> Iterator[str]:
    """What about the files may make the answer another than was asked for."""
    from milepost.cli.output import counted
    from milepost.domain.outcome import Outcome
    from milepost.simulation.trial import DRAFT

    if late := trial.tallies[DRAFT].outcomes[Outcome.TOO_OLD]:
        yield (
            f"{counted(late, 'purchase')} too old when their turn came: a file settles in its own order, so"
            " sort it by time."
        )
    undated = sum(row.enrolled_at is None for row in past.members)
    if undated and any(one.members.enrolled for draft in drafts.values() for one in draft):
        yield (
            f"{counted(undated, 'member')} of the list without enrolled_at: tried as enrolled from the"
            " beginning. Imported so they would not count as enrolled."
        )


def _drafts(
    partners: "tuple[Partner, ...]",
    load: "_Load",
    *,
    promotions: list[Path],
    baseline: list[Path],
    against: list[Path] | None,
) -> "dict[str, tuple[Promotion, ...]]":
    """The promotions of each run by its name, the draft first.

    Raises: CatalogueError, also for a draft that does not go with what stands.
    """
    from milepost.catalogue import check_promotions
    from milepost.simulation.trial import AGAINST, BASELINE, DRAFT

    standing = load(baseline)
    found = {DRAFT: promotions} | ({AGAINST: against} if against is not None else {})
    drafts = {}
    for name, files in found.items():
        own = load(files)
        replaced = {one.name for one in own}
        drafts[name] = (*(one for one in standing if one.name not in replaced), *own)
        check_promotions(drafts[name], partners)
    if standing or against is not None:
        drafts[BASELINE] = standing
    return drafts


def _try(
    programme: "Programme",
    partners: "tuple[Partner, ...]",
    drafts: "dict[str, tuple[Promotion, ...]]",
    past: "Past",
) -> "Trial":
    from milepost.cli.output import progress
    from milepost.simulation.trial import try_drafts

    with progress() as bar:
        task = bar.add_task("settling", total=len(past.purchases) * len(drafts))
        return try_drafts(
            programme,
            partners,
            drafts,
            past,
            on_purchases=lambda name, count: bar.update(task, advance=count, description=f"settling: {name}"),
        )
