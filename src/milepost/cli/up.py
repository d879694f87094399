"""`milepost up`: the whole oracle on this machine, with a node of its own, until Ctrl-C.

It runs the commands that elsewhere run alone: `serve`, `worker`, `reporter`. Starting it again goes on.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from milepost.local.machine import Machine

FOLDER = Path("build/up")


def up(
    folder: Annotated[Path, typer.Option(metavar="FOLDER", help="Where all of it is kept.")] = FOLDER,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of the HTTP interface.")] = 8080,
    rpc_port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port of the node; 0 takes a free one.")
    ] = 8545,
    programme: Annotated[
        str, typer.Option(metavar="NAME", help="Programme to deploy when there is none yet.")
    ] = "asia-miles-2020",
    partners: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Agreements of the partners; all are deployed.")
    ] = Path("partners"),
    promotions: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Promotions to deploy with it.")
    ] = None,
    members: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Lists of members to enrol, in this order.")
    ] = None,
) -> None:
    """Start a node, deploy when its chain is empty, then serve HTTP, settle, and sign by three reporters.

    For trying and for developing: one machine, keys drawn here, a chain that anvil writes to a file. Ctrl-C
    ends every process in order; the same command goes on from there. The lines to try are printed.
    """
    from milepost.cli.output import note
    from milepost.local.interrupts import interrupt_once
    from milepost.local.machine import Machine, Wanted

    interrupt_once()
    wanted = Wanted(
        programme=programme,
        partners=partners,
        promotions=tuple(promotions or ()),
        members=tuple(members or ()),
    )
    machine = Machine(folder, wanted, port=port, rpc_port=rpc_port, say=note)
    try:
        _run(machine)
    except KeyboardInterrupt:
        note("Everything has ended. The same command goes on from here.")


def _run(machine: "Machine") -> None:
    with machine.running() as processes:
        for line in machine.lines():
            typer.echo(line)
        sys.stdout.flush()
        processes.look_after()
