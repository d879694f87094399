"""Loads programmes, partners and promotions by name, file or folder.

What deployment, feeds, demo and commands call; the file modules of this package do the reading.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import milepost
from milepost.catalogue.document import Document, read_document, read_text
from milepost.catalogue.model import nearest
from milepost.catalogue.partner_file import make_partner
from milepost.catalogue.problems import CatalogueError, Problem
from milepost.catalogue.programme_file import read_programme
from milepost.catalogue.promotion_amounts import make_promotion
from milepost.catalogue.promotion_checks import faults
from milepost.catalogue.promotion_file import PromotionFile, judge_promotion
from milepost.domain.partner import Partner
from milepost.domain.programme import Programme
from milepost.domain.promotion import Promotion

_SUFFIXES = (".yaml", ".yml")

T = TypeVar("T")


def load_programme(name_or_path: str | Path) -> Programme:
    """Load a programme by path, or by name from `./programmes` or else from the package.

    Shape: anything with a separator or a YAML suffix is a path; any other word is a name, the stem of a file.
    Raises: CatalogueError with every problem of the file, or the known names if there is none of that name.
    """
    if isinstance(name_or_path, Path) or "/" in name_or_path or name_or_path.endswith(_SUFFIXES):
        return read_programme(Path(name_or_path))
    folders = [folder for folder in _programme_folders() if folder.is_dir()]
    for folder in folders:
        for suffix in _SUFFIXES:
            if (path := folder / f"{name_or_path}{suffix}").is_file():
                return read_programme(path)
    known = sorted({path.stem for folder in folders for path in _yaml_files(folder)})
    raise CatalogueError(
        [Problem(str(name_or_path), 0, "", f"no programme of this name; {nearest(name_or_path, known)}")]
    )


def load_partners(paths: Iterable[str | Path]) -> tuple[Partner, ...]:
    """Load partners from files or folders.

    Shape: in the order given, a folder in order of file name; codes are unique.
    Raises: CatalogueError with every problem of every file.
    """
    problems: list[Problem] = []
    read = _each(paths, lambda document: (document, make_partner(document)), problems)
    first: dict[str, str] = {}
    for document, partner in read:
        if partner.code in first:
            reason = f"the code {partner.code!r} is taken by {first[partner.code]}"
            problems.append(document.problem(("partner",), reason))
        first.setdefault(partner.code, document.file)
    _raise_if(problems)
    return tuple(partner for _, partner in read)


def load_promotions(
    paths: Iterable[str | Path],
    partners: Sequence[Partner],
    *,
    segments: Mapping[str, int] | None = None,
    tiers: Sequence[str] | None = None,
) -> tuple[Promotion, ...]:
    """Load promotions from files or folders and check them against the partners.

    Shape: in the order given, a folder in order of file name: the order of publishing; names are unique.
        `segments` gives each defined segment's bit by its name; `tiers` are the programme's, lowest first,
        None where no programme is known: then tiers are not looked at.
    Terms: the text's path is looked up beside the promotion's file, then beside its folder, then from here.
    Raises: CatalogueError with every problem of every file, those of check_promotions among them.
    """
    read = read_promotions(paths, partners, segments=segments, tiers=tiers)
    return tuple(promotion for _, promotion in read)


def read_promotions(
    paths: Iterable[str | Path],
    partners: Sequence[Partner],
    *,
    segments: Mapping[str, int] | None = None,
    tiers: Sequence[str] | None = None,
) -> tuple[tuple[Document, Promotion], ...]:
    """As `load_promotions`, each with its document, which knows the line of every key.

    Raises: as `load_promotions`.
    """
    problems: list[Problem] = []
    documents, promotions = list[Document](), list[Promotion]()
    for document, verdict in _each(paths, lambda document: (document, judge_promotion(document)), problems):
        problems += verdict.problems
        if verdict.model is None:
            continue
        terms = _terms_or_empty(document, verdict.model, problems)
        promotion, misfits = make_promotion(verdict.model, terms=terms, partners=partners, segments=segments)
        problems += [document.problem(key, reason) for key, reason in misfits]
        documents.append(document)
        promotions.append(promotion)
    known = {(problem.file, problem.key) for problem in problems}
    found = [
        documents[place].problem(key, reason)
        for place, key, reason in faults(promotions, partners, tiers=tiers)
    ]
    # A key refused already has a stand-in, of which nothing is to be said.
    problems += [problem for problem in found if (problem.file, problem.key) not in known]
    _raise_if(problems)
    return tuple(zip(documents, promotions, strict=True))


def _programme_folders() -> list[Path]:
    """Where names are looked up: here, in the installed package, in the checkout of an editable install."""
    package = Path(milepost.__file__).parent
    return [Path("programmes"), package / "programmes", package.parent.parent / "programmes"]


def _yaml_files(folder: Path) -> list[Path]:
    return sorted((path for path in folder.iterdir() if path.suffix in _SUFFIXES), key=lambda path: path.name)


def _each(paths: Iterable[str | Path], read: Callable[[Document], T], problems: list[Problem]) -> list[T]:
    """Read every file that can be read and collect the problems of the others."""
    found: list[T] = []
    for path in _files(paths, problems):
        try:
            found.append(read(read_document(path)))
        except CatalogueError as error:
            problems += error.problems
    return found


def _files(paths: Iterable[str | Path], problems: list[Problem]) -> list[Path]:
    files: list[Path] = []
    for path in map(Path, paths):
        inside = _yaml_files(path) if path.is_dir() else [path]
        if not inside:
            problems.append(Problem(str(path), 0, "", "the folder holds no .yaml file"))
        files += inside
    return files


def _terms_or_empty(document: Document, file: PromotionFile, problems: list[Problem]) -> str:
    """The full text; what keeps it from being read goes to `problems`."""
    try:
        return _terms(document, file)
    except ValueError as error:
        problems.append(document.problem(("terms",), str(error)))
    except CatalogueError as error:
        problems += error.problems
    return ""


def _terms(document: Document, file: PromotionFile) -> str:
    """The full text of the terms, empty where none are named; ValueError if the path leads nowhere."""
    if file.terms is None:
        return ""
    named = Path(file.terms)
    if named.is_absolute() or ".." in named.parts:
        raise ValueError(f"{file.terms} must be a path inside this folder, such as terms/{file.promotion}.md")
    folder = Path(document.file).parent
    for path in (folder / named, folder.absolute().parent / named, named):
        if path.is_file():
            text = read_text(path)
            if text.strip():
                return text
            raise ValueError(f"{path} is empty; write the terms members rely on")
    raise ValueError(f"no file {file.terms} beside this file, beside its folder, or here")


def _raise_if(problems: list[Problem]) -> None:
    files = list(dict.fromkeys(problem.file for problem in problems))
    if problems:
        raise CatalogueError(sorted(problems, key=lambda problem: (files.index(problem.file), problem.line)))
