"""A key that is kept elsewhere: asked over real HTTP, and not believed (`chain.remote_signer`)."""

import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from milepost.chain.key_files import Secret
from milepost.chain.remote_signer import RemoteSigner, SignerService
from milepost.chain.signatures import signer_of
from milepost.codec.keccak import keccak
from milepost.ports import SignerRefused, SignerUnavailable
from tests.support.breaking_tls import breaking_tls
from tests.support.deployments import RELAYER, REPORTERS
from tests.support.web3signer import Manner, Web3Signer, make_certificates, web3signer

MESSAGE = b"\x02 what a tx is made of"
SHORT_S = 0.3


@pytest.fixture
def keeper() -> Iterator[Web3Signer]:
    with web3signer(RELAYER, REPORTERS[0]) as service:
        yield service


def _signer(
    keeper: Web3Signer, *, timeout_s: float = 5.0, tick: Callable[[], float] = time.monotonic
) -> RemoteSigner:
    return RemoteSigner(RELAYER.address, SignerService(keeper.url, "THE_SETTING", tick, timeout_s))


def test_sign_message__key_is_there__is_the_signature_of_its_hash(keeper: Web3Signer) -> None:
    signer = _signer(keeper)
    assert signer_of(keccak(MESSAGE), signer.sign_message(MESSAGE)) == RELAYER.address
    signer.sign_message(b"another")
    # The whole message goes there, and keys are looked up once.
    assert keeper.signed == [MESSAGE, b"another"]
    assert sum(path.endswith("publicKeys") for path in keeper.asked) == 1


def test_probe__all_is_well__signs_what_is_of_no_use(keeper: Web3Signer) -> None:
    _signer(keeper).probe()
    assert keeper.asked[0] == "/upcheck"
    assert keeper.signed == [b"milepost: does this key sign?"]


@pytest.mark.parametrize("manner", [Manner.HIGH_S, Manner.WRONG_KEY, Manner.GARBAGE, Manner.OTHER_MESSAGE])
def test_sign_message__no_signature_of_this_key__is_refused(keeper: Web3Signer, manner: Manner) -> None:
    keeper.manner = manner
    with pytest.raises(SignerRefused, match="THE_SETTING"):
        _signer(keeper).sign_message(MESSAGE)


def test_require_key__not_there__names_the_address(keeper: Web3Signer) -> None:
    keeper.accounts = [REPORTERS[0]]
    with pytest.raises(SignerRefused, match=f"no key of {RELAYER.address}"):
        _signer(keeper).require_key()


def test_sign_message__key_was_taken_away_and_came_back__goes_on(keeper: Web3Signer) -> None:
    signer = _signer(keeper)
    signer.sign_message(MESSAGE)
    keeper.accounts = [REPORTERS[0]]
    with pytest.raises(SignerRefused, match="no such key any more"):
        signer.sign_message(MESSAGE)
    with pytest.raises(SignerRefused, match="has no key of"):
        signer.sign_message(MESSAGE)
    keeper.accounts = [RELAYER]
    signer.sign_message(MESSAGE)


@pytest.mark.parametrize("manner", [Manner.HUNG, Manner.DRIPPING])
def test_sign_message__never_done_answering__ends_in_time(keeper: Web3Signer, manner: Manner) -> None:
    keeper.manner = manner
    before = time.monotonic()
    with pytest.raises(SignerUnavailable, match="gave no answer"):
        _signer(keeper, timeout_s=SHORT_S).sign_message(MESSAGE)
    assert time.monotonic() - before < 10 * SHORT_S


def test_sign_message__endless_answer__is_not_read(keeper: Web3Signer) -> None:
    keeper.manner = Manner.ENDLESS
    with pytest.raises(SignerUnavailable):
        _signer(keeper).sign_message(MESSAGE)


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (500, SignerUnavailable, "look at its log"),
        (429, SignerUnavailable, "asked again"),
        (401, SignerRefused, "token"),
        (400, SignerRefused, "Web3Signer for eth1"),
        (404, SignerRefused, "no such key"),
        (302, SignerRefused, "see that the URL"),
    ],
)
def test_sign_message__another_status__says_what_to_do(
    keeper: Web3Signer, status: int, error: type[Exception], said: str
) -> None:
    keeper.status = status
    with pytest.raises(error, match=said):
        _signer(keeper).sign_message(MESSAGE)


def test_sign_message__it_is_down__is_left_alone_for_a_while_and_asked_again() -> None:
    now = 0.0
    with web3signer(RELAYER) as keeper:
        signer = _signer(keeper, tick=lambda: now)
        signer.sign_message(MESSAGE)
    with pytest.raises(SignerUnavailable, match="ConnectError"):
        signer.sign_message(MESSAGE)
    with pytest.raises(SignerUnavailable, match="lately"):
        signer.sign_message(MESSAGE)
    with web3signer(RELAYER, port=int(keeper.url.rpartition(":")[2])):
        now = 1.5
        signer.sign_message(MESSAGE)


def test_require_key__answer_is_no_list__is_refused(keeper: Web3Signer) -> None:
    keeper.manner = Manner.NO_LIST
    with pytest.raises(SignerRefused, match="lists no keys"):
        _signer(keeper).require_key()


def test_sign_message__token_is_wanted__is_shown_and_never_said() -> None:
    with web3signer(RELAYER, token="let-me-in") as keeper:
        service = SignerService(keeper.url, "THE_SETTING", time.monotonic, token=Secret("let-me-in"))
        RemoteSigner(RELAYER.address, service).sign_message(MESSAGE)
        assert "let-me-in" not in repr(service)
        with pytest.raises(SignerRefused, match="token or the certificate"):
            _signer(keeper).sign_message(MESSAGE)


def test_sign_message__certificates_on_both_sides__are_checked_on_both(tmp_path: Path) -> None:
    certificate, key = make_certificates(tmp_path)
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificate)
    theirs.load_cert_chain(certificate, key)
    theirs.verify_mode = ssl.CERT_REQUIRED
    ours = ssl.create_default_context(cafile=certificate)
    with web3signer(RELAYER, tls=theirs) as keeper:

        def sign(tls: ssl.SSLContext) -> bytes:
            service = SignerService(keeper.url, "THE_SETTING", time.monotonic, tls=tls)
            return RemoteSigner(RELAYER.address, service).sign_message(MESSAGE)

        with pytest.raises(SignerUnavailable):
            sign(ssl.create_default_context())
        with pytest.raises(SignerUnavailable):
            sign(ours)
        ours.load_cert_chain(certificate, key)
        assert signer_of(keccak(MESSAGE), sign(ours)) == RELAYER.address


def test_sign_message__tls_breaks_after_the_handshake__is_no_answer(tmp_path: Path) -> None:
    """Finding: a refusal of our certificate, read after the handshake, was taken for a mistake of ours."""
    certificate, key = make_certificates(tmp_path)
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(certificate, key)
    with breaking_tls(theirs) as url:
        tls = ssl.create_default_context(cafile=certificate)
        service = SignerService(url, "THE_SETTING", time.monotonic, tls=tls)
        with pytest.raises(SignerUnavailable, match="SSLError"):
            RemoteSigner(RELAYER.address, service).sign_message(MESSAGE)
