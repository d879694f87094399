"""A programme on one anvil for all fault tests, and for each the same start: members, feeds, no report.

Its two partners are in lanes of their own, so one run settles two reports; three members are enrolled.
"""

import shutil
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.contract import Contract

from milepost.chain.contracts import contract_at
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.chain.member_ledger import NodeMemberLedger
from milepost.chain.node import Node
from milepost.fail_point import VARIABLE, FailPoint
from tests.support.case_databases import CaseDatabase, PostgresqlCase, SqliteCase, has_raw_tx
from tests.support.cli_stage import ROOT, CliStage, a_stage_plan, cli_stage
from tests.support.command_process import KILLED, CommandProcess
from tests.support.databases import PostgresqlServer, postgresql_server
from tests.support.fault_proxy import Call, Fate, FaultProxy

MEMBERS = {"M0001": 1, "M0002": 2, "M0003": 3}
"""Membership numbers and the ids they get, in order."""
# Every till has the same source, so that a bill in both files is one purchase.
FEED_HEADER = "source,partner,sale_ref,outlet,occurred_at,currency,gross_minor,tip_minor,member\n"
_FEEDS = {
    "may.csv": """\
till,harbour-grill,H-1,pier,2018-05-05T18:00:00-04:00,USD,2400,335,M0001
till,noon-kitchen,N-1,market-street,2018-05-03T12:06:00-04:00,USD,2000,300,M0001
till,harbour-grill,H-2,boathouse,2018-05-05T19:00:00-04:00,USD,120000,0,M0002
""",
    # The first is sent again; the last is a bill of nobody's card.
    "june.csv": """\
till,harbour-grill,H-1,pier,2018-05-05T18:00:00-04:00,USD,2400,335,M0001
till,noon-kitchen,N-2,station,2018-05-10T12:00:00-04:00,USD,1999,0,M0003
till,harbour-grill,H-3,pier,2018-05-20T21:30:00-04:00,USD,1200,0,M0002
till,noon-kitchen,N-3,station,2018-05-11T12:30:00-04:00,USD,1250,0,M9999
""",
}
REFUNDS = "refunds.csv"
"""A file that only some cases have."""
_REFUND_ROWS = """\
source,kind,partner,sale_ref,original_sale_ref,revision,outlet,occurred_at,currency,gross_minor,tip_minor,member
till,REFUND,harbour-grill,R-1,H-1,,pier,2018-05-06T10:00:00-04:00,USD,1000,0,
till,VOID,noon-kitchen,N-1,,,market-street,2018-05-03T13:06:00-04:00,USD,,,
till,AMEND,noon-kitchen,N-3,,1,station,2018-05-11T12:30:00-04:00,USD,1250,0,M0003
"""
_MEMBERS_HEADER = "member,tier,segments,enrolled_at\n"
# anvil calls a block final when four more stand on it.
_EPOCH = ["--slots-in-an-epoch", "2"]
# After some hundred blocks anvil writes states to disk, sooner and sooner, and a reorg to one of those leaves
# every contract without its code. So many stay in memory, and none goes to disk.
_STATES = ["--prune-history", "20000"]
DRAINS_WITHIN_S = 60
"""R6: once faults stop, everything is settled in so many seconds; alone on a machine two reports take one."""


@cache
def _plan_of(partners: Path) -> DeploymentPlan:
    # Its files are read once a stage, not once a case.
    return a_stage_plan(partners)


@dataclass(slots=True)
class FaultCase:
    """One test's own database, feeds and proxy, before the shared chain."""

    stage: CliStage
    folder: Path
    proxy: FaultProxy
    store: CaseDatabase
    first_block: int
    runs: int = 0
    drained_in_s: float = 0.0
    added: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)

    @property
    def database(self) -> Path:
        """The file of the SQLite database."""
        assert isinstance(self.store, SqliteCase)
        return self.store.file

    @property
    def feeds(self) -> list[Path]:
        files = [self.folder / name for name in (*_FEEDS, *self.added, REFUNDS)]
        return [file for file in files if file.exists()]

    @property
    def receipts(self) -> Path:
        return self.folder / "receipts"

    @property
    def settings(self) -> dict[str, str]:
        """The command's settings: the stage's keys, this case's own database, its proxy for a node."""
        return {
            **self.stage.settings,
            "MILEPOST_DATABASE_URL": self.store.url,
            "MILEPOST_RPC_URL": self.proxy.url,
        }

    @property
    def plan(self) -> DeploymentPlan:
        """What was deployed: what the reference model judges by."""
        return _plan_of(self.stage.partners)

    @property
    def web3(self) -> Web3:
        return self.stage.web3

    def rpc(self, method: str, *params: object) -> Any:
        """Ask anvil itself, past the proxy."""
        answer: Any = self.web3.provider.make_request(method, list(params))  # type: ignore[arg-type]
        assert "error" not in answer, answer
        return answer["result"]

    def start(
        self,
        *words: object,
        fail_point: FailPoint | None = None,
        time: int = 1,
        most_file_bytes: int = 0,
        **settings: object,
    ) -> CommandProcess:
        """Start the command; with a fail point it ends itself there, with a limit no file grows above it."""
        self.runs += 1
        changed = {f"MILEPOST_{name.upper()}": str(value) for name, value in settings.items()}
        armed = f"{fail_point.label}:{time}" if fail_point else ""
        given = {**self.settings, VARIABLE: armed, **changed}
        printed = self.folder / f"printed-{self.runs}.txt"
        return CommandProcess(
            [str(word) for word in words], settings=given, printed=printed, most_file_bytes=most_file_bytes
        )

    def run(self, *words: object, **options: Any) -> int:
        """Run the command to its end; its exit code."""
        process = self.start(*words, **options)
        code = process.wait()
        self.printed.append(process.printed)
        return code

    def add_refunds(self) -> None:
        """Let the tills send one more file: a refund, a void, and a claim of nobody's bill."""
        (self.folder / REFUNDS).write_text(_REFUND_ROWS, encoding="utf-8")

    def add_feed(self, name: str, rows: str) -> Path:
        """Let the tills send one more file of bills, which counts for what must be settled."""
        self.added.append(name)
        return self.write_feed(name, rows)

    def write_feed(self, name: str, rows: str) -> Path:
        """A file of bills that counts for nothing yet."""
        file = self.folder / name
        file.write_text(FEED_HEADER + rows, encoding="utf-8")
        return file

    def start_settling(self, **options: Any) -> CommandProcess:
        return self.start("settle", *self.feeds, "--receipts", self.receipts, **options)

    def settle(self, **options: Any) -> int:
        return self.run("settle", *self.feeds, "--receipts", self.receipts, **options)

    def settle_killed_at(self, point: FailPoint, *, time: int = 1, **settings: object) -> None:
        """Settle with a fail point, and make sure that it was what ended the process."""
        code = self.settle(fail_point=point, time=time, **settings)
        assert code == KILLED, f"{point.label}:{time} was not reached: {code}\n{self.printed[-1]}"

    def run_on_a_slow_chain(self, *words: object) -> CommandProcess:
        """Run the command to its end; no block is mined until it waits for one, or has sent a tx."""
        sent, asked = len(self.proxy.sent), Counter[str]()

        def count(request: Call) -> Fate:
            asked[request.method] += 1
            return Fate.PASSES

        self.proxy.before = count
        process = self.start(*words)

        def needs_block() -> bool:
            # It asks for two counts at a time, and again while they differ.
            is_waiting = asked["eth_getTransactionCount"] >= 4 or len(self.proxy.sent) > sent
            return is_waiting or not process.is_running

        wait_until(needs_block, what="it waits for a block")
        with self.mining():
            process.wait()
        return process

    def settle_to_the_end(self, **settings: object) -> None:
        """One more run, with no fault left: it must be done, in the time that R6 states."""
        self.end(self.start_settling(**settings))

    def end(self, process: CommandProcess) -> None:
        """Wait for a run that no fault disturbs from here on, and take the time."""
        began = monotonic()
        code = process.wait()
        self.drained_in_s = monotonic() - began
        assert code == 0, process.printed

    def lose_store(self) -> None:
        """Delete the database with all that belongs to it."""
        self.store.lose()

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database as it stands, without the oracle's code."""
        return self.store.query(query)

    def report_states(self) -> list[str]:
        """States of the reports in the database, in order of lane."""
        return [state for (state,) in self.sql("SELECT state FROM reports ORDER BY lane")]

    def contract(self, name: str) -> Contract:
        return contract_at(self.web3, name, self.stage.deployment.addresses.of(name))

    def call_data(self, function: str) -> str:
        """The call of a function of Settlement that takes nothing."""
        return str(self.contract("Settlement").encode_abi(function, []))

    def send_from(self, account: LocalAccount, data: str, *, is_urgent: bool = True, after: int = 0) -> None:
        """Send what `signed_by` gives, past the proxy, after so many txs that are not mined yet."""
        self.rpc("anvil_setBalance", account.address, hex(10**20))
        nonce = self.web3.eth.get_transaction_count(account.address) + after
        self.rpc("eth_sendRawTransaction", self.signed_by(account, data, nonce=nonce, is_urgent=is_urgent))

    def signed_by(self, account: LocalAccount, data: str, *, nonce: int, is_urgent: bool = True) -> str:
        """A raw tx to Settlement, or to the sender itself without data; an urgent one leads its block."""
        # anvil orders a block by the most that a tx would pay for gas.
        fee_wei = 100 * 10**9 if is_urgent else self.web3.eth.get_block("latest")["baseFeePerGas"]
        to = account.address if data == "0x" else self.stage.deployment.addresses.settlement
        tx = {
            "to": to,
            "data": data,
            "value": 0,
            "gas": 200_000,
            "nonce": nonce,
            "chainId": self.stage.deployment.chain_id,
            "maxFeePerGas": fee_wei,
            "maxPriorityFeePerGas": 0,
        }
        return f"0x{account.sign_transaction(tx).raw_transaction.hex()}"

    def members_file(self, segments: Mapping[str, str] | None = None) -> Path:
        """The members as a list to import, with segments of some."""
        file = self.folder / "members.csv"
        rows = [f"{number},,{(segments or {}).get(number, '')},\n" for number in MEMBERS]
        file.write_text(_MEMBERS_HEADER + "".join(rows), encoding="utf-8")
        return file

    def segments_on_ledger(self) -> dict[int, int]:
        """Segments of every member the ledger has, by id."""
        ledger = NodeMemberLedger(Node(self.web3, "anvil"), self.stage.deployment)
        return {member: ledger.profile_of(member).segments for member in range(1, ledger.enrolled() + 1)}

    @contextmanager
    def mining(self, every_s: float = 0.2) -> Iterator[None]:
        """Let the chain go on by itself meanwhile, so that blocks become final."""
        ended = Event()

        def mine() -> None:
            while not ended.wait(every_s):
                self.rpc("evm_mine")

        miner = Thread(target=mine, daemon=True)
        miner.start()
        try:
            yield
        finally:
            ended.set()
            miner.join()

    def reorg(self, depth: int, *raws: str) -> None:
        """Replace the newest blocks that this case has made by empty ones, or with raw txs in the first."""
        own = self.web3.eth.block_number - self.first_block
        if own > 0:
            self.rpc("anvil_reorg", min(depth, own), [[raw, 0] for raw in raws])

    def stop_node(self) -> None:
        """Make the node hang: it takes connections and answers nothing until it goes on."""
        self.stage.process.send_signal(signal.SIGSTOP)

    def let_node_go_on(self) -> None:
        self.stage.process.send_signal(signal.SIGCONT)


def wait_until(is_so: Any, *, what: str, within_s: float = 60) -> None:
    """Look again and again until something is so; a busy machine has its time too."""
    until = monotonic() + within_s
    while not is_so():
        assert monotonic() < until, f"not so after {within_s} s: {what}"
        sleep(0.02)


@dataclass(slots=True)
class FaultStage:
    """The shared chain, and the two states it is set back to: with members and without any."""

    stage: CliStage
    bare: str
    enrolled: str | None = None
    templates: dict[str, PostgresqlCase] = field(default_factory=dict)
    cases: int = 0

    @contextmanager
    def case(
        self, folder: Path, *, has_members: bool = True, server: PostgresqlServer | None = None
    ) -> Iterator[FaultCase]:
        """A case of its own in an empty folder, on SQLite unless a server of PostgreSQL is given."""
        self._set_back(has_members=has_members)
        for name, rows in _FEEDS.items():
            (folder / name).write_text(FEED_HEADER + rows, encoding="utf-8")
        store = self._store(folder, server, has_members=has_members)
        proxy = FaultProxy(self.stage.rpc_url, is_stored=partial(has_raw_tx, store))
        with proxy.serving():
            yield FaultCase(self.stage, folder, proxy, store, self.stage.web3.eth.block_number)
        if isinstance(store, PostgresqlCase):
            store.drop()

    @contextmanager
    def own_server_case(self, folder: Path) -> Iterator[tuple[FaultCase, PostgresqlServer]]:
        """A case on a server of PostgreSQL that nobody else has, to be stopped and started."""
        with postgresql_server() as server:
            try:
                with self.case(folder, server=server) as made:
                    yield made, server
            finally:
                self.templates.pop(server.uri, None)

    def _store(self, folder: Path, server: PostgresqlServer | None, *, has_members: bool) -> CaseDatabase:
        if server is None:
            store = SqliteCase(folder / "milepost.db")
            if has_members:
                store.copy_from(self._template)
            return store
        if not has_members:
            return PostgresqlCase(server, server.empty())
        template = self.templates.get(server.uri)
        if template is None:
            template = self.templates[server.uri] = PostgresqlCase(server, server.empty())
            # The ledger has the members already: the list alone brings the directory back.
            self._run("members", "import", self.stage.folder / "members.csv", "--restore", on=template)
            self._run("settle", self.stage.folder / "no.csv", on=template)
        self.cases += 1
        return template.copied(f"faults_{self.cases}")

    def _run(self, *words: object, on: CaseDatabase | None = None) -> None:
        settings, printed = self.stage.settings, self.stage.folder / "printed.txt"
        if on is not None:
            settings = {**settings, "MILEPOST_DATABASE_URL": on.url}
        process = CommandProcess([str(word) for word in words], settings=settings, printed=printed)
        assert process.wait() == 0, process.printed

    @property
    def _template(self) -> Path:
        return self.stage.folder / "milepost.db"

    def _rpc(self, method: str, *params: object) -> Any:
        return self.stage.web3.provider.make_request(method, list(params))["result"]  # type: ignore[arg-type]

    def _set_back(self, *, has_members: bool) -> None:
        # A snapshot can be taken back once, and those after it are gone with it. The pool is no part of one.
        self._rpc("anvil_dropAllTransactions")
        self._rpc("evm_setAutomine", True)
        if has_members and self.enrolled is not None:
            assert self._rpc("evm_revert", self.enrolled)
            self.enrolled = self._rpc("evm_snapshot")
            return
        assert self._rpc("evm_revert", self.bare)
        self.bare, self.enrolled = self._rpc("evm_snapshot"), None
        if has_members:
            self._enrol()
            self.enrolled = self._rpc("evm_snapshot")

    def _enrol(self) -> None:
        """Enrol the members, and read the blocks of the deployment once, as no test is about those."""
        for part in ("", "-wal", "-shm"):
            self._template.with_name(f"{self._template.name}{part}").unlink(missing_ok=True)
        while self.templates:
            self.templates.popitem()[1].drop()
        rows = "".join(f"{number},,,\n" for number in MEMBERS)
        self._run("members", "import", self.stage.write("members.csv", _MEMBERS_HEADER + rows))
        self._run("settle", self.stage.write("no.csv", FEED_HEADER))
        # No reorg of a test reaches what was called final here.
        self._rpc("anvil_mine", 8)


@contextmanager
def fault_stage(folder: Path, *, anvil_options: Sequence[str] = ()) -> Iterator[FaultStage]:
    """anvil with the programme deployed, noon-kitchen in a lane of its own."""
    partners = folder / "partners"
    shutil.copytree(ROOT / "partners", partners)
    agreement = partners / "noon-kitchen.yaml"
    text = agreement.read_text(encoding="utf-8")
    assert "\nlane: 0\n" in text
    agreement.write_text(text.replace("\nlane: 0\n", "\nlane: 1\n"), encoding="utf-8")
    with cli_stage(folder, partners=partners, anvil_options=[*_EPOCH, *_STATES, *anvil_options]) as stage:
        snapshot = stage.web3.provider.make_request("evm_snapshot", [])  # type: ignore[arg-type]
        yield FaultStage(stage, snapshot["result"])
