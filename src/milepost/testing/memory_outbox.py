"""The outbox in memory: the same promises as the SQL one, and the same tests.

The store in memory holds it; tests of the pipeline subscribe to it and read what was put in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from milepost.domain.errors import StoreError
from milepost.domain.webhook import MessageState
from milepost.ports import NewMessage, Subscription

_Key = tuple[str, int]


@dataclass
class MemoryOutbox:
    """The port `Outbox`; `subscribed` are the endpoints, `states` say where each message is."""

    subscribed: list[Subscription] = field(default_factory=list)
    disabled: set[int] = field(default_factory=set)
    messages: dict[_Key, NewMessage] = field(default_factory=dict)
    states: dict[_Key, MessageState] = field(default_factory=dict)

    def subscriptions(self, endpoint_id: int | None = None) -> list[Subscription]:
        if endpoint_id is not None:
            return [one for one in self.subscribed if one.endpoint_id == endpoint_id]
        return [one for one in self.subscribed if one.endpoint_id not in self.disabled]

    def add(self, messages: Sequence[NewMessage]) -> None:
        keys = [(message.event_id, message.endpoint_id) for message in messages]
        if len(set(keys)) < len(keys) or any(key in self.messages for key in keys):
            raise StoreError("An endpoint has one of these messages already.")
        self.add_again(messages)

    def add_again(self, messages: Sequence[NewMessage]) -> int:
        for message in messages:
            key = (message.event_id, message.endpoint_id)
            self.messages.setdefault(key, message)
            self.states[key] = MessageState.DUE
        return len(messages)

    def repeat(self, endpoint_id: int, *, event_id: str | None = None, failed: bool = False) -> int:
        found = list(self._of(endpoint_id, event_id=event_id, failed=failed))
        self.states.update(dict.fromkeys(found, MessageState.DUE))
        return len(found)

    def _of(self, endpoint_id: int, *, event_id: str | None, failed: bool) -> Iterable[_Key]:
        for key, state in self.states.items():
            is_wanted = key[0] == event_id or (failed and state is MessageState.FAILED)
            if key[1] == endpoint_id and is_wanted:
                yield key
