"""Endpoints of webhooks and their secrets, on each database."""

from pathlib import Path

import pytest

from milepost.domain.errors import StoreError
from milepost.domain.webhook import EndpointState, EventType
from milepost.ports import Endpoint, EndpointUnknown
from milepost.store.engine import open_store
from milepost.store.unit_of_work import SqlStore
from milepost.store.webhook_endpoints import SECRET_PREFIX, SqlEndpoints

KEY = b"k" * 32
URL = "https://hooks.example/in?token=1"
NOW = 1_800_000_000


def _endpoints(url: str, key: bytes = KEY) -> SqlEndpoints:
    return SqlEndpoints(SqlStore(open_store(url)), key)


def test_add__an_endpoint__is_listed_enabled_with_what_it_wants(database_url: str) -> None:
    endpoints = _endpoints(database_url)
    wanted = frozenset({EventType.SETTLED, EventType.REVERSED})
    first, secret = endpoints.add(URL, partner="putien", events=wanted)
    second, other = endpoints.add(URL, partner=None, events=EventType)
    assert endpoints.all() == [first, second]
    assert endpoints.get(first.endpoint_id) == Endpoint(
        first.endpoint_id, "putien", URL, wanted, EndpointState.ENABLED
    )
    assert secret != other and secret.startswith(SECRET_PREFIX) and len(secret) > 40
    assert endpoints.secrets_of(first.endpoint_id, NOW) == [secret]


def test_disable_and_enable__endpoint__say_why_and_forget_it(database_url: str) -> None:
    endpoints = _endpoints(database_url)
    number = endpoints.add(URL, partner=None, events=EventType)[0].endpoint_id
    endpoints.disable(number, "a test")
    assert (endpoints.get(number).state, endpoints.get(number).reason) == (EndpointState.DISABLED, "a test")
    endpoints.enable(number)
    assert (endpoints.get(number).state, endpoints.get(number).reason) == (EndpointState.ENABLED, None)


def test_rotate__twice_within_the_overlap__all_sign_until_theirs_ends(database_url: str) -> None:
    endpoints = _endpoints(database_url)
    endpoint, first = endpoints.add(URL, partner=None, events=EventType)
    number = endpoint.endpoint_id
    second = endpoints.rotate(number, NOW, overlap_s=100)
    third = endpoints.rotate(number, NOW + 50, overlap_s=100)
    assert endpoints.secrets_of(number, NOW + 50) == [third, second, first]
    # A further rotation does not lengthen what was to end.
    assert endpoints.secrets_of(number, NOW + 100) == [third, second]
    assert endpoints.secrets_of(number, NOW + 150) == [third]
    fourth = endpoints.rotate(number, NOW + 160, overlap_s=0)
    assert endpoints.secrets_of(number, NOW + 160) == [fourth]


def test_secrets_of__another_directory_key__is_refused(database_url: str) -> None:
    number = _endpoints(database_url).add(URL, partner=None, events=EventType)[0].endpoint_id
    with pytest.raises(StoreError, match="directory key is not the one"):
        _endpoints(database_url, b"o" * 32).secrets_of(number, NOW)


def test_endpoints__unknown_number__is_refused(database_url: str) -> None:
    endpoints = _endpoints(database_url)
    for act in (
        lambda: endpoints.get(7),
        lambda: endpoints.enable(7),
        lambda: endpoints.disable(7, "a test"),
        lambda: endpoints.rotate(7, NOW, overlap_s=0),
        lambda: endpoints.secrets_of(7, NOW),
    ):
        with pytest.raises(EndpointUnknown, match="no webhook endpoint 7"):
            act()


def test_add__on_disk__has_no_secret_in_the_open(tmp_path: Path) -> None:
    _, secret = _endpoints(f"sqlite:///{tmp_path}/milepost.db").add(URL, partner=None, events=EventType)
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"hooks.example" in on_disk
    assert secret.removeprefix(SECRET_PREFIX).encode() not in on_disk
