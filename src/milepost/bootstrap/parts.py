"""The adapters that the settings describe, each made when it is first asked for.

Before it settings were read; commands take from it what they need, `worker.Oracle` among it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from eth_account.signers.local import LocalAccount
from sqlalchemy import Engine

from milepost.bootstrap.bumping import bumping_of
from milepost.bootstrap.clocks import ChainClock, MachineClock
from milepost.bootstrap.deployed import deployed_partners, find_deployment
from milepost.bootstrap.live_partners import LiveSecrets, live_partners
from milepost.bootstrap.remote_reporters import remote_reporters
from milepost.bootstrap.signers import remote_relayer, remote_reporter_keys
from milepost.catalogue import load_partners, load_programme, load_segments
from milepost.chain.adjustment_desk import NodeAdjustmentDesk
from milepost.chain.deployment_file import EPHEMERAL_FOLDER, Deployment, read_deployment
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.governance import Governance
from milepost.chain.key_files import KeystorePassword
from milepost.chain.ledger_book import NodeLedgerBook
from milepost.chain.local_signer import LocalSigner
from milepost.chain.member_ledger import NodeMemberLedger
from milepost.chain.node import Finality, FinalityKind, Node, connect
from milepost.chain.partner_book import NodePartnerBook
from milepost.chain.redemption_desk import NodeRedemptionDesk
from milepost.chain.reporter_keys import read_account, read_reporters
from milepost.chain.settlement_chain import NodeSettlementChain
from milepost.config import Settings, SettingsRefused, setting_name
from milepost.domain.errors import ChainError
from milepost.domain.partner import Partner
from milepost.domain.programme import Programme
from milepost.domain.purchase import SubmittedPurchase
from milepost.feeds.files import read_feed
from milepost.feeds.member_rows import read_member_rows
from milepost.pipeline.build_report import DeployedPartners
from milepost.pipeline.enrol_members import require_all_enrolled
from milepost.pipeline.issue_receipt import Issuing
from milepost.ports import Block, MemberRow, Rejection, Reporter, Signer
from milepost.secret_files import (
    exposure,
    read_directory_key,
    read_partner_secrets,
)
from milepost.store.engine import open_engine, open_store
from milepost.store.members import SqlMemberDirectory
from milepost.store.unit_of_work import SqlStore
from milepost.worker import Oracle
from milepost.worker.asking import together

Warn = Callable[[str], None]
"""Takes a sentence for the person at the terminal."""


class ReporterKeysRefused(ChainError):
    """Too few of the configured keys are reporters of the set in force. The operator names the right ones."""

    exit_code: ClassVar[int] = 4

    def __init__(self, file: Path, strangers: Sequence[str], quorum: int) -> None:
        named = f" No reporter of the present set: {', '.join(strangers)}." if strangers else ""
        super().__init__(
            f"{file}, named by {setting_name('reporter_keys_file')}, holds too few reporters' keys: a report"
            f" needs {quorum}.{named} Name the file of the present reporters' keys."
        )


class Parts:
    """The adapters that settings describe, each made when it is first asked for.

    Every property raises what making it raises: exit code 2 for settings and files, 3 for the chain.
    """

    def __init__(self, settings: Settings, warn: Warn = lambda _: None) -> None:
        self._settings, self._warn = settings, warn

    def warn(self, sentence: str) -> None:
        """Tell the person at the terminal."""
        self._warn(sentence)

    @property
    def settings(self) -> Settings:
        return self._settings

    @cached_property
    def deployment_file(self) -> Path:
        return self._settings.deployment_file or find_deployment()

    @cached_property
    def deployment(self) -> Deployment:
        return read_deployment(self.deployment_file)

    @cached_property
    def node(self) -> Node:
        """Connected, and not asked anything yet."""
        return connect(self._settings.rpc_url, setting=setting_name("rpc_url"))

    @cached_property
    def programme(self) -> Programme:
        return load_programme(self._settings.programme or self.deployment.programme)

    @cached_property
    def partners(self) -> tuple[Partner, ...]:
        return load_partners([self._settings.partners])

    @cached_property
    def segments(self) -> dict[str, int]:
        """The bit of every segment with a name; none without a setting and the usual folder."""
        path = self._settings.segments
        if "segments" not in self._settings.model_fields_set and not path.exists():
            return {}
        return load_segments([path])

    @cached_property
    def finality(self) -> Finality:
        stated = self._settings.finality
        if stated is None:
            if self.deployment_file.resolve().parent != EPHEMERAL_FOLDER.resolve():
                raise SettingsRefused(
                    f"{setting_name('finality')} is not stated, and {self.deployment_file} is no"
                    f" deployment in {EPHEMERAL_FOLDER}/: state instant, finalized, or a number of blocks."
                )
            stated = FinalityKind.INSTANT
        return Finality.parse(stated)

    @cached_property
    def engine(self) -> Engine:
        return open_store(self._settings.database_url)

    @cached_property
    def raw_engine(self) -> Engine:
        """The database at whatever revision it is, to be migrated or copied; there must be one."""
        return open_engine(self._settings.database_url, must_exist=True)

    @cached_property
    def store(self) -> SqlStore:
        return SqlStore(self.engine)

    @cached_property
    def directory_key(self) -> bytes:
        file = self._secret("directory_key_file")
        return read_directory_key(file, setting=setting_name("directory_key_file"))

    @cached_property
    def members(self) -> SqlMemberDirectory:
        return SqlMemberDirectory(self.engine, self.directory_key)

    @property
    def webhook_networks(self) -> str | None:
        return self._settings.webhook_networks

    @cached_property
    def live_partners(self) -> DeployedPartners:
        """The deployed partners, those among them that are added while this process runs."""
        return live_partners(self._settings.partners, self.deployment_file, tick=time.monotonic)

    @cached_property
    def secrets(self) -> LiveSecrets:
        file, setting = self._secret("partner_secrets_file"), setting_name("partner_secrets_file")
        return LiveSecrets(file, setting, read_partner_secrets(file, setting=setting))

    @cached_property
    def reporters(self) -> tuple[Reporter, ...]:
        if remote := remote_reporter_keys(self._settings):
            return remote
        file = self._secret("reporter_keys_file")
        return read_reporters(
            file, setting=setting_name("reporter_keys_file"), password=self._keystore_password
        )

    @cached_property
    def relayer(self) -> Signer:
        return remote_relayer(self._settings) or LocalSigner(self._account("relayer_key_file"))

    @cached_property
    def enroller(self) -> LocalAccount:
        return self._account("enroller_key_file")

    @cached_property
    def governor(self) -> LocalAccount:
        """The account that acts for a role."""
        return self._account("governance_key_file")

    @cached_property
    def deployer(self) -> Web3Executor:
        """What deploys from the governor's account; a role is not needed."""
        return Web3Executor(self.node.web3, self.governor, node=self.node.name)

    @cached_property
    def governance(self) -> Governance:
        """The deployment's authority. Settlement may be any: replacing it is done through this."""
        self.node.require_chain(self.deployment.chain_id)
        return Governance(self.node, self.deployment)

    @cached_property
    def support(self) -> LocalAccount:
        return self._account("support_key_file")

    @cached_property
    def approver(self) -> LocalAccount:
        return self._account("approver_key_file")

    @cached_property
    def chain(self) -> NodeSettlementChain:
        """The chain to settle on, found to be as deployed."""
        # What files hold first: a missing one is found out at once.
        finality, relayer = self.finality, self.relayer
        return NodeSettlementChain(self._checked_node, self.deployment, finality=finality, relayer=relayer)

    @cached_property
    def ledger(self) -> NodeMemberLedger:
        """The members' ledger to read, on a chain found to be as deployed."""
        return self._ledger(None)

    @cached_property
    def ledger_book(self) -> NodeLedgerBook:
        """The ledger to read whole at a block, on a chain found to be as deployed."""
        return NodeLedgerBook(self._checked_node, self.deployment)

    @cached_property
    def partner_book(self) -> NodePartnerBook:
        """Partners' accounts up to the newest final block, on a chain found to be as deployed."""
        finality, node = self.finality, self._checked_node
        final = finality.final_block(node.web3)
        block = Block(final["number"], bytes(final["hash"]), final["timestamp"])
        return NodePartnerBook(node, self.deployment, block)

    @cached_property
    def enrolling_ledger(self) -> NodeMemberLedger:
        """The members' ledger to enrol on, on a chain found to be as deployed."""
        return self._ledger(self.enroller)

    @cached_property
    def desk(self) -> NodeAdjustmentDesk:
        """The adjustment desk to read, on a chain found to be as deployed."""
        return self._desk(None)

    @cached_property
    def support_desk(self) -> NodeAdjustmentDesk:
        """The adjustment desk to propose at."""
        return self._desk(self.support)

    @cached_property
    def approver_desk(self) -> NodeAdjustmentDesk:
        """The adjustment desk to decide at."""
        return self._desk(self.approver)

    @cached_property
    def redemption_desk(self) -> NodeRedemptionDesk:
        """The redemption desk to read."""
        return self._redemption_desk(None)

    @cached_property
    def custody_desk(self) -> NodeRedemptionDesk:
        """The redemption desk to redeem at for members without a wallet."""
        return self._redemption_desk(self._account("custody_key_file"))

    @cached_property
    def keeper_desk(self) -> NodeRedemptionDesk:
        """The redemption desk to keep rewards and decide orders at."""
        return self._redemption_desk(self._account("keeper_key_file"))

    def read_feed(self, path: Path) -> Iterator[SubmittedPurchase | Rejection]:
        """The records of a file of purchases, for the partners that are deployed.

        Raises: FeedError.
        """
        return read_feed(path, deployed_partners(self.partners, self.deployment).partners)

    def read_undeployed_feed(self, path: Path) -> Iterator[SubmittedPurchase | Rejection]:
        """The records of a file of purchases, for the partners of the files, whatever is deployed.

        Raises: FeedError.
        """
        return read_feed(path, {partner.code: partner for partner in self.partners})

    def read_members(self, path: Path) -> Iterator[MemberRow | Rejection]:
        """The rows of a list of members, with the programme's tiers and the names of segments.

        Raises: FeedError.
        """
        return read_member_rows(path, self.programme.tiers, self.segments)

    @cached_property
    def issuing(self) -> Issuing:
        """What issues receipts: nothing of it asks the node."""
        chain = NodeSettlementChain(self.node, self.deployment, finality=Finality(FinalityKind.INSTANT))
        return Issuing(self.store, chain, self.secrets)

    @cached_property
    def oracle(self) -> Oracle:
        """All that settling needs: files first, then the database, then the chain."""
        # Every secret is read before the chain is asked: a missing file is found out at once.
        reporters = self.reporters
        oracle = self._oracle(lambda: self.chain)
        remote = remote_reporters(self._settings, reporters, self.chain)
        self._require_quorum(self.chain, reporters, elsewhere=len(remote))
        return replace(
            oracle,
            reporters=reporters,
            remote=remote,
            together=together,
            on_passed_over=lambda error: self._warn(str(error)),
        )

    @cached_property
    def reader(self) -> Oracle:
        """All that reading the chain into the store needs: no key of a reporter or of the relayer."""
        return self._oracle(self._reading_chain)

    def _oracle(self, chain: Callable[[], NodeSettlementChain]) -> Oracle:
        secrets, members = self.secrets, self.members
        found = chain()
        require_all_enrolled(members, self.ledger)
        return Oracle(
            store=self.store,
            members=members,
            partners=self.live_partners,
            accept=self.programme.accept,
            secrets=secrets,
            chain=found,
            clock=ChainClock(found),
            machine=MachineClock(),
            bumping=bumping_of(self._settings, self._warn),
        )

    @cached_property
    def following_chain(self) -> NodeSettlementChain:
        """The chain to read what is final from, without a key, found to be as deployed."""
        return self._reading_chain()

    def _reading_chain(self) -> NodeSettlementChain:
        finality = self.finality
        return NodeSettlementChain(self._checked_node, self.deployment, finality=finality)

    def _require_quorum(
        self, chain: NodeSettlementChain, reporters: Sequence[Reporter], *, elsewhere: int
    ) -> None:
        """Raises: ReporterKeysRefused if too few keys are of the reporter set in force."""
        quorum = chain.reporter_set().quorum
        strangers = [reporter.address for reporter in reporters if not chain.is_reporter(reporter.address)]
        if len(reporters) - len(strangers) + elsewhere < quorum:
            raise ReporterKeysRefused(self._settings.reporter_keys_file, strangers, quorum)
        for address in strangers:
            self._warn(f"{address} is no reporter of the present set: its key signs nothing.")

    @cached_property
    def reading_chain(self) -> NodeSettlementChain:
        """The chain to read from without a key, found to be as deployed."""
        return NodeSettlementChain(
            self._checked_node, self.deployment, finality=Finality(FinalityKind.INSTANT)
        )

    @cached_property
    def _checked_node(self) -> Node:
        """The node, found to have the contracts as they were deployed; asked once."""
        instant = Finality(FinalityKind.INSTANT)
        NodeSettlementChain(self.node, self.deployment, finality=instant).require_as_deployed()
        return self.node

    def _ledger(self, enroller: LocalAccount | None) -> NodeMemberLedger:
        return NodeMemberLedger(self._checked_node, self.deployment, enroller=enroller)

    def _desk(self, account: LocalAccount | None) -> NodeAdjustmentDesk:
        return NodeAdjustmentDesk(self._checked_node, self.deployment, account=account)

    def _redemption_desk(self, account: LocalAccount | None) -> NodeRedemptionDesk:
        return NodeRedemptionDesk(self._checked_node, self.deployment, account=account)

    def _account(self, field: str) -> LocalAccount:
        file = self._secret(field)
        return read_account(file, setting=setting_name(field), password=self._keystore_password)

    @property
    def _keystore_password(self) -> KeystorePassword:
        file, setting = self._settings.keystore_password_file, setting_name("keystore_password_file")
        if file is not None and (sentence := exposure(file, setting=setting)) is not None:
            self._warn(sentence)
        return KeystorePassword(file, setting)

    def _secret(self, field: str) -> Path:
        file: Path = getattr(self._settings, field)
        if (sentence := exposure(file, setting=setting_name(field))) is not None:
            self._warn(sentence)
        return file
