"""Reports that are refused, each by its name: wrong signatures, wrong numbers, bytes that are no report."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from milepost.chain.reporter_keys import LocalReporter
from milepost.codec.entry import ENTRY_SIZE
from milepost.codec.report_bytes import HEADER_SIZE, SECTION_SIZE, encode_report
from milepost.domain.report import Report
from tests.machines.programme.acceptance import SIGNATURE_SIZE, refusal_of
from tests.machines.programme.base import ProgrammeBase
from tests.machines.programme.settling import Signed, attempt, can_settle, seal, sign
from tests.machines.programme.strategies import Bill, good_bills, lanes, numbers, picked, reports_of
from tests.machines.programme.twins import KEYS
from tests.support.deployments import account_named

_OUTSIDER = LocalReporter(account_named("no reporter"))
_FAR = 2**40 - 1

# By what they must be refused, in a programme that takes good reports.
WRONG_REPORTS: dict[str, Callable[[Report], Report]] = {
    "SettlementSequenceNotNext": lambda report: replace(report, sequence=report.sequence + 1),
    "PartnerNumberNotNext": lambda report: _first_section(report, first_number=_FAR),
    "PartnerUnknown": lambda report: replace(
        report, sections=(*report.sections, replace(report.sections[0], partner_id=2**24 - 1))
    ),
}
WRONG_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "SettlementReportTruncated": lambda sealed: sealed[: HEADER_SIZE - 1],
    "SettlementReportVersionUnknown": lambda sealed: b"\x03" + sealed[1:],
    "SettlementAttachmentMalformed": lambda sealed: b"\x02" + sealed[1:] + bytes(1),
    "PartnerReportLengthWrong": lambda sealed: sealed[:-1],
    "PartnerReportEmpty": lambda sealed: sealed[:13] + b"\x00\x00" + sealed[15:],
    "PartnerSectionEmpty": lambda sealed: sealed[:28] + b"\x00\x00" + sealed[30:],
    "PartnerSectionsNotAscending": lambda sealed: sealed[:15] + b"\x00\x00\x00" + sealed[18:],
    "PartnerPurchaseCountWrong": lambda sealed: sealed[:28] + b"\xff\xff" + sealed[30:],
}
WRONG_SIGNATURES = (
    "SettlementQuorumNotReached",
    "SettlementReporterUnknown",
    "SettlementSignersNotAscending",
    "SettlementSignatureInvalid",
    "SettlementSignaturesMalformed",
)


class RefusedReportRules(ProgrammeBase):
    """Besides the name, `attempt` and the invariants hold every one of them to changing nothing."""

    @precondition(lambda self: can_settle(self.twins.model))
    @rule(given=reports_of(good_bills), lane=lanes)
    def report_wrongly(self, given: list[Bill], lane: int) -> None:
        """A quorum signs what it should not, in every way there is."""
        report = seal(self.twins.model, given, lane)
        for name, change in WRONG_REPORTS.items():
            self._is_refused(sign(self.twins, change(report)), name)
        for name, spoil in WRONG_BYTES.items():
            self._is_refused(sign(self.twins, spoil(encode_report(report))), name)

    @precondition(lambda self: can_settle(self.twins.model))
    @rule(given=reports_of(good_bills, 2), lane=lanes, place=numbers)
    def sign_wrongly(self, given: list[Bill], lane: int, place: int) -> None:
        """INV-5: a good report whose signatures are not those of a quorum of distinct reporters in force."""
        twins, report = self.twins, seal(self.twins.model, given, lane)
        in_force, quorum = twins.model.reporters.keys, twins.model.reporters.quorum
        good = sign(twins, report)
        self._is_refused(sign(twins, report, in_force[: quorum - 1]), "SettlementQuorumNotReached")
        outsider = picked([_OUTSIDER, *(key for key in KEYS if key not in in_force)], place)
        stranger = sign(twins, report, [*in_force[: quorum - 1], outsider])
        self._is_refused(stranger, "SettlementReporterUnknown")
        doubled = sign(twins, report, [*in_force[:quorum], picked(in_force[:quorum], place)])
        self._is_refused(doubled, "SettlementSignersNotAscending")
        if len(in_force) > 1:
            unsorted = sign(twins, report, in_force[: max(quorum, 2)][::-1], in_order=False)
            self._is_refused(unsorted, "SettlementSignersNotAscending")
        end = (place * SIGNATURE_SIZE) % len(good.signatures) + SIGNATURE_SIZE
        spoiled = good.signatures[: end - 1] + b"\x00" + good.signatures[end:]
        self._is_refused(replace(good, signatures=spoiled), "SettlementSignatureInvalid")
        self._is_refused(replace(good, signatures=good.signatures[:-1]), "SettlementSignaturesMalformed")

    @rule(given=reports_of(good_bills, 2), lane=lanes)
    def sign_another_report(self, given: list[Bill], lane: int) -> None:
        """INV-5: the signatures are good, and of another report."""
        model = self.twins.model
        good = sign(self.twins, seal(model, given, lane))
        other = encode_report(seal(model, [*given, *given], lane))
        self._is_refused(replace(good, report_bytes=other), None)

    @rule(data=st.binary(max_size=300), signatures=st.binary(max_size=200))
    def send_random_bytes(self, data: bytes, signatures: bytes) -> None:
        """Nobody signed it."""
        assert attempt(self.twins, Signed(data, signatures, version=0)) is None

    @rule(data=st.binary(max_size=200), is_of_the_version=st.booleans())
    def sign_random_bytes(self, data: bytes, is_of_the_version: bool) -> None:
        """A quorum signs noise: a named refusal, never a panic."""
        assert attempt(self.twins, sign(self.twins, b"\x01" + data if is_of_the_version else data)) is None

    @rule(
        given=reports_of(good_bills, 4),
        lane=lanes,
        patches=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), min_size=1, max_size=3),
        added=st.sampled_from((0, 0, 0, 1, 32, -1, -32)),
    )
    def sign_changed_headers(
        self, given: list[Bill], lane: int, patches: list[tuple[int, int]], added: int
    ) -> None:
        """A quorum signs a report whose headers or end were changed: refused by name, or a good one."""
        report = seal(self.twins.model, given, lane)
        sealed = bytearray(encode_report(report))
        for place, value in patches:
            sealed[picked(_header_places(report), place)] = value
        changed = bytes(sealed) + bytes(added) if added >= 0 else bytes(sealed)[:added]
        attempt(self.twins, sign(self.twins, changed))

    def _is_refused(self, signed: Signed, name: str | None) -> None:
        """Shape: without a name, by whatever the model says."""
        digest = self.twins.contracts.settlement.digestOf(signed.report_bytes)
        found = refusal_of(signed.report_bytes, signed.signatures, self.twins.model, digest=digest)
        assert found is not None and name in (None, found), f"{name} was meant, the model says {found}"
        assert attempt(self.twins, signed) is None


def _header_places(report: Report) -> list[int]:
    """Bytes of the report that are of no entry."""
    places, at = list(range(HEADER_SIZE)), HEADER_SIZE
    for section in report.sections:
        places += range(at, at + SECTION_SIZE)
        at += SECTION_SIZE + len(section.entries) * ENTRY_SIZE
    return places


def _first_section(report: Report, **changes: int) -> Report:
    return replace(report, sections=(replace(report.sections[0], **changes), *report.sections[1:]))
