"""`milepost worker`: settles what is accepted, for ever, beside any number of other workers.

Purchases are taken in by others, such as the HTTP interface; afterwards receipts can be shown.
"""

from typing import Annotated

import typer

from milepost.cli.session import session_of


def worker(
    context: typer.Context,
    lanes: Annotated[
        list[int] | None,
        typer.Option(
            "--lane",
            metavar="N",
            help="Only this lane; may be given more than once. Else a fair share of all.",
        ),
    ] = None,
    status_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            help="Port of /metrics, /healthz and /readyz; 0 takes a free one. Absent: as the settings say.",
        ),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Do what can be done without waiting, then stop.")
    ] = False,
) -> None:
    """Seal, sign, relay and read, until told to stop by SIGTERM or Ctrl-C.

    Any number may run over one database: each lane has one worker at a time, by a lease, and whoever dies is
    replaced when its leases end. Workers with relayer keys of their own share the lanes; one with a key that
    another uses stands by. What it does is said on standard error, a JSON object a line. A lane or a chore
    that fails holds up no other, and is tried again. A node or database that is away when it starts is waited
    for; with --once it ends. Exit code 1 if something was stuck with --once.
    """
    import sys

    from milepost.bootstrap.ending import ended_by_signals
    from milepost.bootstrap.long_running import spare_collector
    from milepost.bootstrap.observing import Watching, serve_status
    from milepost.bootstrap.starting import Starting
    from milepost.bootstrap.working import open_worker, run_until_stopped
    from milepost.event_log import EventLog, write_lines
    from milepost.worker import Worker

    session = session_of(context)
    parts, settings = session.parts(), session.settings()
    starting = Starting(EventLog("worker"))
    watching = Watching(parts, settings, starting)

    def make() -> Worker:
        chores, stopping = [watching.chore()], starting.stopping
        return open_worker(parts, settings, lanes=lanes or [], chores=chores, stopping=stopping)

    write_lines(sys.stderr)
    port = settings.worker_status_port if status_port is None else status_port
    with (
        ended_by_signals(starting.stopping, starting.log, drain_s=settings.worker_drain_s),
        serve_status(watching.pages(), settings.worker_status_host, port),
    ):
        opened = starting.now(make) if once else starting.until_there(make)
        if opened is None:
            return
        watching.watch(opened)
        spare_collector()
        run_until_stopped(opened, once=once)
    if once and any(beat.is_stuck for beat in opened.heartbeat.beats().values()):
        raise typer.Exit(1)
