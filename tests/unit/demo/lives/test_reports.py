"""Reports made without a store: sequence and numbers go on, and a quorum signs in rising order of address."""

from pathlib import Path

from eth_account import Account
from eth_typing import Hash32

from milepost.codec.digest import report_digest
from milepost.codec.report_bytes import decode_report
from milepost.demo.accounts import QUORUM, demo_accounts
from milepost.demo.history.rows import read_history
from milepost.demo.lives.life import lives_plan
from milepost.demo.lives.places import PLACES
from milepost.demo.lives.purchases import batches, member_ids
from milepost.demo.lives.reports import ReportMaker, SignedReport
from milepost.pipeline.build_report import DeployedPartners, ReportBuilder
from milepost.pipeline.seal_report import MOST_PURCHASES
from milepost.testing.fake_keys import FixedSecrets

ROOT = Path(__file__).parents[4]
# The first of all days, not of the file: a report holds no more than half a year.
HISTORY = read_history(ROOT / "examples" / "cdnow_master.txt")[:1_500]
PURCHASES = [stored for batch in batches(HISTORY, PLACES[0], days=28) for stored in batch.purchases]
CHAIN_ID, SETTLEMENT = 31_337, "0x" + "11" * 20
SIGNATURE_SIZE = 65


def _reports(purchases: int) -> list[SignedReport]:
    plan = lives_plan(ROOT, PLACES[0].programme)
    partners = DeployedPartners({one.code: one for one in plan.partners}, plan.partner_ids)
    maker = ReportMaker(ReportBuilder(partners, FixedSecrets(), member_ids(HISTORY)), CHAIN_ID, SETTLEMENT)
    half = purchases // 2
    return [*maker.make(PURCHASES[:half]), *maker.make(PURCHASES[half:purchases])]


def test_make__more_than_a_report_holds__goes_on_in_sequence_and_number() -> None:
    reports = [decode_report(signed.report) for signed in _reports(3 * MOST_PURCHASES)]
    assert [report.sequence for report in reports] == [1, 2, 3, 4]
    assert [report.purchase_count for report in reports] == [400, 200, 400, 200]
    for partner in (1, 2):
        sections = [one for report in reports for one in report.sections if one.partner_id == partner]
        due = 1
        for section in sections:
            assert section.first_number == due
            due += len(section.entries)


def test_make__members_of_the_history__are_in_the_entries() -> None:
    (report,) = (decode_report(signed.report) for signed in _reports(1))
    (entry,) = (entry for section in report.sections for entry in section.entries)
    assert entry.member == member_ids(HISTORY)[PURCHASES[0].member_key or b""]
    assert entry.eligible_minor == PURCHASES[0].purchase.eligible_minor


def test_make__each_report__is_signed_by_a_quorum_in_order() -> None:
    for signed in _reports(20):
        digest = report_digest(CHAIN_ID, SETTLEMENT, reporters_version=1, report_bytes=signed.report)
        parts = [
            signed.signatures[start : start + SIGNATURE_SIZE]
            for start in range(0, len(signed.signatures), SIGNATURE_SIZE)
        ]
        signers = [Account._recover_hash(Hash32(digest), signature=part) for part in parts]
        assert len(signers) == QUORUM
        assert set(signers) <= {account.address for account in demo_accounts().reporters}
        assert signers == sorted(set(signers), key=lambda address: int(address, 16))
