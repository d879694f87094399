"""Writes a file whole or not at all, and lets one process at a time change what stands in a folder.

Deployment files and files of secrets are written by it; whoever reads one finds the former file or the new.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OPEN_TO_ITS_OWNER = 0o600
OPEN_AS_USUAL = 0o666
"""Less what the process's umask takes away."""


def write_whole(path: Path, text: str, *, mode: int = OPEN_AS_USUAL) -> None:
    """Write a file under a name that no other process has, to disk, and put it in the place of the former.

    Shape: several at once each write all of their own text, and one of them stands.
    Raises: OSError, and then the former file stands.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        _sync(path.parent)
    finally:
        # It has gone where all went well.
        draft.unlink(missing_ok=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process that asks for it changes files of a folder, and keep them waiting.

    Shape: no lock file is left behind; it ends with the process, however that ends.
    Raises: OSError.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    """Have the new name on disk too: else a power cut could bring the former file back."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
