"""What is kept of a request for the reporters' copies."""

from starlette.requests import Request

from milepost.web.ingesting import _copied


def _request(*headers: tuple[str, str]) -> Request:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return Request({"type": "http", "method": "POST", "path": "/v1/purchases", "headers": raw})


def test_copied__headers_that_would_stop_every_later_copy__are_left_out() -> None:
    """A header that is no ASCII, or a second signature, once held up the copies of all partners for good."""
    found = _copied(
        _request(
            ("Content-Type", "application/json"),
            ("Milepost-Key", "putien-1"),
            ("Milepost-Key", "other"),
            ("Milepost-Signature", "v1=first"),
            ("Milepost-Signature", "v1=second"),
            ("Milepost-Note", "é"),
            ("Milepost-Records", "é"),
            ("Cookie", "a=b"),
        )
    )
    assert found == {
        "content-type": "application/json",
        "milepost-key": "putien-1",
        "milepost-signature": "v1=first",
    }
