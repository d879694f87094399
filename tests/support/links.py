"""Signs and sends the links of wallets to members."""

from typing import Any

from ape.api import AccountAPI, ReceiptAPI
from eth_account.messages import SignableMessage, encode_typed_data

from tests.support.contract_programme import Programme

LINK = [
    {"name": "member", "type": "uint40"},
    {"name": "wallet", "type": "address"},
    {"name": "nonce", "type": "uint256"},
    {"name": "deadline", "type": "uint256"},
]


def link_message(programme: Programme, **values: Any) -> SignableMessage:
    """What a wallet signs, as wallets show it."""
    domain = {
        "name": "Milepost Ledger",
        "version": "1",
        "chainId": programme.chain.chain_id,
        "verifyingContract": str(programme.ledger.address),
    }
    return encode_typed_data(domain, {"Link": LINK}, values)


def signed_link(
    programme: Programme,
    member: int,
    wallet: Any,
    *,
    signer: AccountAPI | None = None,
    nonce: int | None = None,
    deadline: int | None = None,
) -> tuple[int, Any, int, bytes]:
    """The arguments of `link`, signed by the wallet or its owner, good for an hour."""
    deadline = programme.now + 3_600 if deadline is None else deadline
    nonce = programme.ledger.linkNonceOf(wallet) if nonce is None else nonce
    message = link_message(
        programme, member=member, wallet=str(wallet.address), nonce=nonce, deadline=deadline
    )
    signature = (signer or wallet).sign_message(message)
    assert signature is not None
    return member, wallet, deadline, signature.encode_rsv()


def link(programme: Programme, member: int, wallet: Any, **changes: Any) -> ReceiptAPI:
    """Link a wallet that signed for it, sent by custody."""
    return programme.ledger.link(*signed_link(programme, member, wallet, **changes), sender=programme.manager)
