"""`milepost serve`: takes purchases over HTTP and answers questions about them.

It settles nothing: `milepost worker` does, on the same database. Any number of each may run on PostgreSQL.
"""

from typing import Annotated

import typer

from milepost.cli.session import session_of


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")
    ] = 8080,
) -> None:
    """Serve the HTTP interface: purchases and files in, purchases, receipts, statements and reports out.

    Partners sign every request with a key (docs/http.md). Put a proxy that speaks TLS before it. SIGTERM and
    Ctrl-C end it once what it was asked is answered. A database that is away when it starts is waited for:
    until then it answers 503, and /readyz says why. Log lines are JSON on standard error; figures are at
    /metrics, and /healthz and /readyz say how it does: keep the three from the outside.
    """
    import sys

    from fastapi import FastAPI

    from milepost.bootstrap import Parts
    from milepost.bootstrap.ending import ended_by_signals
    from milepost.bootstrap.long_running import spare_collector
    from milepost.bootstrap.observing import made_while_serving, serve_pages
    from milepost.bootstrap.serving import GRACE_S, make_server, make_web_parts, open_socket
    from milepost.bootstrap.starting import Starting
    from milepost.cli.output import aside, warn
    from milepost.event_log import EventLog, write_lines
    from milepost.web.app import make_app
    from milepost.web.status_routes import add_status_routes

    settings = session_of(context).settings()
    parts = Parts(settings, warn)
    starting = Starting(EventLog("web"))

    def make() -> FastAPI:
        web_parts = make_web_parts(parts, settings)
        pages, measures = serve_pages(parts, web_parts.ingest.clock)
        app = make_app(web_parts, measures=measures)
        add_status_routes(app, pages)
        return app

    with (
        ended_by_signals(starting.stopping, starting.log, drain_s=GRACE_S),
        open_socket(host, port) as listening,
    ):
        write_lines(sys.stderr)
        app = made_while_serving(make, starting, process="serve", listening=listening)
        if app is None:
            return
        shown = f"[{host}]" if ":" in host else host
        aside().print(f"Listening on http://{shown}:{listening.getsockname()[1]}", soft_wrap=True)
        spare_collector()
        make_server(app, settings, starting.stopping).run(sockets=[listening])
