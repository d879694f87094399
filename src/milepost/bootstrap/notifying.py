"""Puts together what tells others of settlements: endpoints, the queue of messages, and one round of sending.

Before it settings were read and the store opened; `milepost webhooks` and the worker's chore call it. No node
is asked, and no key of the chain is needed.
"""

from milepost.bootstrap.clocks import MachineClock
from milepost.bootstrap.parts import Parts
from milepost.config import setting_name
from milepost.store.webhook_deliveries import SqlDeliveryQueue
from milepost.store.webhook_endpoints import SqlEndpoints
from milepost.webhooks.addresses import Network, parse_networks
from milepost.webhooks.delivering import Delivery, Round
from milepost.webhooks.delivering import deliver_due as run_round

EVERY_S = 1
"""How often the worker looks for messages that are due. Units: seconds."""


def webhook_endpoints(parts: Parts) -> SqlEndpoints:
    """The endpoints and their secrets. Raises: what the database and the directory's key raise."""
    return SqlEndpoints(parts.store, parts.directory_key)


def webhook_queue(parts: Parts) -> SqlDeliveryQueue:
    """The messages that are due, and the log of attempts."""
    return SqlDeliveryQueue(parts.store, webhook_endpoints(parts))


def webhook_networks(parts: Parts) -> tuple[Network, ...]:
    """Where webhooks may go besides public addresses. Raises: UrlRefused, naming the setting."""
    return parse_networks(parts.webhook_networks, setting=setting_name("webhook_networks"))


def deliver_due(parts: Parts) -> Round:
    """Send what is due, once; any number of processes may at the same time.

    Raises: StoreError; UrlRefused for a setting that is no list of networks.
    """
    delivery = Delivery(webhook_queue(parts), MachineClock(), webhook_networks(parts))
    return run_round(delivery)
