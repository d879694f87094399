"""`milepost webhooks`: who is told of settlements, by what secrets, what was sent, and what is sent again.

Settling fills the outbox; the worker sends from it. Here an operator looks after both.
"""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from milepost.cli.session import AsJson, session_of
from milepost.domain.webhook import HOUR_S, EventType

if TYPE_CHECKING:
    from milepost.bootstrap import Parts
    from milepost.domain.quantities import PartnerCode

app = typer.Typer(no_args_is_help=True, help="Tell partners and members' systems of settlements.")

Number = Annotated[int, typer.Argument(metavar="ENDPOINT", help="Its number, by milepost webhooks list.")]


@app.command("add")
def add(
    context: typer.Context,
    url: Annotated[
        str,
        typer.Argument(metavar="URL", help="https:// anywhere, or http:// on loopback.", show_default=False),
    ],
    partner: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Tell it of this partner's purchases.", show_default=False),
    ] = None,
    members: Annotated[
        bool,
        typer.Option("--members", help="A members' system: of all purchases, with the opaque member id."),
    ] = False,
    event: Annotated[
        list[EventType] | None, typer.Option(help="Only this; repeat it for more.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add an endpoint, and print the secret that its messages are signed with.

    The secret is shown this once: hand it to the receiver by a safe way. Settlements are told from now on;
    milepost webhooks replay sends what settled before.
    """
    from milepost.bootstrap.notifying import webhook_endpoints, webhook_networks
    from milepost.cli.output import answers, print_json, warn
    from milepost.cli.webhooks_view import endpoint_document
    from milepost.webhooks.addresses import check_url

    if (partner is None) != members:
        raise typer.BadParameter("Name a partner, or say --members, and not both.", param_hint="--partner")
    parts = session_of(context).parts()
    code = None if partner is None else _known(parts, partner)
    if (sentence := check_url(url, webhook_networks(parts))) is not None:
        warn(sentence)
    endpoint, secret = webhook_endpoints(parts).add(url, partner=code, events=event or list(EventType))
    if as_json:
        print_json({**endpoint_document(endpoint), "secret": secret})
        return
    answers().print(
        f"Endpoint {endpoint.endpoint_id} is enabled. Its secret, shown this once:\n{secret}", soft_wrap=True
    )


@app.command("list")
def list_endpoints(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the endpoints and how they do. Secrets are not shown, nor what stands in a URL after a `?`."""
    from milepost.bootstrap.notifying import webhook_endpoints
    from milepost.cli.output import answers, print_json
    from milepost.cli.webhooks_view import endpoint_document, show_endpoints

    found = webhook_endpoints(session_of(context).parts()).all()
    if as_json:
        print_json({"endpoints": [endpoint_document(endpoint) for endpoint in found]})
    else:
        show_endpoints(found, console=answers())


@app.command("disable")
def disable(context: typer.Context, endpoint: Number) -> None:
    """Send an endpoint nothing more; what settles meanwhile is not kept for it."""
    from milepost.bootstrap.notifying import webhook_endpoints
    from milepost.cli.output import answers

    webhook_endpoints(session_of(context).parts()).disable(endpoint, "an operator disabled it")
    answers().print(f"Endpoint {endpoint} is disabled: it is sent nothing.")


@app.command("enable")
def enable(context: typer.Context, endpoint: Number) -> None:
    """Send to a disabled endpoint again: first what was due when it was disabled.

    What settled meanwhile is sent by milepost webhooks replay ENDPOINT --since.
    """
    from milepost.bootstrap.notifying import webhook_endpoints
    from milepost.cli.output import answers

    webhook_endpoints(session_of(context).parts()).enable(endpoint)
    answers().print(f"Endpoint {endpoint} is enabled.")


@app.command("rotate")
def rotate(
    context: typer.Context,
    endpoint: Number,
    overlap: Annotated[
        int,
        typer.Option(metavar="HOURS", min=0, max=720, help="The former secret signs for so long beside it."),
    ] = 24,
    as_json: AsJson = False,
) -> None:
    """Give an endpoint a new secret, and print it this once.

    Messages carry a signature by each secret until the overlap ends: the receiver changes over meanwhile.
    """
    from milepost.bootstrap.notifying import webhook_endpoints
    from milepost.cli.output import answers, print_json

    now = int(time.time())
    endpoints = webhook_endpoints(session_of(context).parts())
    secret = endpoints.rotate(endpoint, now, overlap_s=overlap * HOUR_S)
    if as_json:
        print_json({"endpoint": endpoint, "secret": secret, "former_until": now + overlap * HOUR_S})
        return
    answers().print(
        f"The new secret of endpoint {endpoint}, shown this once; the former signs for {overlap} hours"
        f" more:\n{secret}",
        soft_wrap=True,
    )


@app.command("log")
def log(
    context: typer.Context,
    endpoint: Annotated[
        int | None, typer.Argument(metavar="[ENDPOINT]", help="Only of this one.", show_default=False)
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only attempts that failed.")] = False,
    most: Annotated[int, typer.Option(metavar="COUNT", min=1, max=10_000, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show attempts, the newest first: when, what was answered, how long it took, and when the next is."""
    from milepost.bootstrap.notifying import webhook_queue
    from milepost.cli.output import answers, print_json
    from milepost.cli.webhooks_view import attempt_document, show_attempts

    found = webhook_queue(session_of(context).parts()).log(endpoint, most=most, failed=failed)
    if as_json:
        print_json({"attempts": [attempt_document(one) for one in found]})
    else:
        show_attempts(found, console=answers())


@app.command("replay")
def replay(
    context: typer.Context,
    endpoint: Number,
    event: Annotated[
        str | None, typer.Option(metavar="ID", help="This event, by its webhook-id.", show_default=False)
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All that failed for good.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Sales from then on: a date, or an instant with Z.", show_default=False
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Sales before then.  [default: no end]", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send events again, each under the webhook-id that it had, so that a receiver knows what it has.

    By --since also those that settled before there was the endpoint, while it was disabled, or in a store
    that was lost. They are due at once: the worker, or milepost webhooks deliver, sends them. Exit code 1 if
    there is none.
    """
    from milepost.cli.output import answers, counted, print_json

    parts = session_of(context).parts()
    if sum((event is not None, failed, since is not None)) != 1:
        raise typer.BadParameter("Say one of --event, --failed and --since.", param_hint="--since")
    made = _replay(parts, endpoint, event=event, failed=failed, since=since, until=until)
    if as_json:
        print_json({"endpoint": endpoint, "due": made})
    else:
        answers().print(f"{counted(made, 'message')} due for endpoint {endpoint}.")
    if not made:
        raise typer.Exit(1)


@app.command("deliver")
def deliver(context: typer.Context, as_json: AsJson = False) -> None:
    """Send what is due now, once, as the worker does all the time. Exit code 1 if an attempt failed."""
    from milepost.bootstrap.notifying import deliver_due
    from milepost.cli.output import answers, counted, print_json, warn

    done = deliver_due(session_of(context).parts())
    for one in done.disabled:
        warn(f"Endpoint {one.endpoint_id} is disabled: {one.reason}. milepost webhooks enable sends again.")
    if as_json:
        disabled = [one.endpoint_id for one in done.disabled]
        counts = {"delivered": done.delivered, "failed": done.failed, "given_up": done.given_up}
        print_json({**counts, "disabled": disabled})
    else:
        answers().print(f"{counted(done.delivered, 'message')} delivered, {counted(done.failed, 'failure')}.")
    if done.failed:
        raise typer.Exit(1)


def _replay(
    parts: "Parts", endpoint: int, *, event: str | None, failed: bool, since: str | None, until: str | None
) -> int:
    from milepost.pipeline.announce_settlements import announce_again, require_subscription

    if since is not None:
        end = _instant(until, "--until") if until is not None else _NO_END
        return announce_again(parts.store, endpoint, since=_instant(since, "--since"), until=end)
    with parts.store.unit_of_work() as work:
        require_subscription(work, endpoint)
        return work.outbox.repeat(endpoint, event_id=event, failed=failed)


_NO_END = 1 << 40
"""Unix seconds that no sale has."""


def _instant(text: str, option: str) -> int:
    """Unix seconds of a date, midnight by UTC, or of an instant with its offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no time: write 2018-05-14, or 2018-05-14T12:00:00Z.", param_hint=option
        ) from None
    if moment.tzinfo is None and len(text) > len("2018-05-14"):
        raise typer.BadParameter(f"{text!r} has no offset: end it with Z, or +08:00.", param_hint=option)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _known(parts: "Parts", code: str) -> "PartnerCode":
    from milepost.catalogue.model import nearest
    from milepost.config import SettingsRefused

    known = {str(partner.code): partner.code for partner in parts.partners}
    if code not in known:
        raise SettingsRefused(f"There is no partner {code!r}; {nearest(code, known)}")
    return known[code]
