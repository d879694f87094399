"""Rows as tills send them; a test states only what matters to it."""

ROW = {
    "partner": "putien",
    "sale_ref": "A-1001",
    "kind": "SALE",
    "outlet": "causeway-bay",
    "occurred_at": "2018-05-14T12:30:05+08:00",
    "currency": "HKD",
    "gross_minor": "61600",
    "member": "1000000001",
}


def a_row(**changes: object) -> dict[str, object]:
    """The least row there is; a change to None takes the field out."""
    return {name: value for name, value in {**ROW, **changes}.items() if value is not None}


def csv_of(*rows: dict[str, object]) -> bytes:
    """The rows under a header of all their names."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names), *(",".join(str(row.get(name, "")) for name in names) for row in rows)]
    return "".join(f"{line}\n" for line in lines).encode()
