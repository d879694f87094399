"""amend, headOf: the newest receipts of sales that were amended.

given the settler
  when it names heads     then each sale has its own, and others none
  when a sale is amended again   then its head is the newest
given another caller      then it is refused
"""

import pytest
from ape.managers.project import ProjectManager

from tests.support.evm import ADMIN, Evm, EvmContract
from tests.support.refusals import refuses

SETTLER = "0x00000000000000000000000000000000000000Ee"
MOST_PARTNER, MOST_NUMBER = 2**24 - 1, 2**40 - 1


@pytest.fixture
def book(clock: int, project: ProjectManager) -> EvmContract:
    evm = Evm(project)
    made = evm.deploy("ReceiptBook", evm.deploy("Authority", ADMIN))
    made.setSettler(SETTLER)
    return made


def _head(partner: int, number: int, leaf: bytes) -> bytes:
    return (partner << 40 | number).to_bytes(32, "big") + leaf


def test_amend__some__are_the_heads_of_their_sales_alone(book: EvmContract) -> None:
    one, other = b"\x01" * 32, b"\x02" * 32
    book.amend(_head(3, 7, one) + _head(MOST_PARTNER, MOST_NUMBER, other), sender=SETTLER)
    assert (book.headOf(3, 7), book.headOf(MOST_PARTNER, MOST_NUMBER)) == (one, other)
    for partner, number in ((3, 8), (7, 3), (0, 7), (4, 7), (MOST_PARTNER, 0)):
        assert book.headOf(partner, number) == bytes(32)
    book.amend(_head(3, 7, other), sender=SETTLER)
    assert book.headOf(3, 7) == other


def test_amend__another_caller__is_refused(book: EvmContract) -> None:
    with refuses("SettlerUnauthorized", caller=ADMIN):
        book.amend(b"", sender=ADMIN)
