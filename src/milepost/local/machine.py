"""Puts one machine together: node, programme, members, and the processes of the commands.

`milepost up` runs it; each part can be run alone by its own command, with the settings that are written here.
"""

import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from milepost.bootstrap.partner_keys import give_key
from milepost.catalogue import load_partners
from milepost.chain.deployment_file import Deployment, read_deployment
from milepost.domain.errors import MilepostError
from milepost.domain.quantities import PartnerCode
from milepost.local.anvil import HOST, free_port, require_free, running_anvil
from milepost.local.place import Place
from milepost.local.processes import Process, Processes
from milepost.local.programme import ensure_programme
from milepost.secret_files import write_secret_file

ROOT = Path()
_COMMAND = "from milepost.cli import app; app()"


class MembersRefused(MilepostError):
    """A list of members could not be enrolled as it is. The operator corrects it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to stand on an empty chain, and whom to enrol, in order."""

    programme: str
    partners: Path
    promotions: tuple[Path, ...] = ()
    members: tuple[Path, ...] = ()


class Machine:
    """One folder's node, programme and processes."""

    def __init__(
        self, folder: Path, wanted: Wanted, *, port: int, rpc_port: int, say: Callable[[str], None]
    ) -> None:
        self._place, self._wanted, self._say = Place(folder), wanted, say
        self._port, self._rpc_port = port or free_port(), rpc_port or free_port()
        self._reporter_ports = [free_port() for _ in self._place.numbers[1:]]
        self._worker_port = free_port()

    @contextmanager
    def running(self) -> Iterator[Processes]:
        """Everything up; ended in order with the block, the node last.

        Raises: PlaceInUse, PortTaken, AnvilMissing, AnvilDidNotStart, ChainLost, DidNotStart, MembersRefused;
            what deploying raises.
        """
        place = self._place
        # Before a new folder is made; of one that is there its lock speaks first, and says more.
        if not place.folder.exists():
            self._require_free_ports()
        with place.held():
            self._require_free_ports()
            place.make()
            with running_anvil(
                ROOT, port=self._rpc_port, log=place.log("anvil"), setting="milepost up", state=place.chain
            ) as anvil:
                is_new = ensure_programme(
                    place,
                    anvil,
                    programme=self._wanted.programme,
                    partners=self._wanted.partners,
                    promotions=self._wanted.promotions,
                )
                done = "deployed" if is_new else "found"
                self._say(f"{self._deployment.title} is {done} on the chain at {anvil.url}.")
                self._write_settings(anvil.url)
                self._give_keys()
                self._enrol()
                processes = self._processes()
                self._say("Starting HTTP, the worker and the reporters …")
                try:
                    processes.start()
                    yield processes
                finally:
                    self._say("Ending …")
                    processes.end()

    def lines(self) -> tuple[str, ...]:
        """Where everything is, and what to type to send a purchase, and to see and verify its receipt."""
        place, url = self._place, f"http://{HOST}:{self._port}"
        reporters = ", ".join(f"http://{HOST}:{port}" for port in self._reporter_ports)
        rpc, milepost = f"http://{HOST}:{self._rpc_port}", f".venv/bin/milepost --config {place.settings}"
        code = sorted(self._deployment.partners)[0]
        key, now = place.till_key(code), datetime.now(UTC)
        sale_ref = f"TRY-{int(now.timestamp())}"
        file = place.folder / f"{sale_ref.lower()}.json"
        return (
            f"HTTP at {url}, node at {rpc}; keys, stores and logs in {place.folder}/.",
            f"How each does, at /healthz, /readyz and /metrics: serve at {url},"
            f" worker at http://{HOST}:{self._worker_port}, reporters at {reporters}.",
            "In another terminal, from this folder, a purchase and its receipt:",
            "",
            f"BODY='{self._sample(code, sale_ref, now)}'",
            'NOW=$(date +%s); SIGNATURE=$(printf \'%s\\n%s\\n%s\\n%s\' "$NOW" POST /v1/purchases "$BODY" |'
            f' openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(cat {key})" -r | cut -c1-64)',
            f'curl -sS {url}/v1/purchases -H "Milepost-Key: {code}-1" -H "Milepost-Timestamp: $NOW"'
            " -H \"Milepost-Signature: v1=$SIGNATURE\" -H 'Content-Type: application/json'"
            ' --data-binary "$BODY"; echo; sleep 5',
            f"{milepost} receipt show {code} {sale_ref} --out {file}",
            f"{milepost} receipt verify {file} --rpc {rpc}",
        )

    def _sample(self, code: PartnerCode, sale_ref: str, now: datetime) -> str:
        """A bill of this moment at the first outlet of a partner."""
        (partner,) = (one for one in load_partners([self._wanted.partners]) if one.code == code)
        outlet = partner.outlets[0]
        occurred_at = now.astimezone(ZoneInfo(outlet.time_zone)).replace(microsecond=0)
        bill = {
            "partner": code,
            "sale_ref": sale_ref,
            "outlet": outlet.code,
            "occurred_at": occurred_at.isoformat(),
            "currency": partner.currency,
            "gross_minor": 60_000,
            "member": self._sample_member(),
        }
        return json.dumps(bill, separators=(",", ":"))

    def _sample_member(self) -> str:
        """The first number of the first list; one that nobody has where there is none."""
        for file in self._wanted.members:
            with file.open(encoding="utf-8", newline="") as rows:
                for row in csv.DictReader(rows):
                    return row["member"]
        return "M0000"

    def _require_free_ports(self) -> None:
        """Raises: PortTaken, which names two others: who runs a second machine needs both."""
        otherwise = f"--port {self._port + 1} --rpc-port {self._rpc_port + 1}"
        for port in (self._port, self._rpc_port):
            require_free(port, by="another milepost up", otherwise=otherwise)

    @property
    def _deployment(self) -> Deployment:
        return read_deployment(self._place.deployment)

    def _write_settings(self, rpc_url: str) -> None:
        urls = [f"http://{HOST}:{port}" for port in self._reporter_ports]
        self._place.write_settings(rpc_url=rpc_url, partners=self._wanted.partners, reporter_urls=urls)

    def _give_keys(self) -> None:
        """A key to each partner's till that has none, and its secret into a file."""
        for code in sorted(self._deployment.partners):
            file = self._place.till_key(code)
            if not file.exists():
                made = give_key(self._place.partner_keys, code, now_s=int(time.time()), overlap_s=0)
                write_secret_file(file, f"{made.secret}\n")

    def _enrol(self) -> None:
        """Enrol on the chain, then give every reporter the same numbers the same ids."""
        for file in self._wanted.members:
            self._say(f"Enrolling the members of {file}, and telling each reporter their ids …")
            self._command("members", "import", str(file))
            for number in self._place.numbers[1:]:
                settings = self._place.reporter_settings(number)
                self._command("members", "import", "--restore", str(file), settings=settings)

    def _command(self, *words: str, settings: Path | None = None) -> None:
        """Run one of our commands to its end. Raises: MembersRefused with what it said."""
        config = str(settings or self._place.settings)
        done = subprocess.run(
            [sys.executable, "-c", _COMMAND, "--config", config, *words],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise MembersRefused(f"milepost {' '.join(words)} failed: {done.stderr.strip()}")

    def _processes(self) -> Processes:
        place = self._place
        reporters = [
            Process(
                f"reporter-{number}",
                ("--config", str(place.reporter_settings(number)), "reporter", "--port", str(port)),
                place.log(f"reporter-{number}"),
                health=f"http://{HOST}:{port}/healthz",
            )
            for number, port in zip(place.numbers[1:], self._reporter_ports, strict=True)
        ]
        config = ("--config", str(place.settings))
        serve = (*config, "serve", "--host", HOST, "--port", str(self._port))
        return Processes(
            (
                *reporters,
                Process(
                    "serve", serve, place.log("serve"), health=f"http://{HOST}:{self._port}/openapi.json"
                ),
                Process(
                    "worker",
                    (*config, "worker", "--status-port", str(self._worker_port)),
                    place.log("worker"),
                    health=f"http://{HOST}:{self._worker_port}/healthz",
                ),
            ),
            self._say,
        )
