"""Facts are written in one way, and salted with the partner's secret."""

import hashlib
import hmac
import json

import pytest
from eth_utils.crypto import keccak

from milepost.codec.facts import canonical_facts, dedupe_key_bytes, facts16, salt
from milepost.domain.errors import PurchaseInvalid
from tests.support.purchases import a_purchase


def test_canonical_facts__usual_bill__is_sorted_and_without_space() -> None:
    assert canonical_facts(a_purchase(business_date=None, terminal="théâtre")).decode() == (
        '{"business_date":null,"channel":"dine-in","currency":"HKD","eligible_minor":59600,"gross_minor":61600,'
        '"kind":"SALE","occurred_at":"2018-05-14T12:30:05+08:00","original_sale_ref":null,"outlet":"causeway-bay",'
        '"partner":"putien","party_size":2,"revision":0,"sale_ref":"A-1001","service_minor":5600,'
        '"source":"till-7","tax_minor":0,"terminal":"théâtre","tip_minor":2000}'
    )


def test_canonical_facts__every_field__is_among_them() -> None:
    purchase = a_purchase()
    assert set(json.loads(canonical_facts(purchase))) == set(purchase.__slots__)


def test_dedupe_key_bytes__usual_bill__is_the_array_of_its_parts() -> None:
    assert dedupe_key_bytes(a_purchase().dedupe_key) == b'["putien","till-7","A-1001","SALE",0]'


def test_salt__secret_and_key__is_their_hmac() -> None:
    key = a_purchase().dedupe_key
    assert salt(b"secret", key) == hmac.new(b"secret", dedupe_key_bytes(key), hashlib.sha256).digest()
    assert salt(b"secret", key) != salt(b"secret", a_purchase(revision=1).dedupe_key)


def test_facts16__salt_and_facts__is_the_first_half_of_their_keccak() -> None:
    assert facts16(b"s" * 32, b"facts") == keccak(b"s" * 32 + b"facts")[:16]


def test_canonical_facts__half_a_surrogate_pair__is_refused() -> None:
    with pytest.raises(PurchaseInvalid, match="UTF-8"):
        canonical_facts(a_purchase(terminal="\ud800"))
