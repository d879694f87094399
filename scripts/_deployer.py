"""Which node `scripts/deploy.py` deploys to, and which ape account signs; refusals say what to do instead.

Before it ape connected; `scripts/_deployment.py` sends the steps afterwards.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from ape import accounts
from ape.api import AccountAPI, ProviderAPI, SubprocessProvider
from ape.cli import ConnectedProviderCommand
from ape.exceptions import AccountsError
from ape.logging import LogLevel, logger
from ape_accounts import KeyfileAccount
from requests.exceptions import ConnectionError as NoConnection

_EXAMPLE = "--network http://127.0.0.1:8545"
_IN_PROCESS = "test"
"""ape's provider whose chain is in its own process."""


class DeployCommand(ConnectedProviderCommand):
    """Connects to the network that is named; where there is no node, says so in a sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        """Raises: click.ClickException if no node answers and ape cannot start one."""
        try:
            return super().invoke(ctx)
        except NoConnection as error:
            said = str(error).splitlines()[0]
            raise click.ClickException(
                f"There is no node to deploy to. ape says: {said} Start yours, and name it: {_EXAMPLE}."
            ) from None


def require_lasting(provider: ProviderAPI) -> None:
    """Refuse a chain that ends with this command: its deployment would be one of nothing.

    Raises: click.UsageError.
    """
    starts_it = isinstance(provider, SubprocessProvider) and provider.process is not None
    if starts_it or provider.name == _IN_PROCESS:
        raise click.UsageError(
            f"ape started the chain of {provider.network_choice} for this command, and it is gone afterwards."
            f" Name the node that runs, as {_EXAMPLE}; to try a deployment on this one all the same, name"
            " a file for it: --output build/try.json."
        )


def deploying_account(alias: str | None, provider: ProviderAPI) -> AccountAPI:
    """The account of an alias; on a network for development ape's first test account, if none is named.

    Raises: click.UsageError.
    """
    if alias is None:
        if not provider.network.is_dev:
            raise click.UsageError(
                f"--account is needed on {provider.network_choice}: name an ape account with gas money."
            )
        return accounts.test_accounts[0]
    if alias not in accounts.aliases:
        raise click.UsageError(
            f"ape knows no account {alias}: `ape accounts list` names those it knows, and"
            f" `ape accounts import {alias}` asks for the key of a new one."
        )
    return accounts.load(alias)


@contextmanager
def signing(account: AccountAPI, *, what: str, is_agreed: bool) -> Iterator[None]:
    """Let an account with a password sign all that follows, after one question; it is locked afterwards.

    Shape: `what` is the question's middle; `is_agreed` leaves it out. Test accounts are asked nothing.
    Raises: click.Abort if the answer is no; click.ClickException if the password is wrong.
    """
    if not isinstance(account, KeyfileAccount):
        yield
        return
    if not is_agreed:
        click.confirm(f"{what}, signed and paid for by {account.alias} {account.address}?", abort=True)
    try:
        # Without ape's warning of what was just agreed to.
        with logger.at_level(LogLevel.ERROR):
            account.set_autosign(True)
    except AccountsError as error:
        raise click.ClickException(f"Nothing was sent: {error}") from None
    try:
        yield
    finally:
        account.set_autosign(False)
