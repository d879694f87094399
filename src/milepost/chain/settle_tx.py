"""Makes the tx that settles a report: gas, fees, and the relayer's signature.

`settlement_chain.py` asks for it; the pipeline stores the raw bytes before they are sent.
"""

from typing import Any

from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.types import BlockIdentifier, TxParams, Wei

from milepost.ports.chain import ReportTooLarge, SignedTx, TxUnderfunded

MOST_GAS = 16_777_216
"""Gas one tx may use on chains with EIP-7825; a report that needs more is refused before it is sent."""

# The estimate is of another block than the tx: purchases settled in between may have filled other words.
_MARGIN_PERCENT = 110
_MARGIN_GAS = 30_000
# The base fee rises by an eighth a block at most: twice the present one lasts six full blocks.
_BASE_FEES = 2


def sign_settle_tx(web3: Web3, settle: Any, *, relayer: LocalAccount, nonce: int, chain_id: int) -> SignedTx:
    """Estimate and sign; nothing is sent.

    Raises: ReportTooLarge if the report may need more gas than a tx may use; TxUnderfunded if the relayer
        cannot pay the most it could cost; what web3 raises, the contract's refusal among it.
    """
    estimate = settle.estimate_gas({"from": relayer.address}, block_identifier=_block_made_now(web3))
    gas = estimate * _MARGIN_PERCENT // 100 + _MARGIN_GAS
    if gas > MOST_GAS:
        raise ReportTooLarge(gas, MOST_GAS)
    fees, most_price = _fees(web3)
    balance = web3.eth.get_balance(relayer.address)
    if balance < gas * most_price:
        raise TxUnderfunded(
            f"The relayer {relayer.address} has {balance} wei, and this tx may cost"
            f" {gas * most_price}: send it funds."
        )
    tx = settle.build_transaction(
        {"from": relayer.address, "nonce": nonce, "gas": gas, "chainId": chain_id, **fees}
    )
    signed = relayer.sign_transaction(tx)
    return SignedTx(relayer.address, nonce, bytes(signed.hash), bytes(signed.raw_transaction))


def _block_made_now(web3: Web3) -> BlockIdentifier | None:
    """Where to estimate gas: at the newest block's time, after an idle hour, a purchase of now lies in the
    future, earns nothing and costs little.
    """
    # eth-tester estimates at its head alone, which its next block follows by a second.
    return "pending" if getattr(web3.provider, "ethereum_tester", None) is None else None


def _fees(web3: Web3) -> tuple[TxParams, int]:
    """The fee fields, and the most a unit of gas can cost with them. Units: wei."""
    base = web3.eth.get_block("latest").get("baseFeePerGas")
    if base is None:
        price = web3.eth.gas_price
        return {"gasPrice": price}, price
    priority = web3.eth.max_priority_fee
    most = Wei(base * _BASE_FEES + priority)
    return {"maxFeePerGas": most, "maxPriorityFeePerGas": priority}, most
