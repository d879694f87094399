"""A whole ledger read at one block, on the embedded chain."""

from dataclasses import replace
from typing import Any

import pytest

from milepost.chain.deployment_plan import NOWHERE
from milepost.chain.embedded import advance_to
from milepost.chain.ledger_book import NodeLedgerAtBlock, NodeLedgerBook
from milepost.chain.member_ledger import NodeMemberLedger
from milepost.chain.node import Node
from milepost.domain.errors import ChainError
from milepost.ports import AccountClock, ChainUnavailable, MemberProfile
from tests.support.deployments import ENROLLER, START, DeployedChain, a_programme, fund


def _node(chain: DeployedChain) -> Node:
    return Node(chain.web3, "The embedded chain")


def _book(chain: DeployedChain) -> NodeLedgerBook:
    return NodeLedgerBook(_node(chain), chain.deployment)


def _enrol(chain: DeployedChain, count: int) -> NodeMemberLedger:
    fund(chain.web3, ENROLLER.address)
    ledger = NodeMemberLedger(_node(chain), chain.deployment, enroller=ENROLLER)
    ledger.enrol_up_to(count)
    return ledger


def test_rules__as_deployed__are_the_programmes(chain: DeployedChain) -> None:
    rules, programme = _book(chain).newest().rules(), a_programme()
    assert (rules.versions, rules.acts) == (programme.versions, ())
    assert (rules.late_days, rules.utc_offset_minutes) == (
        programme.late_days,
        programme.utc_offset_minutes,
    )


def test_at__an_earlier_block__tells_what_was_then(chain: DeployedChain) -> None:
    before = _book(chain).newest()
    _enrol(chain, 3).set_profile(2, MemberProfile(4, 1))
    now = _book(chain).newest()
    assert (before.totals().enrolled, now.totals().enrolled) == (0, 3)
    assert (before.history().tiers, now.history().tiers) == ({}, {2: 4})
    assert _book(chain).at(before.block.number).block == before.block
    assert now.clock_of(2) == AccountClock(0, 0, 0, 4)
    assert now.history_of([1]).tiers == {} and now.history_of([2]).tiers == {2: 4}


def test_extension_offer__as_deployed__extends_none(chain: DeployedChain) -> None:
    offer = _book(chain).newest().extension_offer()
    assert offer is not None and (offer.per_miles, offer.most_a_year, offer.symbol) == (0, 0, "")


def test_extension_offer__no_shop_deployed__is_none(chain: DeployedChain) -> None:
    addresses = replace(chain.deployment.addresses, miles_shop=NOWHERE)
    deployment = replace(chain.deployment, addresses=addresses)
    assert NodeLedgerBook(_node(chain), deployment).newest().extension_offer() is None


def test_extension_offer__price_in_a_token__names_it(
    chain: DeployedChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger's ERC-20 face stands for the token; a key's address for one that tells nothing."""
    asking = NodeLedgerAtBlock._ask
    tokens = [chain.deployment.addresses.ledger, ENROLLER.address]

    def answering(self: NodeLedgerAtBlock, contract: Any, function: str, *arguments: Any) -> Any:
        if function == "prices":
            return (0, 0), (3, 2), (0, 0)
        return tokens[0] if function == "token" else asking(self, contract, function, *arguments)

    monkeypatch.setattr(NodeLedgerAtBlock, "_ask", answering)
    offer = _book(chain).newest().extension_offer()
    assert offer is not None and (offer.units, offer.per_miles, offer.symbol, offer.decimals) == (
        3,
        2,
        "MILE",
        0,
    )
    tokens.pop(0)
    offer = _book(chain).newest().extension_offer()
    assert offer is not None and offer.symbol == f"smallest units of the token {ENROLLER.address}"


def test_accounts__more_than_one_question__come_in_the_order_asked(chain: DeployedChain) -> None:
    _enrol(chain, 450)
    asked = [*range(450, 0, -1)]
    found = _book(chain).newest().accounts(asked)
    assert [one.account for one in found] == asked
    assert {(one.balance, one.lots) for one in found} == {(0, ())}


def test_accounts__node_refuses_so_many__are_asked_by_halves(
    chain: DeployedChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    _enrol(chain, 100)
    asking = NodeLedgerAtBlock._ask_lens
    refused = []

    def refusing(self: NodeLedgerAtBlock, function: str, accounts: list[int]) -> Any:
        if function == "lotsOfMany" and len(accounts) > 30:
            refused.append(len(accounts))
            raise ChainError("Out of gas.")
        return asking(self, function, accounts)

    monkeypatch.setattr(NodeLedgerAtBlock, "_ask_lens", refusing)
    found = _book(chain).newest().accounts([*range(1, 101)])
    assert [one.account for one in found] == [*range(1, 101)] and refused == [100, 50, 50]


def test_accounts__node_refuses_even_one__says_so(
    chain: DeployedChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answering(error: ChainError) -> None:
        def refuse(*_: Any) -> Any:
            raise error

        monkeypatch.setattr(NodeLedgerAtBlock, "_ask_lens", refuse)

    book = _book(chain).newest()
    for error in (ChainError("Out of gas."), ChainUnavailable("No answer.")):
        answering(error)
        with pytest.raises(type(error), match=str(error)):
            book.accounts([1, 2])


def test_accounts__no_lens_at_the_address__says_so(chain: DeployedChain) -> None:
    addresses = replace(chain.deployment.addresses, lens=ENROLLER.address)
    book = NodeLedgerBook(_node(chain), replace(chain.deployment, addresses=addresses))
    with pytest.raises(ChainError, match="no MilesLens at the deployment's address"):
        book.newest().accounts([1])


def test_require_unchanged__block_replaced__says_so(chain: DeployedChain) -> None:
    tester = chain.web3.provider.ethereum_tester  # type: ignore[attr-defined]
    snapshot = tester.take_snapshot()
    advance_to(chain.web3, START + 400_000)
    book = _book(chain).newest()
    book.require_unchanged()
    tester.revert_to_snapshot(snapshot)
    advance_to(chain.web3, START + 500_000)
    with pytest.raises(ChainUnavailable, match="was replaced while"):
        book.require_unchanged()
