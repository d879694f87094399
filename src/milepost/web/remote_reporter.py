"""Asks a reporter elsewhere for its signature, and believes nothing of the answer that it cannot check.

Before it a report was sealed; `pipeline.sign_report` stores what this gives, or passes the reporter over.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Semaphore
from typing import Any

import httpx

from milepost.chain.signatures import signer_of
from milepost.codec.keccak import keccak
from milepost.codec.report_bytes import decode_report
from milepost.domain.errors import DomainError
from milepost.domain.quoting import quoted
from milepost.pipeline.check_report import ReportDisagreement
from milepost.ports import (
    Clock,
    Proposal,
    Reporter,
    ReporterAnswerRefused,
    ReporterBehind,
    ReporterLacksPurchases,
    ReporterUnavailable,
    SettlementChain,
)
from milepost.web.proposal_json import (
    COPY_LACKS_PURCHASES,
    DISAGREEMENT,
    MOST_BYTES,
    REPORTER_PATH,
    SIGN_PATH,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    TOO_EARLY,
    SentProposal,
    load_shallow,
    proposal_json,
    seal_message,
)

CONNECT_S = 2.0
_FIRST_REST_S = 1.0
_MOST_REST_S = 60.0
_MOST_AT_ONCE = 4
_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*", re.ASCII)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_CODE = re.compile(r"[a-z_]{1,40}", re.ASCII)


@dataclass(slots=True)
class RemoteReporter:
    """A reporter behind a URL: the port `SigningReporter`.

    Shape: `sealer` is a reporter of ours, which seals what is sent; `tick` are seconds that never go back.
        One that gives no answer is left alone for a while, twice as long each time, so that a hung one does
        not hold up every report.
    Units: `timeout_s` for a whole answer.
    """

    url: str
    sealer: Reporter
    chain: SettlementChain
    machine: Clock
    tick: Callable[[], float]
    client: httpx.Client
    timeout_s: float = 10.0
    _address: str | None = field(default=None, init=False)
    _rests_until: float = field(default=0.0, init=False)
    _rest_s: float = field(default=_FIRST_REST_S, init=False)
    _places: Semaphore = field(default_factory=lambda: Semaphore(_MOST_AT_ONCE), init=False)

    @property
    def address(self) -> str:
        """As the reporter says itself; who signed is found out from its signature."""
        if self._address is None:
            status, document = self._ask("GET", REPORTER_PATH)
            found = document.get("address")
            if status >= 500 or status == 429:
                raise ReporterUnavailable(f"The reporter at {self.url} answers {status}: it is asked later.")
            if status != 200 or not isinstance(found, str) or not _ADDRESS.fullmatch(found):
                raise ReporterAnswerRefused(f"The reporter at {self.url} does not say its address.")
            self._address = found
        return self._address

    def sign(self, proposal: Proposal, *, message: bytes) -> bytes:
        body = proposal_json(SentProposal(proposal, self.chain.chain_id, self.chain.settlement))
        timestamp = str(self.machine.now())
        seal = self.sealer.sign_message(seal_message(body, timestamp))
        headers = {
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: f"v1=0x{seal.hex()}",
            "Content-Type": "application/json",
        }
        status, document = self._ask("POST", SIGN_PATH, content=body, headers=headers)
        if status == 200:
            return self._signature(document, keccak(message))
        raise self._refusal(status, document, proposal)

    def _signature(self, document: dict[str, Any], digest: bytes) -> bytes:
        signature = _bytes_of(document.get("signature"))
        expected, self._address = self.address, None
        if signature is None or (signer := signer_of(digest, signature)) is None:
            raise ReporterAnswerRefused(
                f"The reporter at {self.url} answered what is no signature of this report: see that it runs"
                " this version, for this deployment and reporter set."
            )
        if signer.lower() != expected.lower():
            raise ReporterAnswerRefused(
                f"The reporter at {self.url} signed as {signer} and calls itself {expected}: check its key,"
                " its deployment, and the reporter set that it sees."
            )
        self._address = signer
        return signature

    def _refusal(self, status: int, document: dict[str, Any], proposal: Proposal) -> Exception:
        code, detail = _text(document.get("code")), _text(document.get("detail"))
        own = _bytes_of(document.get("own_report"))
        is_dispute = status == 409 and document.get("type") == DISAGREEMENT
        if is_dispute and own is not None and own != proposal.report_bytes and _is_report(own):
            return ReportDisagreement(self.address, proposed=proposal.report_bytes, own=own)
        # It may name a purchase, or be anything: our log leaves out what is between the marks.
        told = detail and f": {quoted(detail.removesuffix('.'))}"
        said = f"The reporter at {self.url} answered {status} {_code(code)}{_lacking(document)}{told}"
        if status == 503 and code == TOO_EARLY:
            return ReporterBehind(f"{said}.")
        if status == 503 and code == COPY_LACKS_PURCHASES:
            return ReporterLacksPurchases(f"{said}.")
        if status >= 500 or status == 429:
            return ReporterUnavailable(f"{said}.")
        return ReporterAnswerRefused(f"{said}.")

    def _ask(self, method: str, path: str, **sent: Any) -> tuple[int, dict[str, Any]]:
        if self.tick() < self._rests_until:
            raise ReporterUnavailable(f"The reporter at {self.url} gave no answer lately: it is asked later.")
        if not self._places.acquire(blocking=False):
            # Others made the quorum and nobody waited for it: few threads hang by one reporter.
            raise ReporterUnavailable(f"The reporter at {self.url} is still being asked: it is asked later.")
        try:
            return self._asked(method, path, **sent)
        finally:
            self._places.release()

    def _asked(self, method: str, path: str, **sent: Any) -> tuple[int, dict[str, Any]]:
        try:
            status, content = self._answer(method, path, **sent)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._rests_until = self.tick() + self._rest_s
            self._rest_s = min(self._rest_s * 2, _MOST_REST_S)
            raise ReporterUnavailable(
                f"The reporter at {self.url} gave no answer ({type(error).__name__}): see that it runs."
            ) from None
        self._rest_s = _FIRST_REST_S
        return status, _document(content)

    def _answer(self, method: str, path: str, **sent: Any) -> tuple[int, bytes]:
        """An answer, whole, in time and not endless."""
        ends_at = self.tick() + self.timeout_s
        timeout = httpx.Timeout(self.timeout_s, connect=CONNECT_S)
        content = bytearray()
        with self.client.stream(method, f"{self.url}{path}", timeout=timeout, **sent) as response:
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MOST_BYTES or self.tick() > ends_at:
                    raise httpx.ReadTimeout("too long", request=response.request)
        return response.status_code, bytes(content)


def _document(content: bytes) -> dict[str, Any]:
    found = load_shallow(content)
    return found if isinstance(found, dict) else {}


def _bytes_of(found: Any) -> bytes | None:
    return bytes.fromhex(found[2:]) if isinstance(found, str) and _HEX.fullmatch(found) else None


def _is_report(found: bytes) -> bool:
    try:
        decode_report(found)
    except DomainError:
        return False
    return True


def _text(found: Any) -> str:
    """What the other side says, as one short line."""
    return " ".join(found.split())[:300] if isinstance(found, str) and found.isprintable() else ""


def _lacking(document: dict[str, Any]) -> str:
    """How many purchases its copy lacks, where it says so: a number names none."""
    found = document.get("lacking")
    return f", it lacks {found}" if type(found) is int else ""


def _code(found: str) -> str:
    """A code of ours as it is, anything else between marks."""
    return found if not found or _CODE.fullmatch(found) else quoted(found)
