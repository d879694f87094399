"""settle and check: a report that must not settle gets a named error from both, and changes nothing.

given a programme, and a good report beside the bad one
  when settling is paused                                      then EnforcedPause
  when the report is shorter than its header                   then SettlementReportTruncated
  when its first byte is not 1                                 then SettlementReportVersionUnknown
  when signatures are not a multiple of 65 bytes               then SettlementSignaturesMalformed
  when there are fewer than the quorum, or none                then SettlementQuorumNotReached
  when one recovers to nobody                                  then SettlementSignatureInvalid
  when one is doubled, or they are not sorted                  then SettlementSignersNotAscending
  when one is not a reporter's, or of another report           then SettlementReporterUnknown
  when one was made over the former set, even by one who stays then SettlementReporterUnknown
  when the sequence was used or is ahead                       then SettlementSequenceNotNext
  when bytes are missing or too many                           then PartnerReportLengthWrong
  when it holds no purchase                                    then PartnerReportEmpty
  when a section is empty                                      then PartnerSectionEmpty
  when sections and header count differently                   then PartnerPurchaseCountWrong
  when partners do not rise                                    then PartnerSectionsNotAscending
  when a partner is unknown                                    then PartnerUnknown
  when a first number is not the next                          then PartnerNumberNotNext
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from ape.managers.project import ProjectManager
from eth_account.signers.local import LocalAccount

from milepost.chain.reporter_keys import LocalReporter
from milepost.codec.report_bytes import encode_report
from milepost.domain.report import Report
from tests.support.contract_programme import OPEN_PARTNER, PREPAID_PARTNER, QUORUM, REPORTERS, Programme
from tests.support.deployments import STRANGER
from tests.support.purchases import an_entry
from tests.support.refusals import refuses

# The order of secp256k1's group: a signature's s is below half of it.
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def refused(programme: Programme, report: bytes, signatures: bytes, name: str, **arguments: Any) -> None:
    """Both `check` and `settle` name the error."""
    with refuses(name, **arguments):
        programme.settlement.check(report, signatures)
    with refuses(name, **arguments):
        programme.settlement.settle(report, signatures, sender=programme.relayer)
    assert programme.receipts.nextSequence(0) == 1
    assert programme.registry.partnerOf(OPEN_PARTNER).lastNumber == 0


def signed_anyhow(programme: Programme, report: bytes) -> bytes:
    """A quorum over the contract's own digest, whatever the bytes: the codec signs no malformed report."""
    digest = bytes(programme.settlement.digestOf(report))
    return b"".join(LocalReporter(reporter).sign(digest) for reporter in REPORTERS[:QUORUM])


# ---------------------------------------------------------------- signatures


def test_settle__paused__is_refused_until_unpaused(programme: Programme) -> None:
    report = programme.a_report()
    signatures = programme.sign(report)
    programme.settlement.pause(sender=programme.manager)
    refused(programme, report, signatures, "EnforcedPause")
    programme.settlement.unpause(sender=programme.manager)
    programme.settlement.check(report, signatures)
    assert programme.settle_bytes(report, signatures).results[0].base == 25


@pytest.mark.parametrize("extra", [b"\0", b"\0" * 64])
def test_settle__signatures_of_no_whole_number__are_refused(programme: Programme, extra: bytes) -> None:
    report = programme.a_report()
    signatures = programme.sign(report) + extra
    refused(programme, report, signatures, "SettlementSignaturesMalformed", length=len(signatures))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_settle__too_few_signatures__are_refused(programme: Programme, count: int) -> None:
    report = programme.a_report()
    signatures = programme.sign(report, REPORTERS[:count])
    refused(programme, report, signatures, "SettlementQuorumNotReached", given=count, quorum=3)


def test_settle__no_reporters_named_yet__nothing_settles(
    programme: Programme, project: ProjectManager
) -> None:
    """A new Settlement has a quorum of 0: no signatures are still too few."""
    fresh = programme.admin.deploy(project.Settlement, programme.authority, *programme.settlement.parts())
    report = programme.a_report()
    with refuses("SettlementQuorumNotReached", given=0, quorum=0):
        fresh.check(report, b"")
    with refuses("SettlementReporterUnknown"):
        fresh.check(report, programme.sign(report)[:65])


def _r_of_0(signature: bytes) -> bytes:
    return bytes(32) + signature[32:]


def _v_of_29(signature: bytes) -> bytes:
    return signature[:64] + b"\x1d"


def _high_s(signature: bytes) -> bytes:
    """The same signature's other form, which recovers to the same signer where it is allowed."""
    s = int.from_bytes(signature[32:64], "big")
    return signature[:32] + (CURVE_ORDER - s).to_bytes(32, "big") + bytes([55 - signature[64]])


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("spoil", [_r_of_0, _v_of_29, _high_s])
def test_settle__signature_that_recovers_to_nobody__is_refused(
    programme: Programme, spoil: Callable[[bytes], bytes], place: int
) -> None:
    report = programme.a_report()
    whole = programme.sign(report)
    parts = [whole[i : i + 65] for i in range(0, len(whole), 65)]
    parts[place] = spoil(parts[place])
    refused(programme, report, b"".join(parts), "SettlementSignatureInvalid", index=place)


@pytest.mark.parametrize("order", [(0, 0, 1), (0, 1, 1), (1, 0, 2), (0, 2, 1), (2, 1, 0)])
def test_settle__doubled_or_unsorted_signatures__are_refused(
    programme: Programme, order: Sequence[int]
) -> None:
    report = programme.a_report()
    signatures = b"".join(programme.sign(report, [REPORTERS[i]]) for i in order)
    given, last = next((REPORTERS[b].address, REPORTERS[a].address) for a, b in pairwise(order) if a >= b)
    refused(programme, report, signatures, "SettlementSignersNotAscending", given=given, last=last)


@pytest.mark.parametrize("honest", [2, 5])
def test_settle__signature_of_a_stranger__is_refused(programme: Programme, honest: int) -> None:
    """Even above the quorum: a signature that says nothing is a mistake to be seen."""
    report = programme.a_report()
    signers: list[LocalAccount] = [*REPORTERS[:honest], STRANGER]
    refused(
        programme,
        report,
        programme.sign(report, signers),
        "SettlementReporterUnknown",
        signer=STRANGER.address,
    )


@pytest.mark.parametrize("part", ["lane", "sequence", "content"])
def test_settle__signatures_over_another_report__are_refused(programme: Programme, part: str) -> None:
    other = {
        "lane": programme.a_report(lane=1, sequence=1),
        "sequence": programme.a_report(sequence=2),
        "content": programme.a_report(programme.a_section(an_entry(eligible_minor=10_001))),
    }[part]
    report = programme.a_report()
    # Recovered from another digest, signers are random: unknown, or by chance not rising.
    with refuses("SettlementReporterUnknown", "SettlementSignersNotAscending"):
        programme.settlement.check(report, programme.sign(other))


def test_settle__signed_for_the_former_reporters__is_refused_and_signed_again_settles(
    programme: Programme,
) -> None:
    report = programme.a_report()
    old = programme.sign(report)
    programme.settlement.setReporters([r.address for r in REPORTERS], QUORUM, sender=programme.manager)
    for signatures in (old, old[:65] + programme.sign(report, REPORTERS[1:3], version=2)):
        with refuses("SettlementReporterUnknown", "SettlementSignersNotAscending"):
            programme.settlement.settle(report, signatures, sender=programme.relayer)
    again = programme.sign(report, version=2)
    assert programme.settle_bytes(report, again).results[0].base == 25


def test_settle__reporter_removed__its_signature_does_not_count(programme: Programme) -> None:
    kept, gone = REPORTERS[1:], REPORTERS[0]
    programme.settlement.setReporters([r.address for r in kept], 2, sender=programme.manager)
    report = programme.a_report()
    refused(
        programme,
        report,
        programme.sign(report, [gone, kept[0]], version=2),
        "SettlementReporterUnknown",
        signer=gone.address,
    )
    assert not programme.settlement.isReporter(gone.address)
    programme.settle_bytes(report, programme.sign(report, kept[:2], version=2))


# ---------------------------------------------------------------- the report


@pytest.mark.parametrize("length", [0, 1, 14])
def test_settle__shorter_than_its_header__is_refused(programme: Programme, length: int) -> None:
    report = programme.a_report()[:length]
    refused(programme, report, b"", "SettlementReportTruncated", given=length, least=15)


@pytest.mark.parametrize("version", [0, 3, 255])
def test_settle__another_version__is_refused(programme: Programme, version: int) -> None:
    report = bytes([version]) + programme.a_report()[1:]
    signatures = signed_anyhow(programme, report)
    refused(programme, report, signatures, "SettlementReportVersionUnknown", given=version, expected=2)


@pytest.mark.parametrize("sequence", [0, 2, 2**64 - 1])
def test_settle__sequence_not_the_next__is_refused(programme: Programme, sequence: int) -> None:
    report = programme.a_report(sequence=sequence)
    refused(
        programme, report, programme.sign(report), "SettlementSequenceNotNext", given=sequence, expected=1
    )


def test_settle__settled_before__is_refused(programme: Programme) -> None:
    done = programme.settle()
    for call in (programme.settlement.check, programme.settlement.settle):
        with refuses("SettlementSequenceNotNext", given=1, expected=2):
            call(done.report, programme.sign(done.report), sender=programme.relayer)
    assert programme.ledger.balanceAt(1, programme.now) == 25


@pytest.mark.parametrize(
    "cut", [slice(0, -1), slice(0, -32), slice(0, -47), slice(0, 15)], ids=["byte", "entry", "all", "header"]
)
def test_settle__bytes_missing__is_refused(programme: Programme, cut: slice) -> None:
    whole = programme.a_report()
    report = whole[cut]
    signatures = signed_anyhow(programme, report)
    refused(programme, report, signatures, "PartnerReportLengthWrong", given=len(report), expected=len(whole))


@pytest.mark.parametrize("extra", [b"\0", bytes(32), bytes(47)])
def test_settle__bytes_too_many__is_refused(programme: Programme, extra: bytes) -> None:
    report = programme.a_report() + extra
    signatures = signed_anyhow(programme, report)
    refused(programme, report, signatures, "PartnerReportLengthWrong", given=len(report))


def header(sections: int, purchases: int) -> bytes:
    return b"\x01\0\0" + (1).to_bytes(8, "big") + sections.to_bytes(2, "big") + purchases.to_bytes(2, "big")


def body(*sections: Any) -> bytes:
    """The bytes of sections, each encoded on its own, so that their order is not checked."""
    return b"".join(encode_report(Report(0, 1, (section,)))[15:] for section in sections)


@pytest.mark.parametrize("sections", [0, 1])
def test_settle__no_purchases__is_refused(programme: Programme, sections: int) -> None:
    report = header(sections, 0) + bytes(15 * sections)
    refused(programme, report, signed_anyhow(programme, report), "PartnerReportEmpty")


@pytest.mark.parametrize("place", [0, 1])
def test_settle__empty_section__is_refused(programme: Programme, place: int) -> None:
    full = body(programme.a_section(first_number=1))
    empty = (PREPAID_PARTNER if place else OPEN_PARTNER).to_bytes(3, "big") + bytes(12)
    report = header(2, 1) + (full + empty if place else empty + full)
    refused(programme, report, signed_anyhow(programme, report), "PartnerSectionEmpty")


def test_settle__sections_hold_more_than_the_header_counts__is_refused(programme: Programme) -> None:
    """Two sections, of 2 and 1: the header counts 2, and the bytes are as long as it says."""
    report = header(1, 2) + body(programme.a_section(an_entry(), an_entry(), an_entry()))[: 15 + 64]
    refused(
        programme,
        report,
        signed_anyhow(programme, report),
        "PartnerPurchaseCountWrong",
        given=3,
        expected=2,
    )


def test_settle__sections_hold_fewer_than_the_header_counts__is_refused(programme: Programme) -> None:
    report = header(1, 2) + body(programme.a_section(an_entry())) + bytes(32)
    refused(
        programme,
        report,
        signed_anyhow(programme, report),
        "PartnerPurchaseCountWrong",
        given=1,
        expected=2,
    )


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 1), (1, 0)])
def test_settle__partners_do_not_rise__is_refused(programme: Programme, first: int, second: int) -> None:
    section = body(programme.a_section(partner=first, first_number=1))
    report = header(2, 2) + section + second.to_bytes(3, "big") + section[3:]
    refused(
        programme,
        report,
        signed_anyhow(programme, report),
        "PartnerSectionsNotAscending",
        given=second,
        last=first,
    )


@pytest.mark.parametrize("partner", [4, 2**24 - 1])
def test_settle__unknown_partner__is_refused_with_the_good_section_before_it(
    programme: Programme, partner: int
) -> None:
    report = programme.a_report(
        programme.a_section(first_number=1), programme.a_section(partner=partner, first_number=1)
    )
    refused(programme, report, programme.sign(report), "PartnerUnknown", partner=partner)


@pytest.mark.parametrize("number", [0, 2, 2**40 - 1])
def test_settle__first_number_not_the_next__is_refused(programme: Programme, number: int) -> None:
    report = programme.a_report(programme.a_section(first_number=number))
    refused(
        programme,
        report,
        programme.sign(report),
        "PartnerNumberNotNext",
        partner=OPEN_PARTNER,
        given=number,
        expected=1,
    )


def test_settle__numbers_settled_in_another_lane__are_refused(programme: Programme) -> None:
    """A partner's number settles once whatever lane brings it."""
    programme.settle(lane=1)
    report = programme.a_report(programme.a_section(first_number=1))
    with refuses("PartnerNumberNotNext", given=1, expected=2):
        programme.settle_bytes(report)
