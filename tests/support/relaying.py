"""Short words for what tests of relaying and watching do with one report on the fakes."""

from milepost.pipeline.relay_report import relay_report, watch_report
from milepost.ports import ReportState, StoredTx
from tests.support.programme import Oracle, three_bills


def signed(oracle: Oracle) -> bytes:
    """The content hash of a report of three bills, sealed and signed."""
    oracle.ingest(*three_bills())
    return oracle.signed().content_hash


def behind_a_lost_nonce(oracle: Oracle) -> bytes:
    """The content hash of a report whose tx waits for a nonce that a stranger used, until a reorg took it."""
    oracle.chain.automine = False
    oracle.ingest(*three_bills())
    oracle.chain.use_nonce()
    content_hash = oracle.relayed().content_hash
    oracle.chain.reorg(1)
    oracle.chain.mine()
    return content_hash


def relay(oracle: Oracle, content_hash: bytes) -> ReportState:
    return relay_report(content_hash, oracle.store, chain=oracle.chain).state


def watch(oracle: Oracle, content_hash: bytes) -> ReportState:
    return watch_report(content_hash, oracle.store, chain=oracle.chain).state


def txs_of(oracle: Oracle, content_hash: bytes) -> list[StoredTx]:
    with oracle.store.unit_of_work() as work:
        return work.txs.of_report(content_hash)
