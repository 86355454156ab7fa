"""Where a `CaseBook` is kept between two builds: a file that may be lost at any time."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from sothat.generator.proving.book import CaseBook, Cases, Known
from sothat.generator.proving.cases import Case, Look, Purpose

_NAME = "cases.json"


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder for what can be made again (XDG base directories), None for nowhere."""
    named = environment.get("XDG_CACHE_HOME", "")
    home = environment.get("HOME", "")
    if os.path.isabs(named):  # noqa: PTH117 – the specification's condition, on text
        return Path(named) / "sothat"
    return Path(home) / ".cache" / "sothat" if home else None


def read_book(folder: Path | None) -> CaseBook:
    """Return the book of a folder; an empty one if there is none that this version has written."""
    return CaseBook() if folder is None else CaseBook(lambda: _known(folder / _NAME))


def _known(file: Path) -> Known:
    try:
        data = json.loads(file.read_bytes())
        if data["made_by"] != _made_by():
            return {}
        return {key: (int(age), _cases(cases)) for key, age, cases in data["cases"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}  # absent, cut off or somebody else's: made again


def write_book(folder: Path | None, book: CaseBook) -> None:
    """Keep a book that has changed; where that is not possible, the next build takes longer."""
    if folder is None or not book.changed:
        return
    kept = [[key, age, [_plain(case) for case in cases]] for key, age, cases in book.kept()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as new:
            json.dump({"made_by": _made_by(), "cases": kept}, new)
        Path(new.name).replace(folder / _NAME)
    except OSError:
        return


@cache
def _made_by() -> str:
    """Return a digest of the compiler's code: what another version has made is not ours."""
    digest = hashlib.sha256()
    for module in _modules(files("sothat.generator")):
        digest.update(module.read_bytes())
    return digest.hexdigest()


def _modules(folder: Any) -> list[Any]:
    """Return the modules below a package, sorted."""
    found: list[Any] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _modules(entry)
        elif entry.name.endswith(".py"):
            found.append(entry)
    return found


def _plain(case: Case) -> list[Any]:
    looks = [[look.at, [dict(labels) for labels in look.fires]] for look in case.looks]
    return [case.name, case.purpose.value, case.interval, case.every, case.series, looks]


def _cases(plain: list[Any]) -> Cases:
    return tuple(_case(*fields) for fields in plain)


def _case(
    name: str,
    purpose: str,
    interval: float,
    every: float,
    series: list[list[str]],
    looks: list[Any],
) -> Case:
    return Case(
        alert="",
        name=name,
        purpose=Purpose(purpose),
        interval=interval,
        every=every,
        series=tuple((selector, values) for selector, values in series),
        looks=tuple(Look(at, tuple(fires)) for at, fires in looks),
    )
