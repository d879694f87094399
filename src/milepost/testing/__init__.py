"""Honest fakes of every port: they keep what the real ones promise, in memory, and ship with the package.

Before it stand the ports, which the real adapters keep too; after it tests of anything above them, here and
in the code of those who build on Milepost.
"""

from milepost.testing.fake_chain import FakeSettlementChain
from milepost.testing.fake_desk import FakeAdjustmentDesk
from milepost.testing.fake_keys import FakeReporter, FixedClock, FixedSecrets
from milepost.testing.fake_ledger import FakeMemberLedger
from milepost.testing.fake_ledger_book import FakeLedgerBook
from milepost.testing.fake_partner_book import FakePartnerBook
from milepost.testing.fake_refusals import ContractRefusal
from milepost.testing.memory_leases import MemoryLeases
from milepost.testing.memory_members import MemoryMemberDirectory
from milepost.testing.memory_store import MemoryStore

__all__ = [
    "ContractRefusal",
    "FakeAdjustmentDesk",
    "FakeLedgerBook",
    "FakeMemberLedger",
    "FakePartnerBook",
    "FakeReporter",
    "FakeSettlementChain",
    "FixedClock",
    "FixedSecrets",
    "MemoryLeases",
    "MemoryMemberDirectory",
    "MemoryStore",
]
