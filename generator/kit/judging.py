"""What every check has to do: find what is bad and nothing else, where it stands, and explain it.

It is tried on a catalogue in which all is well, and on copies of that with one slip each.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sothat.generator.checked import Check
from sothat.generator.compile import Inputs, sound_draft
from sothat.generator.draft import Draft
from sothat.generator.kit.inputs import installed
from sothat.model.problem import Problem
from sothat.runtime.kit import ContractBroken

_PARTS = ("What it means.", "Why it matters.", "What to do.")


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip in a catalogue, and what has to be said of it.

    Attributes:
        code: Of the problem.
        file: In the catalogue's folder; its text ``old`` becomes ``new``, where it first stands.
        at: The text at which the problem stands, on its line and in its column; empty: no matter.
    """

    code: str
    file: str
    old: str
    new: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Judging:
    """A check, and what to try it on.

    Attributes:
        check: The module's ``CHECK``.
        good: The folder of a catalogue in which it finds nothing.
        slips: What it finds; each of its codes at least once.
        pages: The folder of the pages ``CODE.md`` about its problems.
        inputs: Returns what a catalogue's folder is compiled against.
    """

    check: Check
    good: Path
    slips: Sequence[Slip]
    pages: Path
    inputs: Callable[[Path], Inputs] = installed


def check_silent(judging: Judging) -> None:
    """Check that a catalogue in which all is well is let pass.

    Raises:
        ContractBroken: Something is found.
    """
    found = list(judging.check.find(_draft(judging, judging.good)))
    if found:
        raise ContractBroken(f"all is well, and yet: {found[0].message} [{found[0].code}]")


def check_fires(judging: Judging) -> None:
    """Check that each slip is found, where it stands, and each code is shown by one.

    Raises:
        ContractBroken: It is not.
    """
    for slip in judging.slips:
        with _slipped(judging, slip) as folder:
            found = list(judging.check.find(_draft(judging, folder)))
            _judge(judging, slip, found, folder)
    unshown = set(judging.check.codes) - {slip.code for slip in judging.slips}
    if unshown:
        raise ContractBroken(f"no slip shows {', '.join(sorted(unshown))}")


def check_repeatable(judging: Judging) -> None:
    """Check that the same catalogue gives the same problems, in the same order.

    Raises:
        ContractBroken: It does not.
    """
    for slip in judging.slips:
        with _slipped(judging, slip) as folder:
            draft = _draft(judging, folder)
            first, second = (list(judging.check.find(draft)) for _ in range(2))
        if first != second:
            raise ContractBroken(f"two runs over one draft differ: {first} and {second}")


def check_pages(judging: Judging) -> None:
    """Check that each code has a page that says what it means, why it matters and what to do.

    Raises:
        ContractBroken: One has none.
    """
    for code in judging.check.codes:
        page = judging.pages / f"{code}.md"
        if not page.is_file():
            raise ContractBroken(f"the page {page.name} is missing in {judging.pages.name}")
        text = page.read_text(encoding="utf-8")
        missing = [part for part in _PARTS if part not in text]
        if missing:
            raise ContractBroken(f"the page {page.name} does not say: {' '.join(missing)}")


CHECK_CHECKS: tuple[Callable[[Judging], None], ...] = (
    check_silent,
    check_fires,
    check_repeatable,
    check_pages,
)


def _draft(judging: Judging, folder: Path) -> Draft:
    """Return what is read of a folder; a catalogue that cannot be read is no matter of a check."""
    return sound_draft(replace(judging.inputs(folder), catalogue=folder), ())


@contextmanager
def _slipped(judging: Judging, slip: Slip) -> Iterator[Path]:
    """Give a copy of the catalogue, with what is beside it, that has a slip."""
    with tempfile.TemporaryDirectory() as scratch:
        home = shutil.copytree(judging.good.resolve().parent, Path(scratch) / "copy")
        folder = home / judging.good.resolve().name
        file = folder / slip.file
        text = file.read_text(encoding="utf-8")
        if slip.old not in text:
            raise ContractBroken(f"'{slip.old}' does not stand in {slip.file}")
        file.write_text(text.replace(slip.old, slip.new, 1), encoding="utf-8")
        yield folder


def _judge(judging: Judging, slip: Slip, found: Sequence[Problem], folder: Path) -> None:
    codes = {problem.code for problem in found}
    if codes - set(judging.check.codes):
        strange = ", ".join(sorted(codes - set(judging.check.codes)))
        raise ContractBroken(f"{strange} is found, and not among the check's codes")
    if slip.code not in codes:
        raise ContractBroken(f"{slip.new!r} in {slip.file}: {slip.code} is not found")
    if slip.at:
        places = [_shown(problem, folder) for problem in found if problem.code == slip.code]
        if not any(shown.startswith(slip.at) for shown in places):
            raise ContractBroken(f"{slip.code} stands at {places}, and not at {slip.at!r}")


def _shown(problem: Problem, folder: Path) -> str:
    """Return the rest of the line at which a problem stands; empty for no place in the folder."""
    place = problem.position
    if place is None or not place.line:
        return ""
    file = Path(place.file).absolute()
    if not file.is_relative_to(folder.absolute()):
        return ""
    return file.read_text(encoding="utf-8").splitlines()[place.line - 1][place.column - 1 :]
