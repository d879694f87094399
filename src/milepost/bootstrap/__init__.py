"""Builds adapters by the settings and hands them to the core.

Commands begin at `Parts`, whose `worker.Oracle` runs the main path. Who has parts of another make, as the
demo has a chain inside the process, makes an `Oracle` of them with `build_chain` and `deployed_partners`.
"""

from milepost.bootstrap.clocks import ChainClock, MachineClock
from milepost.bootstrap.deployed import build_chain, deployed_partners, find_deployment
from milepost.bootstrap.parts import Parts, ReporterKeysRefused, Warn
from milepost.bootstrap.verifiers import adjustment_verifier, receipt_verifier
from milepost.chain.adjustment_verifier import AdjustmentVerifier
from milepost.chain.deployment_file import Deployment
from milepost.chain.receipt_verifier import ReceiptVerifier

__all__ = [
    "AdjustmentVerifier",
    "ChainClock",
    "Deployment",
    "MachineClock",
    "Parts",
    "ReceiptVerifier",
    "ReporterKeysRefused",
    "Warn",
    "adjustment_verifier",
    "build_chain",
    "deployed_partners",
    "find_deployment",
    "receipt_verifier",
]
