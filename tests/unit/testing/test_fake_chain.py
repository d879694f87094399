"""The fake chain refuses what the contracts refuse, by the same names."""

from collections.abc import Callable

import pytest

from milepost.codec.digest import report_digest
from milepost.codec.report_bytes import encode_report
from milepost.domain.report import Report, Section
from milepost.ports import ChainUnavailable, TxNonceTooLow
from milepost.testing import ContractRefusal, FakeReporter, FakeSettlementChain
from tests.support.programme import NOON_S, REPORTERS, books
from tests.support.purchases import an_entry


@pytest.fixture
def chain() -> FakeSettlementChain:
    return FakeSettlementChain(books(), REPORTERS, quorum=3, starts_at=NOON_S)


def _report(sequence: int = 1, *, partner_id: int = 1, number: int = 1) -> bytes:
    return encode_report(Report(0, sequence, (Section(partner_id, number, NOON_S, (an_entry(),)),)))


def _signed(chain: FakeSettlementChain, report: bytes, *, by: tuple[FakeReporter, ...] = REPORTERS) -> bytes:
    digest = report_digest(chain.chain_id, chain.settlement, reporters_version=1, report_bytes=report)
    ordered = sorted(by, key=lambda reporter: int(reporter.address, 16))
    return b"".join(reporter.sign(digest) for reporter in ordered)


def test_check__next_of_all__is_accepted(chain: FakeSettlementChain) -> None:
    chain.check(_report(), _signed(chain, _report()))


@pytest.mark.parametrize(
    ("report", "name"),
    [
        (_report(2), "SettlementSequenceNotNext"),
        (_report(partner_id=9), "PartnerUnknown"),
        (_report(number=2), "PartnerNumberNotNext"),
    ],
)
def test_check__report_that_does_not_follow__is_refused_by_name(
    chain: FakeSettlementChain, report: bytes, name: str
) -> None:
    with pytest.raises(ContractRefusal, match=name):
        chain.check(report, _signed(chain, report))


@pytest.mark.parametrize(
    ("signatures", "name"),
    [
        (lambda chain: b"short", "SettlementSignaturesMalformed"),
        (lambda chain: _signed(chain, _report(), by=REPORTERS[:2]), "SettlementQuorumNotReached"),
        (lambda chain: _signed(chain, _report(2)), "SettlementReporterUnknown"),
        (lambda chain: _signed(chain, _report(), by=REPORTERS[:1] * 3), "SettlementSignersNotAscending"),
    ],
)
def test_check__signatures_that_do_not_count__are_refused_by_name(
    chain: FakeSettlementChain, signatures: Callable[[FakeSettlementChain], bytes], name: str
) -> None:
    with pytest.raises(ContractRefusal, match=name):
        chain.check(_report(), signatures(chain))


def test_check__no_report__is_refused(chain: FakeSettlementChain) -> None:
    with pytest.raises(ContractRefusal, match="ReportTruncated"):
        chain.check(b"\x01", b"")


def test_send__settles__the_next_sequence_and_numbers_follow(chain: FakeSettlementChain) -> None:
    signed = chain.sign_settle(_report(), _signed(chain, _report()), nonce=chain.next_nonce())
    chain.send(signed.raw)
    assert (chain.next_sequence(0), chain.partner_last_number(1), chain.next_nonce()) == (2, 1, 1)
    assert chain.ledger_credited() == 25 + 50
    with pytest.raises(TxNonceTooLow):
        chain.send(signed.raw)
    chain.reorg(1)
    assert (chain.next_sequence(0), chain.ledger_credited(), chain.mined_nonce()) == (1, 0, 0)


def test_settle_by_another__signed_report__settles_and_uses_no_nonce_of_ours(
    chain: FakeSettlementChain,
) -> None:
    chain.settle_by_another(_report(), _signed(chain, _report()))
    assert (chain.next_sequence(0), chain.ledger_credited(), chain.mined_nonce()) == (2, 75, 0)
    chain.settle_by_another(_report(), _signed(chain, _report()))
    assert (chain.next_sequence(0), chain.ledger_credited(), chain.sent) == (2, 75, [])


def test_next_nonce__with_a_pool__is_after_it(chain: FakeSettlementChain) -> None:
    chain.automine = False
    chain.send(chain.sign_settle(_report(), b"", nonce=0).raw)
    assert (chain.next_nonce(), chain.mined_nonce()) == (1, 0)


def test_any_call__node_down__is_unavailable(chain: FakeSettlementChain) -> None:
    chain.is_down = True
    with pytest.raises(ChainUnavailable):
        chain.now()
