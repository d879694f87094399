import pytest

from milepost.catalogue.outlet_offsets import outlet_offsets


@pytest.mark.parametrize(
    ("time_zone", "quarters"),
    [
        ("Asia/Hong_Kong", (32, 32)),
        ("America/New_York", (-20, -16)),
        ("Australia/Lord_Howe", (42, 44)),
        ("Asia/Kathmandu", (23, 23)),
        ("UTC", (0, 0)),
        ("Europe/Dublin", (0, 4)),
    ],
)
def test_outlet_offsets__a_zone__has_its_two_in_quarter_hours(
    time_zone: str, quarters: tuple[int, int]
) -> None:
    assert outlet_offsets(time_zone) == quarters


def test_outlet_offsets__clocks_changed_until_1991__keeps_both() -> None:
    assert outlet_offsets("Asia/Shanghai") == (32, 36)


def test_outlet_offsets__reset_for_good_before_2015__has_those_since() -> None:
    """Samoa crossed the date line in 2011: five offsets since 1990, two since 2015."""
    assert outlet_offsets("Pacific/Apia") == (52, 56)


def test_outlet_offsets__three_since_2015__is_refused() -> None:
    with pytest.raises(ValueError, match="Pacific/Norfolk used 3 UTC offsets"):
        outlet_offsets("Pacific/Norfolk")


@pytest.mark.parametrize("name", ["Asia/HongKong", "", "../etc/passwd", "/etc/localtime", "America", "HKT+8"])
def test_outlet_offsets__no_time_zone__is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no time zone"):
        outlet_offsets(name)
