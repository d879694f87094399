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
    import sys

    from fastapi import FastAPI

    from milepost.bootstrap import Parts
    from milepost.bootstrap.ending import ended_by_signals
    from milepost.bootstrap.long_running import spare_collector
    from milepost.bootstrap.observing import made_while_serving, reporter_pages
    from milepost.bootstrap.reporting import Following, make_reporter, make_reporter_app
    from milepost.bootstrap.serving import GRACE_S, make_server, open_socket
    from milepost.bootstrap.starting import Starting
    from milepost.cli.output import aside, warn
    from milepost.event_log import EventLog, write_lines
    from milepost.web.reporter_service import ReporterService
    from milepost.web.status_routes import add_status_routes

    settings = session_of(context).settings()
    parts = Parts(settings, warn)
    starting = Starting(EventLog("reporter"))

    def make() -> tuple[ReporterService, FastAPI]:
        service = make_reporter(parts, settings)
        return service, make_reporter_app(parts, settings, service)

    with (
        ended_by_signals(starting.stopping, starting.log, drain_s=GRACE_S),
        open_socket(host, port) as listening,
    ):
        write_lines(sys.stderr)
        made = made_while_serving(make, starting, process="reporter", listening=listening)
        if made is None:
            return
        service, app = made
        with Following(service) as following:
            add_status_routes(app, reporter_pages(parts, following))
            shown = f"[{host}]" if ":" in host else host
            aside().print(
                f"Reporter {service.answering.reporter.address} listens on"
                f" http://{shown}:{listening.getsockname()[1]}",
                soft_wrap=True,
            )
            spare_collector()
            make_server(app, settings, starting.stopping).run(sockets=[listening])
