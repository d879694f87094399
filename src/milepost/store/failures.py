"""Turns what a database driver raises into errors that say who acts; values stay out of their sentences.

`unit_of_work`, `members` and `leases` do their work inside `answering`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from milepost.domain.errors import StoreError
from milepost.ports import StoreBusy, StoreUnavailable

# SQLSTATE: serialization failure and deadlock; a second one of what there is one of.
_RACES = ("40001", "40P01")
_UNIQUE = "23505"
# Lock not to be had, statement or idle unit cancelled: it was waited for long enough.
_HELD = ("55P03", "57014", "25P03")
# Classes of SQLSTATE: connection lost, server shut down or starting; and too many connections.
_GONE = ("08", "57P")
_FULL_HOUSE = "53300"
# What a server says before why it refuses a connection, and the reasons that pass.
_REFUSES = "FATAL:"
_FOR_NOW = ("the database system is", "too many clients", "connection slots")


@contextmanager
def answering() -> Iterator[None]:
    """Turn the driver's errors within into ours.

    Raises: StoreBusy if another process was quicker; StoreUnavailable if one holds what is needed for too
        long, or the server gives no answer; StoreError for anything else, such as a full disk.
        Nothing of the unit is stored, unless the connection was lost while it committed.
    """
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnavailable("all connections are in use") from error
    except DBAPIError as error:
        raise answer_to(error) from error


def first_line(error: DBAPIError) -> str:
    """What the driver says, without the lines that quote values."""
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error.orig).__name__


def answer_to(error: DBAPIError) -> StoreError:
    """The error of ours that says who acts on the driver's."""
    code = getattr(error.orig, "sqlstate", None) or ""
    said = first_line(error)
    if code in _RACES:
        return StoreBusy(f"Another process changed what was read ({said})")
    if code == _UNIQUE or (isinstance(error, IntegrityError) and "UNIQUE" in said):
        return StoreBusy(
            f"The database refuses a second one of something there is one of ({said}): another process was"
            " quicker"
        )
    if code in _HELD or _is_locked(error.orig):
        return StoreUnavailable(f"held by another process: {said}")
    if code.startswith(_GONE) or code == _FULL_HOUSE or _is_lost(error, code):
        return StoreUnavailable(said)
    if isinstance(error, IntegrityError):
        return StoreError(
            f"The database refuses what contradicts it ({said}): nothing was stored; report it."
        )
    return StoreError(
        f"The database did not take it ({said}): nothing was stored; see that it is reachable, has room and"
        " is not held by another process, then run the step again."
    )


def is_server_away(error: DBAPIError) -> bool:
    """Whether a server of PostgreSQL cannot be connected to now, and may be soon.

    Shape: what it refuses itself, such as a name or a password, stays refused. A connection that fails has no
        SQLSTATE, so its words are looked at.
    """
    if isinstance(error.orig, sqlite3.Error) or not isinstance(error, OperationalError):
        return False
    # All lines: each address of a host that has several has one of its own.
    said = str(error.orig)
    return _REFUSES not in said or any(word in said for word in _FOR_NOW)


def is_held(error: DBAPIError) -> bool:
    """Whether another process holds what was asked for without waiting."""
    return getattr(error.orig, "sqlstate", None) == "55P03"


def _is_locked(cause: BaseException | None) -> bool:
    return isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode == sqlite3.SQLITE_BUSY


def _is_lost(error: DBAPIError, code: str) -> bool:
    if code or isinstance(error.orig, sqlite3.Error):
        return False
    return error.connection_invalidated or isinstance(error, OperationalError)
