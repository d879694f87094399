"""Writes programme, partner and promotion files with sensible defaults; a test states only what matters."""

import json
from pathlib import Path
from typing import Any

import pytest

from milepost.catalogue import CatalogueError

ABSENT = object()
"""Leaves a key out."""

PROGRAMME: dict[str, Any] = {
    "programme": "sample",
    "title": "Sample Miles",
    "utc_offset": "+08:00",
    "versions": [{"from": None, "lot": {"months": 36, "align": "day"}, "account": None}],
    "notice_days": 90,
}
PARTNER: dict[str, Any] = {
    "partner": "putien",
    "title": "Putien",
    "currency": "HKD",
    "earn": {"miles": 1, "per": "4.00"},
    "outlets": [
        {"code": "causeway-bay", "time_zone": "Asia/Hong_Kong"},
        {"code": "hkg-airport", "time_zone": "Asia/Hong_Kong"},
    ],
}
PROMOTION: dict[str, Any] = {
    "promotion": "sample",
    "partners": ["putien"],
    "window": {"from": "2021-05-01", "until": "2021-05-31"},
    "reward": {"fixed": 500},
}


def write_programme(folder: Path, name: str = "sample.yaml", **changes: Any) -> Path:
    return write_yaml(folder / name, {**PROGRAMME, **changes})


def write_partner(folder: Path, name: str = "putien.yaml", **changes: Any) -> Path:
    return write_yaml(folder / name, {**PARTNER, **changes})


def write_promotion(folder: Path, name: str = "sample.yaml", **changes: Any) -> Path:
    return write_yaml(folder / name, {**PROMOTION, **changes})


def write_yaml(path: Path, values: dict[str, Any]) -> Path:
    """One line a key, in order; JSON is YAML."""
    lines = [f"{key}: {json.dumps(value)}" for key, value in values.items() if value is not ABSENT]
    return write(path, "\n".join(lines) + "\n")


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(refused: pytest.ExceptionInfo[CatalogueError]) -> list[tuple[int, str, str]]:
    """Line, key and reason of each problem."""
    return [(problem.line, problem.key, problem.reason) for problem in refused.value.problems]
