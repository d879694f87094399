"""Says in the OpenAPI document what the code of routes cannot: signatures, raw bodies, problems.

Every route names its part of it; `scripts/_snapshots.py` keeps the document where a review sees it change.
"""

from collections.abc import Mapping
from typing import Any

from milepost.web.authentication import KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from milepost.web.models import ProblemOut
from milepost.web.problems import MEDIA_TYPE, Code

_SIGNED = (Code.NO_SIGNATURE, Code.BODY_INCOMPLETE, Code.RATE_LIMITED, Code.UNAVAILABLE, Code.BAD_PARAMETER)
_RECEIVING = (Code.BODY_TOO_LARGE, Code.UNSUPPORTED_MEDIA_TYPE, Code.BODY_TOO_SLOW)

SECURITY_SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": KEY_HEADER},
    "timestamp": {"type": "apiKey", "in": "header", "name": TIMESTAMP_HEADER},
    "signature": {"type": "apiKey", "in": "header", "name": SIGNATURE_HEADER},
}
SECURITY: list[dict[str, list[str]]] = [{name: [] for name in SECURITY_SCHEMES}]


def problems(*codes: Code, receives: bool = False) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that are problems: those named, and those of every signed request."""
    found: dict[int | str, dict[str, Any]] = {}
    by_status: dict[int, list[Code]] = {}
    for code in (*_SIGNED, *(_RECEIVING if receives else ()), *codes):
        by_status.setdefault(code.status, []).append(code)
    for status, named in sorted(by_status.items()):
        found[status] = {
            "description": "; ".join(f"{code.label}: {code.title}" for code in named),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
        }
    return found


def body(schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """A body that the route reads itself, by its media type."""
    return {
        "security": SECURITY,
        "requestBody": {
            "required": True,
            "content": {media_type: {"schema": schema} for media_type, schema in schemas.items()},
        },
    }


READ: dict[str, Any] = {"security": SECURITY}

MODELS = (ProblemOut,)
"""Models that routes name by reference only."""
