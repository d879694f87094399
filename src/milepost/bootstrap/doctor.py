"""Looks at everything a process of the oracle needs, one after the other, and says of each how it is.

`milepost doctor` shows it. Nothing is sent or changed, and what is wrong does not hide the rest.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from milepost.bootstrap.doctor_chain import ChainLooks
from milepost.bootstrap.doctor_files import FileLooks
from milepost.bootstrap.findings import Finding, Look, findings_of, opened, warning
from milepost.bootstrap.notifying import webhook_endpoints
from milepost.bootstrap.parts import Parts
from milepost.bootstrap.remote_reporters import reporter_urls
from milepost.bootstrap.signers import probe
from milepost.config import Settings
from milepost.domain.webhook import EndpointState as HookState
from milepost.store.engine import require_newest
from milepost.store.feed_copies import SqlFeedCopies

COPIES_LATE_S = 60
"""Age of a copy that a reporter lacks from which it is worth a warning: it is passed on every second."""


def examine(parts: Parts, settings: Settings, *, as_reporter: bool = False) -> Iterator[Finding]:
    """Look at everything, each by itself; `as_reporter` at what `milepost reporter` needs.

    Shape: one finding or more of each subject; a look that fails gives one that is wrong, and those that need
        what it looked at are skipped, so that nothing is said twice, and a node that hangs is asked once.
    """
    doctor, files = _Doctor(parts, settings), FileLooks(parts, settings, as_reporter)
    chain = ChainLooks(parts, settings)
    shared = (
        Look("deployment", lambda: opened(parts.deployment)),
        Look("finality", lambda: opened(parts.finality), ("deployment",)),
        Look(
            "programme and agreements",
            lambda: opened(parts.programme, parts.partners, parts.segments),
            ("deployment",),
        ),
    )
    own: tuple[Look, ...] = (
        Look("reporters' keys", files.reporter_keys),
        Look("directory's key", lambda: opened(parts.directory_key)),
        Look("partners' secrets", files.partner_secrets, ("deployment",)),
        Look("partners' keys", files.partner_keys, ("deployment",)),
        Look("feeds' secrets", files.feed_secrets, ("programme and agreements",)),
        Look("modes of secret files", files.modes),
        Look("node", chain.node, ("deployment",)),
        Look("contracts", lambda: opened(parts.reading_chain), ("node",)),
        Look("clock", chain.clock, ("contracts",)),
    )
    database = (
        Look("database", doctor.database),
        Look("room on disk", files.room, ("database",)),
    )
    if as_reporter:
        looks = (*own, Look("set of reporters", chain.own_key, ("reporters' keys", "contracts")), *database)
    else:
        looks = (
            Look("relayer's key", lambda: probe(parts.relayer)),
            *own,
            Look("settling", chain.settling, ("contracts",)),
            Look("gas money", chain.gas, ("relayer's key", "node")),
            Look("reporters", chain.reporters, ("reporters' keys", "contracts")),
            *database,
            Look("copies for reporters", doctor.copies, ("database",)),
            Look("webhooks", doctor.webhooks, ("database", "directory's key")),
        )
    yield from findings_of((*shared, *looks))


@dataclass(frozen=True, slots=True)
class _Doctor:
    """The looks at what is neither a file of secrets nor the chain."""

    parts: Parts
    settings: Settings

    def database(self) -> None:
        require_newest(self.parts.raw_engine)

    def copies(self) -> Iterator[Finding]:
        kept = SqlFeedCopies(self.parts.raw_engine)
        for place, url in enumerate(reporter_urls(self.settings), 1):
            passed = kept.passed_to(url)
            for partner in kept.partners():
                copy = kept.next_after(partner, passed.get(partner, 0))
                waits_s = 0 if copy is None else int(time.time()) - copy.kept_at
                if waits_s > COPIES_LATE_S:
                    yield warning(
                        f"The reporter at place {place} has lacked requests of {partner} for {waits_s} s, and"
                        " signs nothing with them: feed_copy_not_taken in the worker's log says why, and"
                        " what to do."
                    )

    def webhooks(self) -> Iterator[Finding]:
        for one in webhook_endpoints(self.parts).all():
            if one.state is HookState.DISABLED:
                yield warning(
                    f"Endpoint {one.endpoint_id} is disabled: when it takes messages again, run milepost"
                    f" webhooks enable {one.endpoint_id}."
                )
            elif one.health.failing_since is not None:
                yield warning(
                    f"Endpoint {one.endpoint_id} has failed {one.health.failures} times in a row: see"
                    " milepost webhooks log, and tell its owner."
                )
