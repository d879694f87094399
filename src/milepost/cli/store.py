"""`milepost store`: rebuilds a store from chain and feeds, migrates it, and copies it.

An operator needs it after a loss, after an update, and before either; settling goes on afterwards.
"""

from pathlib import Path
from typing import Annotated

import typer

from milepost.cli.session import AsJson, session_of

app = typer.Typer(no_args_is_help=True, help="Rebuild the store from chain and feeds, migrate it, copy it.")


@app.command()
def rebuild(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="The feeds since the copy, or all, under the names they had."),
    ],
    as_json: AsJson = False,
) -> None:
    """Bring a store that is older than the chain, or empty, up to the chain.

    Every settled report that the store lacks is read from the chain, its purchases are found in the feeds,
    and what each got is stored; nothing is sent. Rows that no report settled are taken in as by settle. No
    key of a reporter or of the relayer is needed. A lost store gets its members first, by members import
    --restore. Run it again after any failure. Exit code 1 if a settled purchase is in no file, which is
    named, or a row was refused.
    """
    from milepost.cli.output import answers, complain, print_json, progress
    from milepost.cli.rebuild_run import run_rebuild
    from milepost.cli.rebuild_view import rebuild_document, show_rebuild

    parts = session_of(context).parts()
    for file in files:
        # A file that is no feed is refused before anything of another one is stored.
        next(parts.read_feed(file), None)
    oracle = parts.reader
    with progress() as bar:
        run = run_rebuild(oracle, files, parts.read_feed, bar=bar)
    if as_json:
        print_json(rebuild_document(run))
    else:
        show_rebuild(run, console=answers())
    if run.stopped is not None:
        complain(str(run.stopped))
        raise typer.Exit(run.stopped.exit_code)
    if run.refused:
        raise typer.Exit(1)


@app.command()
def migrate(context: typer.Context, as_json: AsJson = False) -> None:
    """Bring the store to the revision of this version; nothing else may use it meanwhile.

    An SQLite store is copied first, beside its file. All of the migration is done or nothing of it.
    """
    from milepost.cli.output import answers, print_json
    from milepost.store.engine import migrate as migrate_store

    migrated = migrate_store(session_of(context).parts().raw_engine)
    if as_json:
        copy = None if migrated.copy is None else str(migrated.copy)
        print_json({"before": migrated.before, "after": migrated.after, "copy": copy})
    elif migrated.before == migrated.after:
        answers().print(f"The store is at revision {migrated.after} already: nothing to do.")
    else:
        kept = f" A copy of it as it was: {migrated.copy}" if migrated.copy else ""
        answers().print(
            f"The store went from revision {migrated.before or 'none'} to {migrated.after}.{kept}",
            soft_wrap=True,
        )


@app.command()
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes; no such file yet.")],
    as_json: AsJson = False,
) -> None:
    """Copy an SQLite store as it is at one moment, while others go on using it.

    The copy is whole once it is there. It holds purchases, raw txs and the encrypted member directory: keep
    it as safe as the store, and the directory's key elsewhere.
    """
    from milepost.cli.output import answers, print_json
    from milepost.store.backup import back_up

    copy = back_up(session_of(context).parts().raw_engine, file)
    size = copy.stat().st_size
    if as_json:
        print_json({"copy": str(copy), "bytes": size})
    else:
        answers().print(f"Copied to {copy}: {size:,} bytes.", soft_wrap=True)
