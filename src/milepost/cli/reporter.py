"""`milepost reporter`: one reporter, with its own key, store and feed, that signs reports for others.

Workers elsewhere ask it by MILEPOST_REPORTER_URLS. Source: docs/reporters.md
"""

from typing import Annotated

import typer

from milepost.cli.session import session_of


def reporter(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")
    ] = 8090,
) -> None:
    """Sign the reports that this reporter's own purchases give too.

    It needs its one key, a store that no worker uses, its own copy of the feeds, and its own node. It sends
    nothing. Put a proxy that speaks TLS before it. A node or database that is away when it starts is waited
    for: until then it answers 503, and /readyz says why. SIGTERM and Ctrl-C end it.
    """
    from milepost.bootstrap import Parts
    from milepost.bootstrap.http_process import HttpProcess, Served
    from milepost.bootstrap.observing import reporter_pages
    from milepost.bootstrap.reporting import Following, make_reporter, make_reporter_app
    from milepost.cli.output import note, warn
    from milepost.event_log import EventLog
    from milepost.web.status_routes import add_status_routes

    settings = session_of(context).settings()
    parts = Parts(settings, warn)

    def make() -> Served:
        service = make_reporter(parts, settings)
        app, following = make_reporter_app(parts, settings, service), Following(service)
        add_status_routes(app, reporter_pages(parts, following))
        return Served(app, f"Reporter {service.answering.reporter.address} listens on", following)

    HttpProcess("reporter", EventLog("reporter"), settings, note).run(make, host=host, port=port)
