"""Deploys the bench's programme on anvil, and settles reports signed by 3 of its 5 reporters.

`settle_rows.py` says which reports; what a settlement used comes back, after a look at what became of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from eth_typing import ChecksumAddress
from web3 import Web3
from web3.contract import Contract
from web3.logs import DISCARD
from web3.types import TxReceipt

from bench.node import advance_to, mined_receipt
from bench.programme import DEPLOYED_AT, QUORUM, SETTLED_AT, bench_plan, reporter_accounts
from bench.reports import ENROLLED
from milepost.chain.contracts import Artifact, ContractAddresses, method_of
from milepost.chain.deployment import deployment_steps
from milepost.chain.deployment_plan import check_plan
from milepost.chain.deployment_run import Mined, run_steps
from milepost.chain.reporter_keys import LocalReporter
from milepost.codec.entry import entry_word
from milepost.codec.report_bytes import encode_report
from milepost.codec.results import decode_results
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.quantities import Lane, PartnerCode, PartnerId, PurchaseNumber, ReportSequence
from milepost.domain.report import Attachment, Entry, Report, Section

TX_GAS_LIMIT = 55_000_000
LANE = Lane(0)
_LAST_NUMBER = 5
"""Its place in IPartnerRegistry.Partner."""

Part = tuple[PartnerCode, int, tuple[Entry, ...]]
"""A partner, the base time of its section in unix seconds, and its purchases."""


class BenchFailed(Exception):
    """A report did not settle as the row says: what the bench would print is no figure of it."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """One settled report. `gas` is the tx's gasUsed, `tx_input` its calldata, `entries` 32 bytes each.

    Shape: `grants` says of each purchase how many promotions granted; empty for refunds.
    """

    gas: int
    tx_hash: bytes
    tx_input: bytes
    entries: tuple[bytes, ...]
    report: Report
    results: bytes
    grants: tuple[int, ...] = ()


class BenchChain:
    """The deployed programme. Txs are sent from the node's own accounts, which need no key here."""

    def __init__(self, web3: Web3, artifacts: dict[str, Artifact], on_step: Callable[[], None]) -> None:
        self.web3 = web3
        self.artifacts = artifacts
        self.sender, admin = list(web3.eth.accounts)[:2]
        plan = bench_plan(admin)
        self.partner_ids: dict[PartnerCode, PartnerId] = plan.partner_ids
        self._reporters = [LocalReporter(account) for account in reporter_accounts()]
        check_plan(plan, deployer=self.sender, chain_time=DEPLOYED_AT)
        executor = _SourcesExecutor(self, self.sender)
        deployed = run_steps(
            deployment_steps(plan, deployer=self.sender), executor, on_step=lambda _: on_step()
        )
        self.addresses: ContractAddresses = deployed.addresses
        ledger = self.contract("MilesLedger", self.addresses.ledger)
        self.mine(method_of(ledger, "enrol", ENROLLED), sender=admin)
        advance_to(web3, SETTLED_AT)

    def contract(self, name: str, address: ChecksumAddress) -> Contract:
        """A contract with the ABI it was compiled with."""
        return self.web3.eth.contract(address=address, abi=self.artifacts[name].abi)

    def deploy(self, name: str, *arguments: Any) -> tuple[ChecksumAddress, TxReceipt]:
        """Deploy what was compiled from the sources."""
        compiled = self.artifacts[name]
        factory = self.web3.eth.contract(abi=compiled.abi, bytecode=compiled.bytecode)
        receipt = self.mine(factory.constructor(*arguments))
        return Web3.to_checksum_address(cast(ChecksumAddress, receipt["contractAddress"])), receipt

    def mine(self, act: Any, *, sender: ChecksumAddress | None = None) -> TxReceipt:
        """Send and wait.

        Raises: BenchFailed if it reverts.
        """
        tx_hash = act.transact({"from": sender or self.sender, "gas": TX_GAS_LIMIT})
        receipt = mined_receipt(self.web3, tx_hash)
        if receipt["status"] != 1:
            raise BenchFailed(f"{act} reverted.")
        return receipt

    def settle(self, parts: Sequence[Part], *, signatures: int = QUORUM) -> Settlement:
        """Seal, sign and settle one report; parts in any order.

        Raises: BenchFailed if it reverts.
        """
        settled = self._send(self._report(parts), signatures)
        return replace(settled, grants=_uncut_grants(settled.results, settled.report))

    def refund(self, part: Part, attachments: Sequence[Attachment]) -> Settlement:
        """Settle refunds of one partner, each with the newest receipt of its sale.

        Raises: BenchFailed if it reverts, or if one of them took nothing back.
        """
        settled = self._send(replace(self._report([part]), attachments=tuple(attachments)), QUORUM)
        outcomes = {one.outcome for one in decode_results(settled.results, settled.report)}
        if outcomes != {Outcome.REVERSED}:
            raise BenchFailed(f"Refunds became {sorted(one.code for one in outcomes)}.")
        return settled

    def _send(self, report: Report, signatures: int) -> Settlement:
        contract = self.contract("Settlement", self.addresses.settlement)
        report_bytes = encode_report(report)
        digest = method_of(contract, "digestOf", report_bytes).call()
        signed = b"".join(reporter.sign(digest) for reporter in self._reporters[:signatures])
        act = method_of(contract, "settle", report_bytes, signed)
        receipt = self.mine(act)
        log = contract.events.ReportSettled().process_receipt(receipt, errors=DISCARD)[0]
        entries = [entry for section in report.sections for entry in section.entries]
        return Settlement(
            gas=receipt["gasUsed"],
            tx_hash=bytes(receipt["transactionHash"]),
            tx_input=Web3.to_bytes(hexstr=act._encode_transaction_data()),
            entries=tuple(entry_word(entry).to_bytes(32, "big") for entry in entries),
            report=report,
            results=log["args"]["results"],
        )

    def _report(self, parts: Sequence[Part]) -> Report:
        receipts = self.contract("ReceiptBook", self.addresses.receipts)
        sequence = method_of(receipts, "nextSequence", LANE).call()
        numbered = sorted((self.partner_ids[code], base, entries) for code, base, entries in parts)
        sections = tuple(
            Section(partner, self._next_number(partner), base, entries) for partner, base, entries in numbered
        )
        return Report(LANE, ReportSequence(sequence), sections)

    def _next_number(self, partner: PartnerId) -> PurchaseNumber:
        registry = self.contract("PartnerRegistry", self.addresses.registry)
        return PurchaseNumber(method_of(registry, "partnerOf", partner).call()[_LAST_NUMBER] + 1)


@dataclass(frozen=True, slots=True)
class _SourcesExecutor:
    """Deploys what was compiled just now rather than what the package holds; an `Executor` of deployment."""

    chain: BenchChain
    address: str

    def deploy(self, contract: str, arguments: tuple[Any, ...]) -> tuple[ChecksumAddress, Mined]:
        address, receipt = self.chain.deploy(contract, *arguments)
        return address, _mined(receipt)

    def call(
        self, contract: str, address: ChecksumAddress, *, function: str, arguments: tuple[Any, ...]
    ) -> Mined:
        return _mined(
            self.chain.mine(method_of(self.chain.contract(contract, address), function, *arguments))
        )


def _mined(receipt: TxReceipt) -> Mined:
    return Mined(receipt["blockNumber"], receipt["gasUsed"])


def _uncut_grants(results: bytes, report: Report) -> tuple[int, ...]:
    """How many promotions granted to each purchase, after making sure that all were credited in full."""
    settled = decode_results(results, report)
    for one in settled:
        cuts = {grant.cut for grant in one.grants}
        if one.outcome is not Outcome.CREDITED or cuts - {Cut.NONE}:
            raise BenchFailed(f"A purchase became {one.outcome.code}, its bonuses were cut by {cuts}.")
    return tuple(len(one.grants) for one in settled)
