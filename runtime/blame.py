"""Whose mistake an exception is: the place in an extension's file where it came up."""

import importlib
import linecache
import traceback
from collections.abc import Iterator
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from types import TracebackType

from sothat.model.problem import Position, Problem

CODE = "extension-broken"
_OWN = "sothat"
_OF_IMPORTING = ("<", str(Path(importlib.__file__).parent), str(Path(__file__).parent))


def in_words(error: BaseException) -> str:
    """Return an error as part of a sentence; those of importing say all by themselves."""
    if isinstance(error, ImportError | AttributeError | SyntaxError) and str(error):
        return str(error)
    return traceback.format_exception_only(error)[-1].strip()


def broken(error: BaseException, message: str, hint: str) -> Problem:
    """Return an error that came up while an extension was imported as a problem, with its place."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(_OF_IMPORTING)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        return _problem(message, hint, error.filename, error.lineno or 0, error.offset or 1)
    if frames:
        last = frames[-1]
        return _problem(message, hint, last.filename, last.lineno or 0, (last.colno or 0) + 1)
    return Problem(CODE, message, hint=hint)


def of_an_extension(error: BaseException) -> Problem | None:
    """Return an error as the problem of the extension in which it came up; None if in none.

    The place is the last one in a file of the extension, whatever of ours that called: who wrote
    it knows that file.
    """
    packages = dict(_extensions())
    found: tuple[EntryPoint, TracebackType] | None = None
    for step in _steps(error.__traceback__):
        point = packages.get(str(step.tb_frame.f_globals.get("__name__")).partition(".")[0])
        found = (point, step) if point else found
    if found is None:
        return None
    point, step = found
    package = point.dist.name if point.dist else point.module
    (frame,) = traceback.extract_tb(step, limit=1)
    message = f"the extension {package} fails: {traceback.format_exception_only(error)[-1].strip()}"
    hint = f"repair or uninstall {package}"
    return _problem(message, hint, frame.filename, frame.lineno or 0, (frame.colno or 0) + 1)


def _extensions() -> Iterator[tuple[str, EntryPoint]]:
    """Yield the packages of others that extend us."""
    for distribution in distributions():
        for point in distribution.entry_points:
            package = point.module.partition(".")[0]
            if point.group.startswith(f"{_OWN}.") and package != _OWN:
                yield package, point


def _steps(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _problem(message: str, hint: str, file: str, line: int, column: int) -> Problem:
    source = linecache.getline(file, line).rstrip("\n")
    return Problem(CODE, message, Position(file, line, column), hint, source=source)
