"""Gives each test the marker of its tier, which is its folder, and shuts the network out of unit tests."""

from pathlib import Path

import pytest

from tests.support.databases import (
    database_kind,
    database_url,
    empty_database_url,
    postgresql,
    sqlite_template,
)

# Fixtures of every tier: a database of either kind, from one server for the session.
__all__ = ["database_kind", "database_url", "empty_database_url", "postgresql", "sqlite_template"]

TESTS = Path(__file__).parent
TIERS = ("unit", "contracts", "machines", "integration", "faults", "e2e", "bft")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test, and refuse one that lies in no tier: nobody would know what it may touch."""
    for item in items:
        tier = _tier(item.path)
        item.add_marker(getattr(pytest.mark, tier))
        if tier == "unit":
            item.add_marker(pytest.mark.disable_socket)


def _tier(path: Path) -> str:
    below = path.relative_to(TESTS).parts if path.is_relative_to(TESTS) else ()
    if len(below) < 2 or below[0] not in TIERS:
        raise pytest.UsageError(f"{path}: a test lies below one of {', '.join(f'tests/{t}/' for t in TIERS)}")
    return below[0]
