"""Writes the answers of the pipeline as JSON values.

Before it records were ingested; `purchases` and `files` send what it writes.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from milepost.pipeline.ingest_purchase import Answer, AnswerKind

MOST_REFUSED = 1_000
"""Refused records that the summary of a file lists; further ones are counted."""

_REFUSED = (AnswerKind.REJECTED, AnswerKind.CONFLICT)


def answer_document(answer: Answer) -> dict[str, Any]:
    """One answer as JSON values."""
    key = answer.key
    return {
        "line": answer.line,
        "sale_ref": None if key is None else key.sale_ref,
        "kind": None if key is None else key.kind.name,
        "revision": None if key is None else key.revision,
        "answer": answer.kind.value,
        "code": answer.code,
        "sentence": answer.sentence,
    }


@dataclass(slots=True)
class FileSummary:
    """Counts the answers of a file, and keeps the first of those that tell of a refused record."""

    _counts: Counter[AnswerKind] = field(default_factory=Counter)
    _refused: list[Answer] = field(default_factory=list)
    last_line: int | None = None
    """Line of the last record that was answered."""

    @property
    def records(self) -> int:
        """How many records were answered."""
        return self._counts.total()

    def add(self, answers: Iterable[Answer]) -> None:
        for answer in answers:
            self._counts[answer.kind] += 1
            self.last_line = answer.line
            if answer.kind in _REFUSED and len(self._refused) < MOST_REFUSED:
                self._refused.append(answer)

    def document(self) -> dict[str, Any]:
        """The summary as JSON values."""
        refused = sum(self._counts[kind] for kind in _REFUSED)
        return {
            "records": self.records,
            "last_line": self.last_line,
            **{kind.value: self._counts[kind] for kind in AnswerKind},
            "refused": [answer_document(answer) for answer in self._refused],
            "refused_left_out": refused - len(self._refused),
        }
