"""Says where the gas of a report goes: calldata, signatures, each contract's call, and what is left.

It explains rows of `settle_rows.py`; a target that is missed is missed in one of these parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from web3 import Web3

from bench.floor import EXISTING, SAME, TX_GAS, calldata_gas
from bench.node import request, undone
from bench.programme import QUORUM, REPORTER_COUNT
from bench.settle_rows import PROMOTIONS, Case, Row, Tables, cases
from bench.settling import BenchChain, BenchFailed
from milepost.chain.contracts import CONTRACT_NAMES
from milepost.chain.deployment import selector

SIZE = 200
EXPLAINED = tuple(case for case in cases((SIZE,)) if case.member == EXISTING and case.lot == SAME)

CALLDATA = "tx and calldata"
SIGNATURES = "signatures"
REST = "Settlement: receipt tree, results, calls"

_CALLS = {
    "ReceiptBook": ("nextSequence", "record"),
    "PartnerRegistry": ("open", "charge"),
    "MilesLedger": ("open", "credit"),
    "PromotionBook": ("judge",),
}


@dataclass(frozen=True, slots=True)
class GasPart:
    """A share of one report's gas. `promotions` names its kind, and its partners if above one.

    Units: a negative share would be what the chain gives back for emptied slots.
    """

    promotions: str
    part: str
    gas: int

    @property
    def per_purchase(self) -> float:
        return self.gas / SIZE


def explain(tables: Tables, case: Case) -> list[GasPart]:
    """Divide the gas of one case of 200 purchases.

    Shape: the parts add up to the tx's gasUsed. A call's part is the gas inside it; what passing words to it
        costs is Settlement's.
    Raises: BenchFailed if the node's trace names a call that is not known here.
    """
    chain = tables.chain
    parts = tables.parts(case)
    with undone(chain.web3):
        settled = chain.settle(parts)
        calls = _calls(chain, settled.tx_hash)
    with undone(chain.web3):
        signed_by_all = chain.settle(parts, signatures=REPORTER_COUNT)
    calldata = calldata_gas(settled.tx_input)
    # What each signature beyond the quorum costs more, its calldata apart, the quorum's cost too.
    further = signed_by_all.gas - settled.gas - (calldata_gas(signed_by_all.tx_input) - calldata)
    signatures = further * QUORUM // (REPORTER_COUNT - QUORUM)
    known = {CALLDATA: TX_GAS + calldata, SIGNATURES: signatures, **calls}
    label = case.promotions if case.partners == 1 else f"{case.promotions}_{case.partners}_partners"
    known[REST] = settled.gas - sum(known.values())
    return [GasPart(label, part, gas) for part, gas in known.items()]


def fixed_gas(rows: Sequence[Row]) -> dict[str, int]:
    """What a report costs before its first purchase, by promotions.

    Shape: the line through 10 and 50 purchases of existing members in the same lot, at 0; empty without them.
    """
    gas = {
        (row.case.promotions, row.case.size): row.gas
        for row in rows
        if row.case.member == EXISTING and row.case.lot == SAME and row.case.partners == 1
    }
    return {
        promotions: gas[promotions, 10] - 10 * (gas[promotions, 50] - gas[promotions, 10]) // 40
        for promotions in PROMOTIONS
        if (promotions, 10) in gas and (promotions, 50) in gas
    }


def _calls(chain: BenchChain, tx_hash: bytes) -> dict[str, int]:
    """Gas inside each call that Settlement makes, in order, by contract and function."""
    names = {chain.addresses.of(name).lower(): name for name in CONTRACT_NAMES}
    functions = {
        (contract, selector(contract, function).hex()): function
        for contract, names_of in _CALLS.items()
        for function in names_of
    }
    gas: dict[str, int] = {}
    for trace in request(chain.web3, "trace_transaction", Web3.to_hex(tx_hash)):
        # The tx itself has no place among calls; calls that those calls make are inside them.
        if len(trace["traceAddress"]) != 1 or trace["action"]["to"] not in names:
            continue
        contract = names[trace["action"]["to"]]
        function = functions.get((contract, trace["action"]["input"][2:10]))
        if function is None:
            raise BenchFailed(f"Settlement makes a call to {contract} that the bench has no name for.")
        part = f"{contract}.{function}"
        gas[part] = gas.get(part, 0) + int(trace["result"]["gasUsed"], 16)
    return gas
