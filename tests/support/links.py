"""Signs and sends the links of wallets to members."""

from typing import TYPE_CHECKING, Any

from eth_account.messages import SignableMessage, encode_typed_data

if TYPE_CHECKING:
    # Only for their names: tests that run without ape sign links too.
    from ape.api import AccountAPI, ReceiptAPI

    from tests.support.contract_programme import Programme

LINK = [
    {"name": "member", "type": "uint40"},
    {"name": "wallet", "type": "address"},
    {"name": "nonce", "type": "uint256"},
    {"name": "deadline", "type": "uint256"},
]


def link_message(chain_id: int, ledger: str, **values: Any) -> SignableMessage:
    """What a wallet signs, as wallets show it; `ledger` is the contract's address."""
    domain = {"name": "Milepost Ledger", "version": "1", "chainId": chain_id, "verifyingContract": ledger}
    return encode_typed_data(domain, {"Link": LINK}, values)


def signed_link(
    programme: "Programme",
    member: int,
    wallet: Any,
    *,
    signer: "AccountAPI | None" = None,
    nonce: int | None = None,
    deadline: int | None = None,
) -> tuple[int, Any, int, bytes]:
    """The arguments of `link`, signed by the wallet or its owner, good for an hour."""
    deadline = programme.now + 3_600 if deadline is None else deadline
    nonce = programme.ledger.linkNonceOf(wallet) if nonce is None else nonce
    values = {"member": member, "wallet": str(wallet.address), "nonce": nonce, "deadline": deadline}
    message = link_message(programme.chain.chain_id, str(programme.ledger.address), **values)
    signature = (signer or wallet).sign_message(message)
    assert signature is not None
    return member, wallet, deadline, signature.encode_rsv()


def link(programme: "Programme", member: int, wallet: Any, **changes: Any) -> "ReceiptAPI":
    """Link a wallet that signed for it, sent by custody."""
    return programme.ledger.link(*signed_link(programme, member, wallet, **changes), sender=programme.manager)
