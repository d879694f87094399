"""The digest is EIP-712's, as another implementation computes it."""

import pytest
from eth_account.messages import _hash_eip191_message, encode_typed_data
from eth_utils.crypto import keccak

from milepost.codec.digest import content_hash, report_digest, report_message
from milepost.codec.report_bytes import encode_report
from milepost.domain.errors import ReportTruncated
from milepost.domain.report import Report, Section
from tests.support.purchases import an_entry

SETTLEMENT = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
BYTES = encode_report(Report(3, 17, (Section(1, 1, 1_526_256_000, (an_entry(),)),)))


def _digest(
    chain_id: int = 31337, settlement: str = SETTLEMENT, version: int = 4, data: bytes = BYTES
) -> bytes:
    return report_digest(chain_id, settlement, reporters_version=version, report_bytes=data)


def test_report_digest__eth_account__computes_the_same() -> None:
    typed = encode_typed_data(
        domain_data={
            "name": "Milepost Settlement",
            "version": "1",
            "chainId": 31337,
            "verifyingContract": SETTLEMENT,
        },
        message_types={
            "Report": [
                {"name": "reporters", "type": "uint32"},
                {"name": "lane", "type": "uint16"},
                {"name": "sequence", "type": "uint64"},
                {"name": "content", "type": "bytes32"},
            ]
        },
        message_data={"reporters": 4, "lane": 3, "sequence": 17, "content": keccak(BYTES)},
    )
    assert _digest() == _hash_eip191_message(typed)


def test_report_digest__other_chain_contract_set_or_bytes__differs() -> None:
    other = encode_report(Report(3, 18, (Section(1, 1, 1_526_256_000, (an_entry(),)),)))
    digests = [
        _digest(),
        _digest(chain_id=1),
        _digest(settlement="0x" + "11" * 20),
        _digest(version=5),
        _digest(data=other),
    ]
    assert len(set(digests)) == 5


def test_report_digest__no_report__is_refused() -> None:
    with pytest.raises(ReportTruncated):
        _digest(data=BYTES[:-1])


def test_content_hash__sealed_bytes__is_their_keccak() -> None:
    assert content_hash(BYTES) == keccak(BYTES)


def test_report_message__hashed__is_the_digest() -> None:
    message = report_message(31337, SETTLEMENT, reporters_version=4, report_bytes=BYTES)
    assert (len(message), keccak(message)) == (66, _digest())
