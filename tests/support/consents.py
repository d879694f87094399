"""Signs a member's consents: EIP-712 data of the redemption desk and of the miles shop."""

from typing import TYPE_CHECKING, Any

from eth_account.messages import SignableMessage, encode_typed_data

if TYPE_CHECKING:
    # Only for their names: tests that run without ape sign consents too.
    from ape.api import AccountAPI
    from ape.contracts import ContractInstance

    from tests.support.contract_programme import Programme

NO_CONSENT = (0, 0, b"")
"""Of a member without a wallet: it is not read."""

DESK_NAME, SHOP_NAME = "Milepost Redemption Desk", "Milepost Shop"
_FIELDS = {
    "Redeem": (("member", "uint40"), ("reward", "uint32"), ("mostMiles", "uint40")),
    "Withdraw": (("order", "uint64"),),
    "Pay": (
        ("member", "uint40"),
        ("partner", "uint24"),
        ("bill", "bytes32"),
        ("amountMinor", "uint40"),
        ("mostMiles", "uint40"),
    ),
    "Family": (("member", "uint40"), ("members", "uint40[]")),
    "Leave": (("member", "uint40"), ("family", "uint64")),
    "Transfer": (("from", "uint40"), ("into", "uint40"), ("miles", "uint40")),
}
_LAST = (("nonce", "uint256"), ("deadline", "uint256"))

Consent = tuple[int, int, bytes]
"""IMemberConsent.Consent: nonce, deadline, signature."""


def consent_message(chain_id: int, contract: str, kind: str, values: dict[str, Any]) -> SignableMessage:
    """What a wallet signs, as wallets show it; `contract` is the address of desk or shop."""
    name = SHOP_NAME if kind == "Transfer" else DESK_NAME
    domain = {"name": name, "version": "1", "chainId": chain_id, "verifyingContract": contract}
    types = {kind: [{"name": field, "type": of} for field, of in (*_FIELDS[kind], *_LAST)]}
    return encode_typed_data(domain, types, values)


def consent(
    programme: "Programme",
    kind: str,
    member: int,
    signer: "AccountAPI",
    *,
    nonce: int | None = None,
    deadline: int | None = None,
    **values: Any,
) -> Consent:
    """A member's signature by its wallet or the wallet's owner, with the next nonce, good for an hour."""
    contract: ContractInstance = programme.shop if kind == "Transfer" else programme.redemption
    nonce = int(contract.nonceOf(member)) if nonce is None else nonce
    deadline = programme.now + 3_600 if deadline is None else deadline
    if kind in ("Redeem", "Pay", "Family", "Leave"):
        values["member"] = member
    if kind == "Transfer":
        values["from"] = member
    message = consent_message(
        programme.chain.chain_id,
        str(contract.address),
        kind,
        values | {"nonce": nonce, "deadline": deadline},
    )
    signature = signer.sign_message(message)
    assert signature is not None
    return nonce, deadline, signature.encode_rsv()
