"""An answer that is good for a moment.

given one that was just made       then it is given again, and a new one is made after its time
given one that is being made       then who asks meanwhile gets the one before
"""

from threading import Event, Thread

from milepost.web.reporter_answers import Answer, RecentAnswer, problem


def test_get__within_its_time__is_made_once() -> None:
    now, made = [0.0], []

    def make() -> Answer:
        made.append(now[0])
        return Answer(200, {"at": now[0]})

    recent = RecentAnswer(make, 1.0, lambda: now[0])
    for at, found in ((0.0, 0.0), (0.9, 0.0), (1.0, 1.0), (5.0, 5.0)):
        now[0] = at
        assert recent.get().document == {"at": found}
    assert made == [0.0, 1.0, 5.0]


def test_get__while_it_is_made__gives_the_one_before() -> None:
    now, makes, goes_on = [0.0], Event(), Event()

    def make() -> Answer:
        if now[0]:
            makes.set()
            assert goes_on.wait(20)
        return Answer(200, {"at": now[0]})

    recent = RecentAnswer(make, 1.0, lambda: now[0])
    recent.get()
    now[0] = 2.0
    making = Thread(target=recent.get)
    making.start()
    assert makes.wait(20)
    assert recent.get().document == {"at": 0.0}
    goes_on.set()
    making.join()
    assert recent.get().document == {"at": 2.0}


def test_problem__a_code__is_in_the_form_of_the_standard() -> None:
    answer = problem(503, "not_yet", "Ask again.", retry_after_s=1)
    assert (answer.status, answer.retry_after_s) == (503, 1)
    assert answer.document["type"] == "urn:milepost:problem:not_yet"
