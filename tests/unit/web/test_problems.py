"""Problems of RFC 9457, and what the errors of the core become."""

import json

from milepost.domain.errors import FeedError, StoreError
from milepost.ports import ChainUnavailable
from milepost.web.problems import Code, Problem, problem_of, problem_response


def test_problem_response__with_a_wait__has_the_members_and_retry_after() -> None:
    response = problem_response(Problem(Code.QUEUE_FULL, "Wait.", retry_after_s=9))
    assert json.loads(bytes(response.body)) == {
        "type": "urn:milepost:problem:queue_full",
        "title": "More purchases wait to be settled than the server takes",
        "status": 503,
        "detail": "Wait.",
        "code": "queue_full",
    }
    assert (response.status_code, response.headers["retry-after"]) == (503, "9")
    assert response.headers["content-type"] == "application/problem+json"


def test_problem_response__not_known__asks_for_a_signature() -> None:
    response = problem_response(Problem(Code.UNKNOWN_KEY, "No."))
    assert response.headers["www-authenticate"] == "Milepost-HMAC-SHA256"


def test_problem_of__operators_error__is_unavailable_and_repeats_nothing() -> None:
    for error in (StoreError("postgresql://user@host"), ChainUnavailable("http://node")):
        problem = problem_of(error)
        assert (problem.code, problem.retry_after_s) == (Code.UNAVAILABLE, 5)
        assert "host" not in problem.detail and "node" not in problem.detail


def test_problem_of__partners_error__says_what_to_correct() -> None:
    problem = problem_of(FeedError("The file lacks a column."))
    assert (problem.code, problem.detail) == (Code.MALFORMED_FILE, "The file lacks a column.")


def test_code__labels__are_each_one_codes() -> None:
    labels = [code.label for code in Code]
    assert len(labels) == len(set(labels))
