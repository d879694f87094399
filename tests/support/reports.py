"""Builders of reports for a deployed plan, signed by its reporters."""

from collections.abc import Sequence

from eth_account.signers.local import LocalAccount

from milepost.chain.reporter_keys import LocalReporter
from milepost.codec.digest import report_digest
from milepost.codec.report_bytes import encode_report
from milepost.domain.report import Entry, Report, Section


def a_report(*sections: Section, lane: int = 0, sequence: int = 1) -> bytes:
    return encode_report(Report(lane, sequence, sections))


def a_section(partner_id: int, *entries: Entry, base_time: int, first_number: int = 1) -> Section:
    return Section(partner_id, first_number, base_time, entries)


def signed_by(
    reporters: Sequence[LocalAccount],
    report_bytes: bytes,
    *,
    chain_id: int,
    settlement: str,
    version: int = 1,
) -> bytes:
    """Signatures in rising order of signer, as the contract wants them."""
    digest = report_digest(chain_id, settlement, reporters_version=version, report_bytes=report_bytes)
    ordered = sorted(map(LocalReporter, reporters), key=lambda reporter: int(reporter.address, 16))
    return b"".join(reporter.sign(digest) for reporter in ordered)
