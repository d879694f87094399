"""Takes a file in to disk, in one of few places, while its signature is checked.

Before it the head of a request for `files` has come; after it `files` reads the records and closes the file.
"""

import hashlib
import tempfile
from dataclasses import dataclass
from typing import BinaryIO

from fastapi import Request

from milepost.web.authentication import SignedRequest, Signing
from milepost.web.file_places import FilePlaces
from milepost.web.problems import RETRY_AFTER_S, Code, Problem
from milepost.web.receiving import Patience, begin, parts_of, receive


@dataclass(slots=True)
class ArrivedFile:
    """A file on disk, with a hash of it; it keeps its place until it is closed."""

    signed: SignedRequest
    file: BinaryIO
    digest: bytes
    places: FilePlaces
    _is_open: bool = True

    def close(self) -> None:
        """Take the file off the disk and give its place back, once however often it is called."""
        if self._is_open:
            self._is_open = False
            self.file.close()
            self.places.free(self.signed.caller)


async def arrive(request: Request) -> ArrivedFile:
    """Take the file in; who gets it closes it.

    Raises: Problem as `receive`, and `unavailable` where no place or no room on the disk is left.
    """
    places = request.app.state.file_places
    assert isinstance(places, FilePlaces), "make_app puts it there"
    signing = begin(request, most_bytes=parts_of(request).limits.file_bytes)
    # A name alone is known by now; that a stranger does not hold it for long, `Patience` sees to.
    places.take(signing.caller)
    arrived: ArrivedFile | None = None
    try:
        arrived = await _to_disk(request, signing, places)
    finally:
        if arrived is None:
            places.free(signing.caller)
    return arrived


async def _to_disk(request: Request, signing: Signing, places: FilePlaces) -> ArrivedFile:
    limits, digest = parts_of(request).limits, hashlib.sha256()
    patience = Patience(limits.file_timeout_s, limits.file_grace_s, limits.file_least_rate)
    # It is closed by who answers, which may be long after this returns.
    file = tempfile.TemporaryFile()  # noqa: SIM115

    def keep(chunk: bytes) -> None:
        digest.update(chunk)
        file.write(chunk)

    whole = False
    try:
        signed = await receive(request, signing, most_bytes=limits.file_bytes, keep=keep, patience=patience)
        file.flush()
        whole = True
    except OSError:
        raise Problem(
            Code.UNAVAILABLE, "There is no room for the file now: send it later.", retry_after_s=RETRY_AFTER_S
        ) from None
    finally:
        if not whole:
            file.close()
    return ArrivedFile(signed, file, digest.digest(), places)
