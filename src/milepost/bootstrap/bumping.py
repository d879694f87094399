"""When and how far the fees of what is sent may rise, as the settings say.

`Parts` gives it to the oracle; whoever watches it says what is told, and to whom.
"""

from collections.abc import Callable

from milepost.config import Settings
from milepost.pipeline.bump_fees import GWEI, Bumping, NoticeKind, RelayNotice


def bumping_of(settings: Settings, warn: Callable[[str], None]) -> Bumping:
    """By the settings. `warn` hears of a tx at the cap, once; what was replaced needs nobody."""
    at_cap: set[bytes] = set()

    def tell(notice: RelayNotice) -> None:
        if notice.kind is NoticeKind.AT_CAP and notice.tx.signed.tx_hash not in at_cap:
            at_cap.add(notice.tx.signed.tx_hash)
            warn(notice.sentence)

    return Bumping(settings.bump_after_s, settings.most_fee_gwei * GWEI, tell)
