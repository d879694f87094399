"""ape on a clock of its own: dates start where told, follow ape's commands, and go back with a snapshot."""

from ape.api import AccountAPI
from ape.managers.accounts import TestAccountManager
from ape.managers.chain import ChainManager


def date_of_next_tx(chain: ChainManager, payer: AccountAPI) -> int:
    receipt = payer.transfer(payer, 1)
    return chain.blocks[receipt.block_number].timestamp


def test_own_clock__txs_without_a_move__come_a_second_apart(
    clock: int, chain: ChainManager, accounts: TestAccountManager
) -> None:
    first = date_of_next_tx(chain, accounts[0])
    assert clock < first < clock + 86_400
    assert date_of_next_tx(chain, accounts[0]) == first + 1


def test_own_clock__pending_timestamp_set__dates_the_next_tx(
    clock: int, chain: ChainManager, accounts: TestAccountManager
) -> None:
    later = clock + 20 * 365 * 86_400
    chain.pending_timestamp = later
    assert date_of_next_tx(chain, accounts[0]) == later


def test_own_clock__mined_with_a_date__dates_the_head(clock: int, chain: ChainManager) -> None:
    chain.mine(timestamp=clock + 86_400)
    assert chain.blocks.head.timestamp == clock + 86_400


def test_own_clock__isolation_left__goes_back(
    clock: int, chain: ChainManager, accounts: TestAccountManager
) -> None:
    before = date_of_next_tx(chain, accounts[0])
    with chain.isolate():
        chain.pending_timestamp = clock + 30 * 86_400
        date_of_next_tx(chain, accounts[0])
    assert date_of_next_tx(chain, accounts[0]) == before + 1
