"""Makes what asks the reporters elsewhere that the settings name.

`Parts` gives them to the oracle, which asks them after the reporters whose keys are here.
"""

import time
from collections.abc import Sequence

from milepost.bootstrap.clocks import MachineClock
from milepost.config import Settings, SettingsRefused, setting_name
from milepost.ports import Reporter, SettlementChain, SigningReporter


def remote_reporters(
    settings: Settings, sealers: Sequence[Reporter], chain: SettlementChain
) -> tuple[SigningReporter, ...]:
    """The reporters elsewhere, in the order of their URLs; none without the setting.

    Shape: the first of `sealers` that is in force seals what is sent to them.
    Raises: SettingsRefused for what is no URL of a server; ChainUnavailable.
    """
    urls = reporter_urls(settings)
    if not urls:
        return ()
    sealer = next((one for one in sealers if chain.is_reporter(one.address)), None)
    if sealer is None:
        raise SettingsRefused(
            f"{setting_name('reporter_urls')} names reporters to ask, and no key in"
            f" {setting_name('reporter_keys_file')} is a reporter's of the present set: they answer reporters"
            " only."
        )
    # Only now: commands that ask nobody need not wait for it.
    import httpx

    from milepost.web.remote_reporter import RemoteReporter

    client = httpx.Client(follow_redirects=False, trust_env=False)
    machine = MachineClock()
    return tuple(
        RemoteReporter(
            url, sealer, chain, machine, time.monotonic, client, timeout_s=settings.reporter_timeout_s
        )
        for url in urls
    )


def reporter_urls(settings: Settings) -> list[str]:
    """The URLs that the settings name. Raises: SettingsRefused for what is none."""
    stated = settings.reporter_urls or ""
    found = [url.strip().rstrip("/") for url in stated.split(",") if url.strip()]
    for place, url in enumerate(found, 1):
        if not url.startswith(("http://", "https://")) or "@" in url or "?" in url:
            # Without the URL itself: it may hold a password.
            raise SettingsRefused(
                f"URL {place} of {setting_name('reporter_urls')} is none: write http:// or https://, a host"
                " and a port, and no password."
            )
    return found
