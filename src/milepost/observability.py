"""Names the log events and sets up how they are written.

Commands and the worker log what the steps of the main path answer; operators and their tools read it. Events
have constant names and values as keys. Warning: a membership number, a secret or a URL with credentials in a
value would stay in somebody's log for years; none is ever one.
"""

import logging
import sys
from enum import StrEnum
from typing import TextIO

import structlog


class LogEvent(StrEnum):
    """Every event that is logged, in the order of the main path."""

    FEED_READ = "feed_read"
    PURCHASE_REJECTED = "purchase_rejected"
    PURCHASE_CONFLICTED = "purchase_conflicted"
    REPORT_SEALED = "report_sealed"
    REPORT_SIGNED = "report_signed"
    REPORT_DISPUTED = "report_disputed"
    REPORT_RELAYED = "report_relayed"
    REPORT_APPLIED = "report_applied"
    REPORT_FAILED = "report_failed"
    NONCE_DISPLACED = "nonce_displaced"
    SETTLEMENTS_READ = "settlements_read"
    RECONCILED = "reconciled"
    RECONCILIATION_FAILED = "reconciliation_failed"
    RECEIPT_ISSUED = "receipt_issued"
    CHAIN_UNAVAILABLE = "chain_unavailable"
    MEMBERS_ENROLLED = "members_enrolled"
    STEP_STUCK = "step_stuck"


def configure_logging(*, as_json: bool, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Write events to standard error, or another stream: a line of JSON each, or a line to read.

    Standard output stays free for what a command answers.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
