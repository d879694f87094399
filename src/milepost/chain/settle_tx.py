"""Makes the tx that settles a report: gas, fees, and the relayer's signature.

`settlement_chain.py` asks for it; the pipeline stores the raw bytes before they are sent.
"""

from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.conversions import to_bytes
from web3 import Web3
from web3.types import BlockIdentifier, Wei

from milepost.chain.tx_bytes import UnsignedTx, read_tx
from milepost.codec.keccak import keccak
from milepost.ports.chain import ReportTooLarge, SignedTx, Signer, TxFees, TxUnderfunded

MOST_GAS = 16_777_216
"""Gas one tx may use on chains with EIP-7825; a report that needs more is refused before it is sent."""

# The estimate is of another block than the tx: purchases settled in between may have filled other words.
_MARGIN_PERCENT = 110
_MARGIN_GAS = 30_000
# The base fee rises by an eighth a block at most: twice the present one lasts six full blocks.
_BASE_FEES = 2


def sign_settle_tx(
    web3: Web3, settle: Any, *, relayer: Signer, nonce: int, chain_id: int, fees: TxFees | None = None
) -> SignedTx:
    """Estimate and sign, with these fees or the market's; nothing is sent.

    Raises: ReportTooLarge if the report may need more gas than a tx may use; TxUnderfunded if the relayer
        cannot pay the most it could cost; SignerUnavailable, SignerRefused; what web3 raises, the contract's
        refusal among it.
    """
    estimate = settle.estimate_gas({"from": relayer.address}, block_identifier=_block_made_now(web3))
    gas = estimate * _MARGIN_PERCENT // 100 + _MARGIN_GAS
    if gas > MOST_GAS:
        raise ReportTooLarge(gas, MOST_GAS)
    fees = fees or market_fees(web3)
    balance = web3.eth.get_balance(to_checksum_address(relayer.address))
    if balance < gas * fees.most:
        raise TxUnderfunded(
            f"The relayer {relayer.address} has {balance} wei, and this tx may cost"
            f" {gas * fees.most}: send it funds."
        )
    call = settle.build_transaction(
        {"from": relayer.address, "nonce": nonce, "gas": gas, "chainId": chain_id, **_fields(fees)}
    )
    tx = UnsignedTx(chain_id, nonce, gas, to_bytes(hexstr=call["to"]), to_bytes(hexstr=call["data"]), fees)
    return _sign(tx, relayer)


def sign_empty_tx(web3: Web3, *, relayer: Signer, nonce: int, chain_id: int, fees: TxFees) -> SignedTx:
    """A tx to the relayer itself, without value and data; nothing is sent.

    Raises: SignerUnavailable, SignerRefused; what web3 raises.
    """
    own = to_checksum_address(relayer.address)
    gas = web3.eth.estimate_gas({"from": own, "to": own, "value": Wei(0)}) * _MARGIN_PERCENT // 100
    return _sign(UnsignedTx(chain_id, nonce, gas, to_bytes(hexstr=own), b"", fees), relayer)


def sign_tx_again(raw: bytes, *, relayer: Signer, fees: TxFees) -> SignedTx:
    """The same tx for other fees: nonce, gas, contract and call stay as they are in the raw bytes."""
    return _sign(read_tx(raw, fees), relayer)


def market_fees(web3: Web3) -> TxFees:
    """Fees with which a tx is mined soon, as the newest block has them."""
    block = web3.eth.get_block("latest")
    base = block.get("baseFeePerGas")
    if base is None:
        return TxFees(web3.eth.gas_price, None, block["timestamp"])
    priority = web3.eth.max_priority_fee
    return TxFees(base * _BASE_FEES + priority, priority, block["timestamp"])


def _block_made_now(web3: Web3) -> BlockIdentifier | None:
    """Where to estimate gas: at the newest block's time, after an idle hour, a purchase of now lies in the
    future, earns nothing and costs little.
    """
    # eth-tester estimates at its head alone, which its next block follows by a second.
    return "pending" if getattr(web3.provider, "ethereum_tester", None) is None else None


def _fields(fees: TxFees) -> dict[str, Any]:
    if fees.priority is None:
        return {"gasPrice": fees.most}
    return {"maxFeePerGas": fees.most, "maxPriorityFeePerGas": fees.priority}


def _sign(tx: UnsignedTx, relayer: Signer) -> SignedTx:
    raw = tx.signed(relayer.sign_message(tx.message()))
    return SignedTx(relayer.address, tx.nonce, keccak(raw), raw, tx.fees, is_empty=not tx.data)
