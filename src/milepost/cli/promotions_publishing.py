"""`milepost promotions publish`, `stop` and `top-up`: what a manager does to a programme that runs.

`simulate` comes before it and `status` after it. The authority decides who may: an account with a delay
announces by the first run and acts by the same with --execute.
"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from milepost.cli.governance import CallData
from milepost.cli.promotions_files import FilesOption
from milepost.cli.session import AsJson, session_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milepost.bootstrap import Parts
    from milepost.chain.governance_acts import Act
    from milepost.chain.promotion_publishing import Publication, Publisher
    from milepost.domain.promotion import Promotion
    from milepost.domain.quantities import PromotionId

Execute = Annotated[
    bool,
    typer.Option(
        "--execute", help="Of an account with a delay: do what was announced, the delay being over."
    ),
]
Name = Annotated[str, typer.Argument(help="The promotion's name.")]


def publish(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Promotions or folders, in order of publishing."),
    ],
    partners: Annotated[
        list[Path] | None, FilesOption("Partner files, or folders of them.  [default: as the settings say]")
    ] = None,
    execute: Execute = False,
    calldata: CallData = False,
    as_json: AsJson = False,
) -> None:
    """Publish promotions: commit their terms, and have their partners offer them beside what they offer now.

    What would be refused is named by file and line before anything is sent: a window that is past or inside
    the notice period, a name that is taken, more than a partner may offer. Afterwards the deployment file
    names the new ids. Only the budget can be raised and the end be brought forward later.
    """
    from milepost.catalogue import load_partners, read_promotions
    from milepost.chain.deployment_file import change_deployment

    parts = session_of(context).parts()
    agreed = parts.partners if partners is None else load_partners(partners)
    read = read_promotions(files, agreed, segments=parts.segments, tiers=parts.programme.tiers)
    publisher = _publisher(parts, needs_key=not calldata)
    promotions = [promotion for _, promotion in read]
    _refuse(read, publisher, promotions)
    publication = publisher.plan(promotions)
    mined = _act(parts, publication.acts, execute=execute, calldata=calldata, as_json=as_json)
    if mined is None:
        return
    publisher.require_published(publication)
    change_deployment(parts.deployment_file, publication.added_to)
    _show_published(publication, parts, as_json=as_json)


def stop(
    context: typer.Context,
    name: Name,
    at: Annotated[
        str,
        typer.Option(metavar="INSTANT", help="From then on no purchase counts: 2021-05-20T00:00:00+08:00."),
    ],
    execute: Execute = False,
    calldata: CallData = False,
) -> None:
    """End a promotion early, for purchases from an instant to come on; never for what was bought before."""
    from milepost.chain.promotion_acts import stopping
    from milepost.chain.promotion_book import NodePromotionBook
    from milepost.config import SettingsRefused
    from milepost.domain.calendar import shown_instant

    stop_at = _instant(at)
    parts = session_of(context).parts()
    promotion = _id_of(name, parts)
    now_s = parts.governance.now()
    if stop_at <= now_s:
        raise SettingsRefused(f"{at} is past: the chain is at {shown_instant(now_s)}. Name one to come.")
    book = NodePromotionBook(parts.governance.node, parts.deployment)
    ends, stops = book.window_of(promotion).closes_at, book.budget_of(promotion).stop_at
    if stops is not None and stop_at >= stops:
        raise SettingsRefused(f"{name} stops at {shown_instant(stops)} already: name an earlier instant.")
    if stop_at >= ends:
        raise SettingsRefused(f"{name} is over everywhere by {shown_instant(ends)}: name an earlier instant.")
    acts = stopping(parts.deployment.addresses, name, promotion, stop_at)
    _act(parts, acts, execute=execute, calldata=calldata)


def top_up(
    context: typer.Context,
    name: Name,
    budget: Annotated[
        int, typer.Option(min=1, help="The new budget in all, in miles, above the present one.")
    ],
    execute: Execute = False,
    calldata: CallData = False,
) -> None:
    """Raise a promotion's budget. Nobody who was cut before is paid after."""
    from milepost.chain.promotion_acts import raising_budget
    from milepost.chain.promotion_book import NodePromotionBook
    from milepost.cli.output import number
    from milepost.config import SettingsRefused

    parts = session_of(context).parts()
    promotion = _id_of(name, parts)
    present = NodePromotionBook(parts.governance.node, parts.deployment).budget_of(promotion).budget
    if present is None:
        raise SettingsRefused(f"{name} has no budget, so there is none to raise.")
    if budget <= present:
        raise SettingsRefused(f"{name} has a budget of {number(present)} miles already: name more.")
    acts = raising_budget(parts.deployment.addresses, name, promotion, budget)
    _act(parts, acts, execute=execute, calldata=calldata)


def _publisher(parts: "Parts", *, needs_key: bool) -> "Publisher":
    from milepost.chain.promotion_book import NodePromotionBook
    from milepost.chain.promotion_publishing import Publisher
    from milepost.chain.roles import Role

    governance = parts.governance
    # A stranger has no delay; that it lacks the role is said when it acts.
    delay_s = governance.delay_of(Role.PUBLISH, parts.governor.address) if needs_key else None
    book = NodePromotionBook(governance.node, parts.deployment)
    return Publisher(
        book, parts.deployment, governance.now(), delay_s=delay_s or 0, tiers=parts.programme.tiers
    )


def _refuse(read: Any, publisher: "Publisher", promotions: "Sequence[Promotion]") -> None:
    """Raises: CatalogueError with file, line and reason of everything that the chain would refuse."""
    from milepost.catalogue import CatalogueError

    found = [read[place][0].problem(key, reason) for place, key, reason in publisher.faults(promotions)]
    if found:
        raise CatalogueError(found)


def _act(
    parts: "Parts", acts: "Sequence[Act]", *, execute: bool, calldata: bool, as_json: bool = False
) -> Any:
    """Do it at once where the account has no delay; announce it, or do what was announced, where it has one.

    Shape: None unless it was done.
    """
    from milepost.chain.roles import Role
    from milepost.cli.governance_view import calldata_document, show_executed, show_scheduled
    from milepost.cli.output import answers, aside, print_json

    governance = parts.governance
    console = aside() if as_json else answers()
    if calldata:
        print_json(calldata_document(governance, acts, executing=execute))
        return None
    if not execute and governance.delay_of(Role.PUBLISH, parts.governor.address):
        due = governance.schedule(acts, parts.governor)
        show_scheduled(acts, due, console)
        if as_json:
            print_json({"published": False, "due": due, "promotions": []})
        return None
    mined = governance.execute(acts, parts.governor)
    show_executed(acts, mined, console)
    return mined


def _show_published(publication: "Publication", parts: "Parts", *, as_json: bool) -> None:
    from milepost.cli.output import answers, print_json, table
    from milepost.codec.terms import terms_hash

    if as_json:
        found = [
            {
                "promotion": one.name,
                "id": publication.ids[one.name],
                "terms_hash": f"0x{terms_hash(one).hex()}",
            }
            for one in publication.promotions
        ]
        print_json({"published": True, "due": None, "promotions": found})
        return
    console = answers()
    shown = table("promotion", ">id", "from", "until", "terms hash")
    for one in publication.promotions:
        window = one.window
        shown.add_row(
            one.name,
            str(publication.ids[one.name]),
            str(window.from_day),
            str(window.until_day),
            f"0x{terms_hash(one).hex()}",
        )
    console.print()
    console.print(shown)
    console.print(f"The ids are written to {parts.deployment_file}.", soft_wrap=True)


def _id_of(name: str, parts: "Parts") -> "PromotionId":
    from milepost.catalogue.model import nearest
    from milepost.config import SettingsRefused

    known = parts.deployment.promotions
    if name not in known:
        raise SettingsRefused(f"There is no published promotion {name!r}; {nearest(name, known)}")
    return known[name]


def _instant(given: str) -> int:
    from milepost.config import SettingsRefused

    try:
        instant = datetime.fromisoformat(given)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise SettingsRefused(f"{given!r} is no instant with its offset: write 2021-05-20T00:00:00+08:00.")
    return int(instant.timestamp())
