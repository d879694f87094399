"""Names every figure that a process shows, with its unit in its name.

`store_figures`, the worker's chores and the HTTP interface write them; `monitoring/` asks for them by name.
Labels hold states, codes and places: no member, no URL.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

from milepost.observability.exposition import Figure, Histogram, Registry

_DURATIONS_S = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(slots=True)
class StoreMeasures:
    """What the store tells, whichever process asks it."""

    registry: Registry
    purchases: Figure = field(init=False)
    oldest_s: Figure = field(init=False)
    reports: Figure = field(init=False)
    txs: Figure = field(init=False)
    in_flight: Figure = field(init=False)
    nonce_local: Figure = field(init=False)
    replaced: Figure = field(init=False)
    read_block: Figure = field(init=False)
    deliveries: Figure = field(init=False)
    endpoints: Figure = field(init=False)
    disagreements: Figure = field(init=False)
    feed_copies: Figure = field(init=False)
    oldest_copy_s: Figure = field(init=False)
    read_failed: Figure = field(init=False)

    def __post_init__(self) -> None:
        gauge = self.registry.gauge
        self.purchases = gauge("milepost_purchases", "Purchases by state.", "state")
        self.oldest_s = gauge(
            "milepost_oldest_unsettled_purchase_seconds",
            "Age of the oldest purchase that is taken and not final on chain, by this machine's clock.",
        )
        self.reports = gauge("milepost_reports", "Reports by state.", "state")
        self.txs = gauge("milepost_txs", "Txs by state.", "state")
        self.in_flight = gauge(
            "milepost_txs_in_flight",
            "Nonces of an address whose tx is signed or sent, not mined.",
            "sender",
        )
        self.nonce_local = gauge(
            "milepost_nonce_local", "Next nonce of an address, as the store has it.", "sender"
        )
        self.replaced = gauge("milepost_tx_replacements", "Txs that replaced one of the same nonce, ever.")
        self.read_block = gauge("milepost_read_up_to_block", "Last block whose logs are in the store.")
        self.deliveries = gauge("milepost_webhook_messages", "Messages of webhooks by state.", "state")
        self.endpoints = gauge("milepost_webhook_endpoints", "Endpoints of webhooks by state.", "state")
        self.disagreements = gauge("milepost_disagreements", "Disagreements of reporters that are on file.")
        self.feed_copies = gauge(
            "milepost_feed_copies", "Copies of partners' requests that a reporter lacks yet."
        )
        self.oldest_copy_s = gauge(
            "milepost_oldest_feed_copy_seconds", "Age of the oldest of them, by this machine's clock."
        )
        self.read_failed = self.registry.counter(
            "milepost_store_reads_failed_total", "Times that the store did not tell its figures."
        )


@dataclass(slots=True)
class ChainMeasures:
    """What a worker's chore learned of the chain."""

    registry: Registry
    head: Figure = field(init=False)
    head_age_s: Figure = field(init=False)
    finality_lag: Figure = field(init=False)
    reader_lag: Figure = field(init=False)
    reorgs: Figure = field(init=False)
    reorg_depth: Figure = field(init=False)
    nonce_mined: Figure = field(init=False)
    nonce_pending: Figure = field(init=False)
    balance: Figure = field(init=False)
    runway_s: Figure = field(init=False)
    asked_at: Figure = field(init=False)
    reporters: Figure = field(init=False)
    reporters_reachable: Figure = field(init=False)
    quorum: Figure = field(init=False)
    endpoint_requests: Figure = field(init=False)
    endpoint_failures: Figure = field(init=False)
    endpoint_errors: Figure = field(init=False)
    endpoint_state: Figure = field(init=False)
    endpoint_lag: Figure = field(init=False)
    cap_hits: Figure = field(init=False)

    def __post_init__(self) -> None:
        gauge, counter = self.registry.gauge, self.registry.counter
        self.head = gauge("milepost_head_block", "Newest block of the chain.")
        self.head_age_s = gauge(
            "milepost_head_age_seconds", "Age of the newest block, by this machine's clock."
        )
        self.finality_lag = gauge("milepost_finality_lag_blocks", "Blocks above the newest final one.")
        self.reader_lag = gauge("milepost_reader_lag_blocks", "Final blocks that are not in the store yet.")
        self.reorgs = counter("milepost_reorgs_total", "Times that a block which was seen was replaced.")
        self.reorg_depth = gauge(
            "milepost_reorg_depth_blocks",
            "Blocks above the one that stayed, of the deepest reorg seen.",
        )
        self.nonce_mined = gauge("milepost_nonce_mined", "Next nonce of the relayer by mined txs.", "sender")
        self.nonce_pending = gauge(
            "milepost_nonce_pending", "Next nonce of the relayer with those that wait.", "sender"
        )
        self.balance = gauge("milepost_relayer_balance_ether", "What the relayer has for gas.")
        self.runway_s = gauge(
            "milepost_relayer_runway_seconds", "How long the relayer's gas money lasts at the recent rate."
        )
        self.asked_at = gauge("milepost_chain_answered_timestamp_seconds", "When the chain last answered.")
        self.reporters = gauge("milepost_reporters", "Reporters of the set that is in force.")
        self.reporters_reachable = gauge(
            "milepost_reporters_reachable", "Reporters in force that can sign now: keys here, or that answer."
        )
        self.quorum = gauge("milepost_reporter_quorum", "Signatures that a report needs.")
        labels = ("endpoint",)
        self.endpoint_requests = gauge("milepost_rpc_requests", "Requests by node, since the start.", *labels)
        self.endpoint_failures = gauge("milepost_rpc_failures", "Requests that failed by node.", *labels)
        self.endpoint_errors = counter(
            "milepost_rpc_errors_total",
            "Errors by node and kind; error_answer is one by JSON-RPC, such as a revert.",
            "endpoint",
            "kind",
        )
        self.endpoint_state = gauge(
            "milepost_rpc_endpoint_state", "1 for the state that a node is in.", "endpoint", "state"
        )
        self.endpoint_lag = gauge("milepost_rpc_head_lag_blocks", "Blocks behind the highest node.", *labels)
        self.cap_hits = counter("milepost_fee_cap_hits_total", "Txs whose fees may not rise any more.")


@dataclass(slots=True)
class LoopMeasures:
    """How the parts of a worker do."""

    registry: Registry
    done_at: Figure = field(init=False)
    runs: Figure = field(init=False)
    failures: Figure = field(init=False)
    stuck: Figure = field(init=False)
    round_at: Figure = field(init=False)
    mismatch: Figure = field(init=False)

    def __post_init__(self) -> None:
        gauge = self.registry.gauge
        self.done_at = gauge(
            "milepost_task_done_timestamp_seconds",
            "When a lane, the reader or a chore was last done.",
            "task",
        )
        self.runs = gauge("milepost_task_runs", "Times that a task was done.", "task")
        self.failures = gauge("milepost_task_failures", "Times that a task failed.", "task")
        self.stuck = gauge("milepost_task_stuck", "1 while a task is stuck, by who acts.", "task", "who_acts")
        self.round_at = gauge("milepost_loop_timestamp_seconds", "When the worker last went round.")
        self.mismatch = gauge(
            "milepost_reconcile_mismatch", "1 while chain and store differ where they must not."
        )


@dataclass(slots=True)
class HttpMeasures:
    """What the HTTP interface answered, by the route's pattern."""

    registry: Registry
    answered: Figure = field(init=False)
    took_s: Histogram = field(init=False)

    def __post_init__(self) -> None:
        self.answered = self.registry.counter(
            "milepost_http_answers_total", "Answers by route and status.", "method", "route", "status"
        )
        self.took_s = self.registry.histogram(
            "milepost_http_answer_seconds", "Time until an answer.", _DURATIONS_S, "method", "route"
        )


def show_config(registry: Registry, config: Mapping[str, str]) -> None:
    """What a process was told, by name: settings that explain its figures, and nothing secret."""
    info = registry.gauge("milepost_config_info", "What was configured here.", *config)
    info.set(1, *config.values())


def make_registry(process: str) -> Registry:
    """A registry for one process, with what was built: `serve`, `worker` or `reporter`."""
    registry = Registry()
    info = registry.gauge("milepost_build_info", "What runs here.", "version", "process")
    info.set(1, version("milepost"), process)
    return registry


def all_names() -> frozenset[str]:
    """The names of all figures that any process shows."""
    registry = make_registry("all")
    for measures in (StoreMeasures, ChainMeasures, LoopMeasures, HttpMeasures):
        measures(registry)
    show_config(registry, {})
    return registry.names
