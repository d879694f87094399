"""Judges a file's values by a model and words every fault for the person who wrote the file.

Between reading the YAML and making domain values out of it.
"""

import difflib
import itertools
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from milepost.catalogue.document import Document, Key
from milepost.catalogue.problems import CatalogueError, Problem
from milepost.catalogue.scalars import shown


class FileModel(BaseModel):
    """Keys are known or refused; text is no number and a number is no text; nothing changes after reading."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    stand_ins: ClassVar[Mapping[str, object]] = {}
    """Right values for keys that must be there, so that judging can go on where one is wrong."""

    rests_on: ClassVar[Mapping[str, str]] = {}
    """Last names of keys that are judged by another key of the file, and that one: once it was refused, what
    is found of them is no news."""

    def faults(self) -> Iterable[tuple[Key, str]]:
        """What contradicts itself among keys that are each right: the key below this model, the reason."""
        return ()

    @model_validator(mode="after")
    def _refuse_faults(self) -> Self:
        refuse_all(self.faults())
        return self


M = TypeVar("M", bound=FileModel)


@dataclass(frozen=True, slots=True)
class Verdict(Generic[M]):
    """A file's problems, and its model: that of the keys without a fault, None if too few are left."""

    model: M | None
    problems: tuple[Problem, ...]

    def accepted(self) -> M:
        """Raises: CatalogueError if there is a problem."""
        if self.problems or self.model is None:
            raise CatalogueError(self.problems)
        return self.model


def judge(document: Document, model: type[M]) -> Verdict[M]:
    """Make a model of a document and find all its problems: unknown, missing, wrong and contradicting keys.

    What contradicts itself is only seen among keys that are each right. So the faulty ones are taken out and
    the rest is judged again, until nothing is left to take out.
    """
    values, problems, taken_out = dict(document.values), list[Problem](), set[Key]()
    for _ in range(_MOST_ROUNDS):
        try:
            return Verdict(model.model_validate(values), _by_line(problems))
        except ValidationError as error:
            details = error.errors(include_url=False)
        faults = [fault for detail in details for fault in _faults(detail, model)]
        problems += [
            document.problem(fault.key, fault.reason)
            for fault in faults
            if not any(_is_around(fault.key, key) or _is_around(key, fault.key) for key in taken_out)
            and not _rests_on_one(fault.key, taken_out, model.rests_on)
        ]
        taken_out |= {fault.key for fault in faults}
        are_out = [_take_out(values, fault, model.stand_ins) for fault in faults]
        if not all(are_out):
            break
    return Verdict(None, _by_line(problems))


def refuse_all(faults: Iterable[tuple[Key, str]]) -> None:
    """Refuse a value in a validator with any number of faults, each at a key below the value."""
    if found := tuple(faults):
        raise PydanticCustomError("faults", "contradicts itself", {"faults": found})


def nearest(word: str, known: Iterable[str]) -> str:
    """The advice for a word that is not known: the one like it or, where none is, all of them."""
    words = list(known)
    near = difflib.get_close_matches(word, words, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known are {' '.join(words)}" if words else "there is none yet"


_ABSENT = object()
_MOST_ROUNDS = 50
"""Of judging one file, each without the keys that the last refused; the formats need under ten."""


@dataclass(frozen=True, slots=True)
class _Fault:
    key: Key
    reason: str
    is_missing: bool = False


def _faults(detail: ErrorDetails, model: type[FileModel]) -> Iterator[_Fault]:
    if detail["type"] != "faults":
        yield _Fault(detail["loc"], _reason(detail, model), detail["type"] == "missing")
        return
    for key, reason in detail["ctx"]["faults"]:
        yield _Fault((*detail["loc"], *key), reason)


def _take_out(values: dict[str, Any], fault: _Fault, stand_ins: Mapping[str, object]) -> bool:
    """Take a fault's key out of the values, or put a stand-in where one is missing; false if nothing helps.

    Lists go as a whole, so that the places of their items stay those of the file.
    """
    if not fault.key:
        return False
    top = str(fault.key[0])
    if fault.is_missing and top not in stand_ins:
        return len(fault.key) > 1 and values.pop(top, None) is not None
    if fault.is_missing:
        values[top] = stand_ins[top]
        return True
    *around, last = map(str, itertools.takewhile(lambda part: isinstance(part, str), fault.key))
    for name in around:
        # A copy: the document keeps its own values.
        if not isinstance(values.get(name), dict):
            # Another fault of this round took it out already.
            return True
        values[name] = dict(values[name])
        values = values[name]
    return values.pop(last, _ABSENT) is not _ABSENT


def _is_around(outer: Key, inner: Key) -> bool:
    return inner[: len(outer)] == outer


def _rests_on_one(key: Key, taken_out: Iterable[Key], rests_on: Mapping[str, str]) -> bool:
    last = str(key[-1]) if key else ""
    return last in rests_on and any(out[:1] == (rests_on[last],) for out in taken_out)


def _by_line(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _reason(fault: ErrorDetails, model: type[FileModel]) -> str:
    kind, limits, given = fault["type"], fault.get("ctx", {}), fault["input"]
    if kind == "extra_forbidden":
        return _unknown_key(fault["loc"], model)
    if kind == "string_pattern_mismatch":
        return f"{shown(given)} is no name; use {_PATTERN_WORDS}"
    if kind in _REASONS:
        return _REASONS[kind].format(given=shown(given), **limits)
    return fault["msg"]


_PATTERN_WORDS = "letters, digits and hyphens; names of ours are lower case"

_REASONS = {
    "missing": "is missing; add it",
    "int_type": "must be a whole number without quotes, not {given}",
    "string_type": "must be text, not {given}; quote it if it is meant as text",
    "bool_type": "must be true or false, not {given}",
    "list_type": "must be a list such as [a, b], not {given}",
    "model_type": "must hold keys and values, not {given}",
    "greater_than_equal": "{given} is too small; the least is {ge}",
    "less_than_equal": "{given} is too large; the most is {le}",
    "too_long": "has {actual_length} items; the most is {max_length}",
    "too_short": "is empty; name at least one",
    "string_too_long": "is longer than {max_length} characters",
    "enum": "{given} is not known; known are {expected}",
    "literal_error": "{given} is not known; known are {expected}",
}


def _unknown_key(key: Key, model: type[FileModel]) -> str:
    return f"unknown key; {nearest(str(key[-1]), _known_keys(model, key[:-1]))}"


def _known_keys(model: type[FileModel], key: Key) -> list[str]:
    """The keys a model knows at a place below it, following its annotations."""
    for part in key:
        if isinstance(part, int):
            continue
        found = next(f for name, f in model.model_fields.items() if part in (name, f.alias))
        model = next(_models_in(found.annotation))
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: object) -> Iterator[type[FileModel]]:
    """The models in an annotation, looking through `| None`, lists and Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, FileModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models_in(inner)
