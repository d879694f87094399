"""Signs a message as Standard Webhooks says, with each secret that is good now.

`delivering.py` takes the secrets from the store; `sending.py` sends these headers with the body.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook


def signed_headers(event_id: str, body: str, *, at: int, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers that a receiver verifies.

    Shape: a signature for each secret, by spaces: while secrets rotate a receiver may hold either.
    Units: `at` in unix seconds, of this attempt.
    Source: Standard Webhooks, "webhook-id", "webhook-timestamp", "webhook-signature".
    """
    moment = datetime.fromtimestamp(at, UTC)
    signatures = [Webhook(secret).sign(event_id, moment, body) for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signatures),
    }
