"""Makes what reporters sign: EIP-712 over a report's lane, sequence and content.

Signing makes it of sealed bytes; the digest is the one that the contract's own `digestOf` gives.
Source: docs/report-format.md "Digest".
"""

from eth_abi.abi import encode

from milepost.codec.keccak import keccak
from milepost.codec.report_bytes import decode_report

_DOMAIN_TYPE = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_REPORT_TYPE = keccak(b"Report(uint32 reporters,uint16 lane,uint64 sequence,bytes32 content)")
_NAME = keccak(b"Milepost Settlement")
_VERSION = keccak(b"1")


def content_hash(report_bytes: bytes) -> bytes:
    """keccak of the sealed bytes."""
    return keccak(report_bytes)


def report_digest(chain_id: int, settlement: str, *, reporters_version: int, report_bytes: bytes) -> bytes:
    """The 32 bytes to sign for one chain, one Settlement and one version of its reporter set.

    Raises: what `decode_report` raises, so that nobody signs bytes that are no report.
    """
    return keccak(
        report_message(chain_id, settlement, reporters_version=reporters_version, report_bytes=report_bytes)
    )


def report_message(chain_id: int, settlement: str, *, reporters_version: int, report_bytes: bytes) -> bytes:
    """What is hashed to the digest: 0x1901, the domain's hash and the report's, 66 bytes.

    Raises: as `report_digest`.
    """
    report = decode_report(report_bytes)
    domain = encode(
        ["bytes32", "bytes32", "bytes32", "uint256", "address"],
        [_DOMAIN_TYPE, _NAME, _VERSION, chain_id, settlement],
    )
    message = encode(
        ["bytes32", "uint32", "uint16", "uint64", "bytes32"],
        [_REPORT_TYPE, reporters_version, report.lane, report.sequence, content_hash(report_bytes)],
    )
    return b"\x19\x01" + keccak(domain) + keccak(message)
