"""Every quantity is a type of its own over whole numbers or text: never a float."""

from milepost.domain import quantities


def test_quantities__each__stands_on_int_or_str() -> None:
    types = {name: value for name, value in vars(quantities).items() if hasattr(value, "__supertype__")}
    assert len(types) == 16
    assert {value.__supertype__ for value in types.values()} == {int, str}
    assert all(value.__name__ == name for name, value in types.items())
