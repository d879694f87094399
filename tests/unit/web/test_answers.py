"""Answers as JSON values, and the summary of a file."""

from milepost.domain.purchase import DedupeKey, PurchaseKind
from milepost.pipeline.ingest_purchase import Answer, AnswerKind
from milepost.web.answers import MOST_REFUSED, FileSummary, answer_document

KEY = DedupeKey("putien", "http", "A-1", PurchaseKind.AMEND, 2)


def test_answer_document__purchase__names_it() -> None:
    assert answer_document(Answer(AnswerKind.CONFLICT, KEY, 3, "conflict", "No.")) == {
        "line": 3,
        "sale_ref": "A-1",
        "kind": "AMEND",
        "revision": 2,
        "answer": "conflict",
        "code": "conflict",
        "sentence": "No.",
    }


def test_answer_document__no_purchase__has_the_line_alone() -> None:
    found = answer_document(Answer(AnswerKind.REJECTED, line=3, code="bad_amount", sentence="No."))
    assert (found["line"], found["sale_ref"], found["kind"], found["revision"]) == (3, None, None, None)


def test_file_summary__many_refused__lists_the_first_and_counts_the_rest() -> None:
    summary = FileSummary()
    summary.add(Answer(AnswerKind.REJECTED, line=line) for line in range(MOST_REFUSED + 5))
    summary.add([Answer(AnswerKind.ACCEPTED, KEY, 1)])
    found = summary.document()
    assert (found["records"], found["accepted"], found["rejected"]) == (MOST_REFUSED + 6, 1, MOST_REFUSED + 5)
    assert (len(found["refused"]), found["refused_left_out"]) == (MOST_REFUSED, 5)
