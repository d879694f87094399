"""The fakes of keys, secrets and clock."""

from eth_utils.address import is_checksum_address

from milepost.testing import FakeReporter, FixedClock, FixedSecrets


def test_fake_reporter__sign__is_its_own_and_as_long_as_a_real_one() -> None:
    one, other = FakeReporter("one"), FakeReporter("other")
    assert is_checksum_address(one.address) and one.address != other.address
    assert len(one.sign(bytes(32))) == 65
    assert one.sign(bytes(32)) == one.sign(bytes(32)) != other.sign(bytes(32))


def test_fixed_secrets__two_partners__have_two_secrets() -> None:
    assert FixedSecrets().secret_of("putien") != FixedSecrets().secret_of("tamarind")


def test_fixed_clock__moved__says_so() -> None:
    clock = FixedClock(5)
    clock.now_s = 7
    assert clock.now() == 7
