"""Compares what became of a programme's miles by the chain, by the reference model and by the file.

`life.py` tallied it; nothing is written or called done before all of this agrees.
"""

from collections import Counter
from collections.abc import Iterator

from milepost.demo.checks import Check, SumDiffers
from milepost.demo.lives.life import Life


def require_life_sums(life: Life) -> list[Check]:
    """Check all sums of a programme; all that were checked come back.

    Raises: SumDiffers with each that differs.
    """
    checks = [
        *_by_the_file(life),
        *_by_the_model(life),
        *_by_the_ledger(life),
        Check(f"{life.place.programme}: members whose live lots differ", life.differing, 0),
    ]
    wrong = [check for check in checks if not check.is_equal]
    if wrong:
        raise SumDiffers(wrong)
    return checks


def _by_the_file(life: Life) -> Iterator[Check]:
    name, found = life.place.programme, life.chain
    yield Check(f"{name}: purchases settled", life.purchases, life.due)
    yield Check(f"{name}: miles earned, by the partners' rates", found.earned.total(), life.base)


def _by_the_model(life: Life) -> Iterator[Check]:
    chain, model = life.chain, life.model
    parts = {
        "earned": (chain.earned, model.earned),
        "redeemed": (chain.redeemed, model.redeemed),
        "lapsed": (chain.lapsed, model.lapsed),
        "alive at the end, lapsing": (chain.coming, model.coming),
    }
    for what, (found, due) in parts.items():
        yield from _months(f"{life.place.programme}: {what}", found, due)
    yield Check(f"{life.place.programme}: alive at the end, never lapsing", chain.never, model.never)
    yield Check(f"{life.place.programme}: balances by the model", life.balances, life.model_balances)


def _months(what: str, found: Counter[int], due: Counter[int]) -> Iterator[Check]:
    yield Check(f"{what} in all", found.total(), due.total())
    for month in sorted(found.keys() | due.keys()):
        yield Check(f"{what} in month {month}", found[month], due[month])


def _by_the_ledger(life: Life) -> Iterator[Check]:
    """The tally against the ledger's own totals and balances, and the sum of all miles (INV-1)."""
    name, found, totals = life.place.programme, life.chain, life.totals
    held = totals.credited - totals.reversed - totals.redeemed - totals.written_off
    yield Check(f"{name}: miles credited", totals.credited, found.earned.total())
    yield Check(f"{name}: miles redeemed", totals.redeemed, found.redeemed.total())
    yield Check(f"{name}: miles written off", totals.written_off, found.written_off)
    yield Check(f"{name}: miles that the lots hold", found.standing, held)
    yield Check(f"{name}: balances of all members", life.balances, found.live)
    spent = found.redeemed.total() + found.lapsed.total() + found.live
    yield Check(f"{name}: redeemed, lapsed and alive", spent, found.earned.total())
