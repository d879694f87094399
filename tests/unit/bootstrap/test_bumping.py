"""How far fees may rise, as the settings say, and what is said of it."""

from milepost.bootstrap.bumping import bumping_of
from milepost.config import Settings
from milepost.pipeline.bump_fees import GWEI, at_cap, bumped
from milepost.ports import SignedTx, StoredTx, TxFees, TxState

_TX = StoredTx(SignedTx("0xA", 3, b"\1" * 32, b"raw"), b"", TxState.ACCEPTED)


def test_bumping_of__settings__are_seconds_and_wei() -> None:
    bumping = bumping_of(Settings(bump_after_s=7, most_fee_gwei=3), lambda _: None)
    assert (bumping.after_s, bumping.most_fee) == (7, 3 * GWEI)


def test_bumping_of__a_tx_at_the_cap__is_said_once() -> None:
    said: list[str] = []
    bumping = bumping_of(Settings(most_fee_gwei=3), said.append)
    for _ in range(3):
        bumping.tell(at_cap(_TX, bumping))
    bumping.tell(bumped(_TX, TxFees(5, 1, 0)))
    assert len(said) == 1
    assert said[0].startswith("Nonce 3 of 0xA is not mined, and its fees may not rise above 3 gwei")
