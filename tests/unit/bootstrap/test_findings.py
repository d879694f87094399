"""Looks one after the other: what one of them needs and cannot have is said once."""

from collections.abc import Iterator

from milepost.bootstrap.findings import Finding, Level, Look, findings_of, opened, warning
from milepost.domain.errors import ChainError


def _fails() -> None:
    raise ChainError("No node answers: start it.")


def _warns() -> Iterator[Finding]:
    yield warning("Little is left: bring more.")


def test_findings_of__a_look_fails__those_that_need_it_are_not_made() -> None:
    """Finding: a node that hung was asked five times, and its error said five times."""
    made: list[str] = []
    found = list(
        findings_of(
            (
                Look("node", _fails),
                Look("clock", lambda: made.append("clock"), ("node",)),
                Look("money", lambda: made.append("money"), ("clock",)),
                Look("disk", _warns),
                Look("paper", lambda: opened(made), ("disk",)),
            )
        )
    )
    assert [(one.what, one.level) for one in found] == [
        ("node", Level.WRONG),
        ("clock", Level.SKIPPED),
        ("money", Level.SKIPPED),
        ("disk", Level.WARNING),
        ("paper", Level.OK),
    ]
    assert [one.said for one in found[1:3]] == ["Not looked at: mend the node first."] * 2
    assert made == []
