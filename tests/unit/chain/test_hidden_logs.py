"""The bloom filter of a block, beside the library that the test chain uses."""

from eth_bloom import BloomFilter

from milepost.chain.hidden_logs import bloom_of, may_hold

ADDRESS = "0x" + "a1" * 20
OTHER = "0x" + "b2" * 20
TOPIC = "0x" + "c3" * 32


def _filter_of(*items: str) -> bytes:
    bloom = BloomFilter()
    for item in items:
        bloom.add(bytes.fromhex(item[2:]))
    return int(bloom).to_bytes(256)


def test_bloom_of__items__sets_the_bits_that_another_library_sets() -> None:
    for item in (ADDRESS, OTHER, TOPIC):
        assert bloom_of(bytes.fromhex(item[2:])) == int.from_bytes(_filter_of(item))


def test_may_hold__address_and_topic__needs_both() -> None:
    assert may_hold(_filter_of(ADDRESS, TOPIC), [OTHER, ADDRESS], [TOPIC])
    assert not may_hold(_filter_of(OTHER, TOPIC), [ADDRESS], [TOPIC])
    assert not may_hold(_filter_of(ADDRESS), [ADDRESS], [TOPIC])


def test_may_hold__no_filter_in_the_header__holds_none() -> None:
    assert not may_hold(b"", [ADDRESS], [TOPIC])
