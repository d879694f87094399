"""Sending webhooks, killed between a message that its receiver has and the note of it, on each database.

given a sender that is killed after sending    then the next one sends again under the same id
    when its lease has not ended yet           then nobody sends what it had taken
"""

from pathlib import Path

import pytest
from sqlalchemy import update

from milepost.domain.webhook import EventType
from milepost.fail_point import FailPoint
from milepost.store.engine import open_store
from milepost.store.tables import webhook_messages
from milepost.store.unit_of_work import SqlStore
from milepost.store.webhook_endpoints import SqlEndpoints
from tests.support.command_process import KILLED, CommandProcess
from tests.support.outbox_promises import a_message
from tests.support.webhook_receiver import receiver

KEY = "6b" * 32
NAMES = ("a", "b", "c")


@pytest.mark.parametrize(
    ("point", "time"), [pytest.param(FailPoint.WEBHOOK_AFTER_SEND, time) for time in (1, 3)]
)
def test_deliver__killed__is_sent_again_under_the_same_id(
    tmp_path: Path, database_url: str, point: FailPoint, time: int
) -> None:
    (tmp_path / "directory.key").write_text(KEY)
    (tmp_path / "directory.key").chmod(0o600)
    settings = {
        "MILEPOST_DATABASE_URL": database_url,
        "MILEPOST_DIRECTORY_KEY_FILE": str(tmp_path / "directory.key"),
        "MILEPOST_WEBHOOK_NETWORKS": "127.0.0.0/8",
    }

    def deliver(**more: str) -> int:
        printed = tmp_path / "printed"
        return CommandProcess(["webhooks", "deliver"], settings={**settings, **more}, printed=printed).wait()

    store = SqlStore(open_store(database_url))
    with receiver() as there:
        endpoint, secret = SqlEndpoints(store, bytes.fromhex(KEY)).add(
            there.url, partner=None, events=EventType
        )
        with store.unit_of_work() as work:
            work.outbox.add([a_message(endpoint.endpoint_id, name) for name in NAMES])
        assert deliver(FAILPOINT=f"{point.label}:{time}") == KILLED
        assert there.ids == [f"evt_{name}" for name in NAMES[:time]]
        # Nobody else sends what the killed one had taken, until its lease has ended.
        assert deliver() == 0 and len(there.ids) == time
        with store.unit_of_work() as work:
            work.connection.execute(update(webhook_messages).values(lease_until=0))
        assert deliver() == 0
        assert sorted(there.ids) == sorted([*(f"evt_{name}" for name in NAMES), f"evt_{NAMES[time - 1]}"])
        for request in there.received:
            request.verified(secret)
        assert deliver() == 0 and len(there.ids) == len(NAMES) + 1
