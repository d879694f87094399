"""What a worker does beside settling, over the fakes.

given a chore that takes long and is done alone    then the others go on meanwhile, and so does settling
"""

from threading import Event, Thread
from time import monotonic, sleep

from milepost.testing.memory_leases import MemoryLeases
from milepost.worker import Chore, Pace, Worker
from tests.support.patient_oracle import fake_oracle
from tests.support.programme import three_bills


def test_chore__alone_and_hanging__holds_up_nothing_else() -> None:
    """Finding: a reporter that took a large file held up webhooks and reconciling, for all reporters."""
    oracle = fake_oracle()
    list(oracle.ingest(three_bills()))
    hangs, goes_on, others = Event(), Event(), [Event(), Event()]

    def hang() -> None:
        hangs.set()
        assert goes_on.wait(20)

    chores = [
        Chore("hanging", 0.01, hang, alone=True),
        Chore("beside it", 0.01, others[0].set, alone=True),
        Chore("shared", 0.01, others[1].set),
    ]
    worker = Worker(
        oracle, MemoryLeases(), lambda _held: oracle.store, "a worker", chores=chores, pace=Pace(poll_s=0.01)
    )
    running = Thread(target=worker.run)
    running.start()
    try:
        assert hangs.wait(20)
        for other in others:
            other.clear()
            assert other.wait(20)
        until = monotonic() + 20
        while not oracle.chain.sent:
            assert monotonic() < until, "settling waited"
            sleep(0.005)
    finally:
        goes_on.set()
        worker.stopping.set()
        running.join()
