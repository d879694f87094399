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
    from milepost.bootstrap import Parts
    from milepost.bootstrap.http_process import HttpProcess, Served
    from milepost.bootstrap.observing import serve_pages
    from milepost.bootstrap.serving import make_web_parts
    from milepost.cli.output import note, warn
    from milepost.event_log import EventLog
    from milepost.web.app import make_app
    from milepost.web.status_routes import add_status_routes

    settings = session_of(context).settings()
    parts = Parts(settings, warn)

    def make() -> Served:
        web_parts = make_web_parts(parts, settings)
        pages, measures = serve_pages(parts, web_parts.ingest.clock)
        app = make_app(web_parts, measures=measures)
        add_status_routes(app, pages)
        return Served(app, "Listening on")

    HttpProcess("serve", EventLog("web"), settings, note).run(make, host=host, port=port)
