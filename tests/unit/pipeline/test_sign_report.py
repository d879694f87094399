"""Signing a report.

given a sealed report
    when the copies agree                     then the quorum signs, and no more
    when a copy differs                       then its reporter does not sign, with both hashes
    when the others are a quorum              then they sign, and the disagreement is kept
    when a copy lacks a purchase              then its reporter does not sign
    when too few reporters are in force       then the signatures so far are kept
    when a key answers nonsense               then it is refused
given a signed report
    when the reporters are the same           then nothing happens
    when the reporters changed                then it is signed anew
    when one was removed                      then another signs, and what the rest signed still counts
    when Settlement was replaced              then it is signed anew, with the same content
given no such report                          then an error
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import pytest

from milepost.codec.digest import report_digest
from milepost.domain.errors import MilepostError, StoreError
from milepost.domain.purchase import PurchaseKind, SubmittedPurchase
from milepost.pipeline.attach_receipts import AttachmentDisputed
from milepost.pipeline.check_report import CheckingReporter, OwnCopy, RebuiltOnce, ReportDisagreement
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.relay_report import relay_report
from milepost.pipeline.sign_report import (
    QuorumNotCollected,
    ReportersBehind,
    ReportersNotReached,
    counting_signatures,
    in_turn,
    sign_report,
)
from milepost.ports import Proposal, ReporterBehind, ReportState
from milepost.testing import ContractRefusal, FakeReporter, FakeSettlementChain, FixedSecrets
from tests.support.programme import (
    DEPLOYED,
    MEMBERS,
    NOON_S,
    REPORTERS,
    Oracle,
    books,
    submitted,
    three_bills,
)

_T = TypeVar("_T")


def _sign(oracle: Oracle, content_hash: bytes, reporters: list[CheckingReporter]) -> ReportState:
    return sign_report(content_hash, oracle.store, chain=oracle.chain, reporters=reporters).state


def _digest(oracle: Oracle, content_hash: bytes, version: int = 1) -> bytes:
    return report_digest(
        oracle.chain.chain_id,
        oracle.chain.settlement,
        reporters_version=version,
        report_bytes=oracle.report(content_hash).report_bytes,
    )


def _signers(oracle: Oracle, content_hash: bytes, version: int = 1) -> set[str]:
    digest = _digest(oracle, content_hash, version)
    with oracle.store.unit_of_work() as work:
        found = work.reports.signatures(content_hash, digest=digest)
    return {signature.signer for signature in found}


def _sealed() -> tuple[Oracle, bytes]:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    return oracle, oracle.sealed().content_hash


def _with_copy_of(oracle: Oracle, reporter: FakeReporter, **changes: object) -> CheckingReporter:
    own = OwnCopy(oracle.store, oracle.members, DEPLOYED, FixedSecrets())
    return CheckingReporter(reporter, replace(own, **changes))


def test_sign_report__reporters_share_a_copy__it_is_rebuilt_once() -> None:
    oracle, content_hash = _sealed()
    asked: list[Proposal] = []

    class Counting(OwnCopy):
        def rebuild(self, proposal: Proposal) -> bytes:
            asked.append(proposal)
            return super().rebuild(proposal)

    shared, apart = (
        RebuiltOnce(Counting(oracle.store, oracle.members, DEPLOYED, FixedSecrets())) for _ in range(2)
    )
    reporters = [
        CheckingReporter(REPORTERS[place], copy) for place, copy in enumerate((shared, apart, shared))
    ]
    assert _sign(oracle, content_hash, reporters) is ReportState.SIGNED
    assert len(asked) == 2


def test_sign_report__copies_agree__the_quorum_signs_the_digest_and_stops() -> None:
    oracle, content_hash = _sealed()
    assert _sign(oracle, content_hash, oracle.reporters) is ReportState.SIGNED
    assert _signers(oracle, content_hash) == {reporter.address for reporter in REPORTERS[:3]}
    digest = _digest(oracle, content_hash)
    with oracle.store.unit_of_work() as work:
        found = work.reports.signatures(content_hash, digest=digest)
    by_address = {reporter.address: reporter for reporter in REPORTERS}
    assert all(one.signature == by_address[one.signer].sign(digest) for one in found)


def test_sign_report__own_stores_fed_apart__agree() -> None:
    """Reporters on other machines, fed the same in another order, seal the same bytes."""
    oracle, content_hash = _sealed()
    apart = Oracle()
    apart.ingest(submitted("Z-9"), *reversed(list(three_bills())))
    reporters = [_with_copy_of(oracle, reporter, store=apart.store) for reporter in REPORTERS]
    assert _sign(oracle, content_hash, reporters) is ReportState.SIGNED


@pytest.mark.parametrize("changes", [{"eligible_minor": 1}, {"terminal": "t2"}, {"member": MEMBERS[2]}])
def test_sign_report__a_copy_differs__is_an_alarm_with_both_hashes(changes: dict[str, object]) -> None:
    oracle, content_hash = _sealed()
    apart = Oracle()
    _, *others = three_bills()
    apart.ingest(submitted("A-1001", **changes), *others)
    reporters = [
        *oracle.reporters[:1],
        _with_copy_of(oracle, REPORTERS[1], store=apart.store),
        *oracle.reporters[2:3],
    ]
    with pytest.raises(ReportDisagreement) as caught:
        _sign(oracle, content_hash, reporters)
    assert (caught.value.reporter, caught.value.proposed) == (REPORTERS[1].address, content_hash)
    assert caught.value.own != content_hash
    assert content_hash.hex() in str(caught.value) and caught.value.own.hex() in str(caught.value)
    assert oracle.report(content_hash).state is ReportState.SEALED
    assert _signers(oracle, content_hash) == {REPORTERS[0].address, REPORTERS[2].address}
    with oracle.store.unit_of_work() as work:
        (kept,) = work.journal.disagreements()
    assert (kept.reporter, kept.proposed) == (
        REPORTERS[1].address,
        oracle.report(content_hash).report_bytes,
    )
    assert kept.own == caught.value.own_bytes


@dataclass(frozen=True)
class Behind:
    """A reporter elsewhere whose node has not settled the report before."""

    address: str

    def sign(self, proposal: Proposal, *, message: bytes) -> bytes:
        raise ReporterBehind(f"report {proposal.sequence} comes too early")


def test_sign_report__reporters_elsewhere__are_asked_after_ours_and_the_first_that_answer_count() -> None:
    oracle, content_hash = _sealed()
    asked: list[int] = []
    given: list[int] = []

    def last_first(asks: Sequence[Callable[[], _T]]) -> Generator[_T, None, None]:
        """All are asked, and the last one answers first."""
        asked.append(len(asks))
        for answer in [ask() for ask in reversed(asks)]:
            given.append(len(given))
            yield answer

    done = sign_report(
        content_hash,
        oracle.store,
        chain=oracle.chain,
        reporters=oracle.reporters[:1],
        elsewhere=[Behind(REPORTERS[1].address), *oracle.reporters[2:]],
        together=last_first,
    )
    assert done.state is ReportState.SIGNED
    assert _signers(oracle, content_hash) == {REPORTERS[place].address for place in (0, 3, 4)}
    # Nobody listens to the rest once there is a quorum.
    assert (asked, len(given)) == ([4], 2)


def test_sign_report__one_elsewhere_has_the_key_of_another__counts_once() -> None:
    oracle, content_hash = _sealed()
    twins = [oracle.reporters[1]] * 2
    for together in (in_turn, all_first):
        with pytest.raises(QuorumNotCollected, match="2 reporters of the present set signed, 3 are needed"):
            sign_report(
                content_hash,
                oracle.store,
                chain=oracle.chain,
                reporters=oracle.reporters[:1],
                elsewhere=twins,
                together=together,
            )


def all_first(asks: Sequence[Callable[[], _T]]) -> Generator[_T, None, None]:
    """Every answer is there before the first one is taken."""
    yield from [ask() for ask in asks]


def test_sign_report__those_who_wait_for_their_nodes_would_make_the_quorum__is_told_apart() -> None:
    """Also beside a disagreement: it is no vote, and the others sign in a moment."""
    oracle, content_hash = _sealed()
    apart = Oracle()
    apart.ingest(submitted("A-1001", eligible_minor=1), *three_bills()[1:])
    behind = [Behind(one.address) for one in REPORTERS[2:]]
    differing = _with_copy_of(oracle, REPORTERS[1], store=apart.store)
    with pytest.raises(ReportersBehind, match="1 reporters of the present set signed, 3 are needed"):
        _sign(oracle, content_hash, [oracle.reporters[0], differing, *behind])
    with pytest.raises(ReportDisagreement):
        _sign(oracle, content_hash, [oracle.reporters[0], differing, behind[0]])
    with pytest.raises(ReportersNotReached) as caught:
        _sign(oracle, content_hash, [oracle.reporters[0], behind[0]])
    assert not isinstance(caught.value, ReportersBehind)


def test_sign_report__one_copy_differs_and_the_others_are_a_quorum__settles_with_an_alarm() -> None:
    """An alarm is not a vote: one faulty copy of five stops nothing."""
    oracle, content_hash = _sealed()
    apart = Oracle()
    apart.ingest(submitted("A-1001", eligible_minor=1), *three_bills()[1:])
    heard: list[MilepostError] = []
    reporters = [_with_copy_of(oracle, REPORTERS[4], store=apart.store), *oracle.reporters[:3]]
    signed = sign_report(
        content_hash, oracle.store, chain=oracle.chain, reporters=reporters, on_passed_over=heard.append
    )
    assert signed.state is ReportState.SIGNED
    assert [type(error) for error in heard] == [ReportDisagreement]
    with oracle.store.unit_of_work() as work:
        assert len(work.journal.disagreements()) == 1


def test_sign_report__other_secrets__is_an_alarm() -> None:
    oracle, content_hash = _sealed()
    reporter = _with_copy_of(oracle, REPORTERS[0], secrets=FixedSecrets(b"others"))
    with pytest.raises(ReportDisagreement):
        _sign(oracle, content_hash, [reporter])


def test_sign_report__a_copy_lacks_a_purchase__does_not_sign() -> None:
    oracle, content_hash = _sealed()
    apart = Oracle()
    apart.ingest(submitted("A-1001"))
    with pytest.raises(ReportersNotReached, match="lacks 2 of the report's purchases"):
        _sign(oracle, content_hash, [_with_copy_of(oracle, REPORTERS[0], store=apart.store)])


def _refund_sealed() -> tuple[Oracle, SubmittedPurchase, bytes]:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    refund = submitted(
        "R-1", None, kind=PurchaseKind.REFUND, original_sale_ref="A-1001", eligible_minor=9_600
    )
    oracle.ingest(refund)
    return oracle, refund, oracle.sealed().content_hash


def test_sign_report__refund_by_own_stores_that_read_no_chain__agrees() -> None:
    """Another reporter needs its purchases alone: whether the receipt is true, the chain says."""
    oracle, refund, content_hash = _refund_sealed()
    apart = Oracle()
    apart.ingest(refund, *three_bills())
    reporters = [_with_copy_of(oracle, reporter, store=apart.store) for reporter in REPORTERS]
    assert _sign(oracle, content_hash, reporters) is ReportState.SIGNED


def test_sign_report__refund_of_a_sale_that_the_copy_lacks__is_not_signed() -> None:
    oracle, refund, content_hash = _refund_sealed()
    apart = Oracle()
    apart.ingest(refund, *three_bills()[1:])
    reporters = [_with_copy_of(oracle, reporter, store=apart.store) for reporter in REPORTERS]
    with pytest.raises(AttachmentDisputed, match="no such sale"):
        _sign(oracle, content_hash, reporters)
    assert _signers(oracle, content_hash) == set()


def test_sign_report__too_few_in_force__keeps_what_signed_and_goes_on_later() -> None:
    oracle, content_hash = _sealed()
    strangers = [CheckingReporter(FakeReporter("stranger"), oracle.reporters[0].copy)]
    with pytest.raises(QuorumNotCollected, match="2 reporters of the present set signed, 3 are needed"):
        _sign(oracle, content_hash, [*strangers, *oracle.reporters[:2]])
    assert _sign(oracle, content_hash, oracle.reporters[1:3]) is ReportState.SIGNED
    assert len(_signers(oracle, content_hash)) == 3


def test_sign_report__key_answers_nonsense__is_refused() -> None:
    class Broken(FakeReporter):
        def sign(self, digest: bytes) -> bytes:
            return b"?"

    oracle, content_hash = _sealed()
    with pytest.raises(QuorumNotCollected, match="answered 1 bytes"):
        _sign(oracle, content_hash, [CheckingReporter(Broken("reporter a"), oracle.reporters[0].copy)])


def test_sign_report__signed_already__asks_nobody() -> None:
    oracle, content_hash = _sealed()
    _sign(oracle, content_hash, oracle.reporters)
    assert _sign(oracle, content_hash, []) is ReportState.SIGNED


def test_sign_report__reporters_changed__signs_anew() -> None:
    oracle, content_hash = _sealed()
    _sign(oracle, content_hash, oracle.reporters)
    oracle.chain.set_reporters(REPORTERS[1:], quorum=4)
    assert _sign(oracle, content_hash, oracle.reporters) is ReportState.SIGNED
    assert _signers(oracle, content_hash, version=2) == {reporter.address for reporter in REPORTERS[1:]}
    assert relay_report(content_hash, oracle.store, chain=oracle.chain).state is ReportState.APPLIED


def test_sign_report__reporter_removed__another_signs_in_its_place() -> None:
    """The set keeps its version and the digest stays: what the others signed still counts."""
    oracle, content_hash = _sealed()
    _sign(oracle, content_hash, oracle.reporters)
    oracle.chain.remove_reporter(REPORTERS[1])
    assert _sign(oracle, content_hash, [oracle.reporters[3]]) is ReportState.SIGNED
    assert relay_report(content_hash, oracle.store, chain=oracle.chain).state is ReportState.APPLIED
    # Its signature is kept, and was not sent.
    assert REPORTERS[1].address in _signers(oracle, content_hash)


def test_sign_report__reporter_removed_and_nobody_else_here__waits_for_others() -> None:
    oracle, content_hash = _sealed()
    _sign(oracle, content_hash, oracle.reporters)
    oracle.chain.remove_reporter(REPORTERS[0])
    with pytest.raises(QuorumNotCollected, match="2 reporters of the present set signed, 3 are needed"):
        _sign(oracle, content_hash, oracle.reporters[:3])
    assert oracle.report(content_hash).state is ReportState.SEALED
    assert _sign(oracle, content_hash, oracle.reporters[4:]) is ReportState.SIGNED


def test_sign_report__reporter_removed_one_more_had_signed__stays_signed() -> None:
    oracle, content_hash = _sealed()
    oracle.chain.set_reporters(REPORTERS, quorum=4)
    _sign(oracle, content_hash, oracle.reporters)
    oracle.chain._quorum = 3
    oracle.chain.remove_reporter(REPORTERS[2])
    assert _sign(oracle, content_hash, []) is ReportState.SIGNED
    assert relay_report(content_hash, oracle.store, chain=oracle.chain).state is ReportState.APPLIED


def test_sign_report__settlement_replaced__signs_the_same_content_anew() -> None:
    """Both sets are of version 1: the digest tells them apart, a version would not."""
    oracle, content_hash = _sealed()
    _sign(oracle, content_hash, oracle.reporters)
    former = _digest(oracle, content_hash)
    oracle.chain.replace_settlement(REPORTERS, quorum=3)
    assert _sign(oracle, content_hash, oracle.reporters) is ReportState.SIGNED
    assert _digest(oracle, content_hash) != former
    assert len(_signers(oracle, content_hash)) == 3
    assert relay_report(content_hash, oracle.store, chain=oracle.chain).state is ReportState.APPLIED


def test_sign_report__no_such_report__is_an_error() -> None:
    oracle = Oracle()
    with pytest.raises(StoreError, match="no report 0000"):
        _sign(oracle, bytes(32), oracle.reporters)


def test_sign_report__other_chain__its_digest_differs() -> None:
    """A signature for one chain is none for another."""
    oracle, content_hash = _sealed()
    other = FakeSettlementChain(books(), REPORTERS, quorum=3, starts_at=NOON_S)
    other.chain_id = 1
    _sign(oracle, content_hash, oracle.reporters)
    counting = counting_signatures(oracle.report(content_hash), oracle.store, chain=oracle.chain)
    signatures = b"".join(one.signature for one in counting.signatures)
    with pytest.raises(ContractRefusal, match="SettlementReporterUnknown"):
        other.check(oracle.report(content_hash).report_bytes, signatures)
    with pytest.raises(ContractRefusal, match="SettlementQuorumNotReached"):
        relay_report(content_hash, oracle.store, chain=other)
