"""Made-up purchases settle the same bytes in every run."""

from bench.programme import EXCLUDED_OUTLET
from bench.reports import BILL_MINOR, CLOSES_S, ENROLLED, OPENS_S, Diners


def test_members__drawn_twice__are_all_different() -> None:
    diners = Diners()
    drawn = diners.members(300) + diners.members(300)
    assert len(set(drawn)) == 600
    assert all(1 <= member <= ENROLLED for member in drawn)


def test_entries__two_runs_of_one_seed__are_equal() -> None:
    runs = [(diners := Diners(seed=7)).entries(diners.members(50)) for _ in range(2)]
    assert runs[0] == runs[1]


def test_entries__of_members__are_one_each_in_order_of_time() -> None:
    diners = Diners()
    members = diners.members(100)
    entries = diners.entries(members)
    assert sorted(entry.member for entry in entries) == sorted(members)
    times = [entry.seconds for entry in entries]
    assert times == sorted(times)
    assert times[-1] < CLOSES_S - OPENS_S


def test_entries__under_the_promotions__meet_their_conditions() -> None:
    diners = Diners()
    for entry in diners.entries(diners.members(200)):
        assert BILL_MINOR[0] <= entry.eligible_minor <= BILL_MINOR[1]
        assert entry.outlet < EXCLUDED_OUTLET
