"""The gate between reading and writing: only what passed every check gets a `CheckedCatalogue`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sothat.generator.board_links import board_urls
from sothat.generator.dead_panels import left_out_boards
from sothat.generator.draft import Draft, Notes
from sothat.generator.exemptions import excused
from sothat.generator.proving.workshop import Workshop
from sothat.generator.typecheck.world import World
from sothat.generator.values import Values
from sothat.model.alert import Catalogue
from sothat.model.board import Board
from sothat.model.metric import Series
from sothat.model.problem import Position, Problem, Severity
from sothat.model.runbook import Message, Runbook
from sothat.runtime.forks import begun
from sothat.runtime.plugins import kept, offered

GROUP = "sothat.checks"
_SEAL = object()
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of finding, or a few of a family.

    Attributes:
        codes: The codes of the problems it can report; each has a page in the documentation.
        find: Returns the problems of a draft; pure.
        binding: Whether there are no exceptions, for what it finds cannot be compiled.
        shares: Whether it works with what the draft keeps, boards that are built and tests that
            are made, for other checks and for what is written later; no other process does it.
    """

    codes: tuple[str, ...]
    find: Callable[[Draft], Iterable[Problem]]
    binding: bool = False
    shares: bool = False


class Refused(Exception):  # noqa: N818 – it is named for what happened to the catalogue
    """The catalogue was read and has problems; commands print them and exit with 1."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


class CheckedCatalogue:
    """A catalogue that passed every check, with all that emitters need; made by `check` alone."""

    __slots__ = (
        "_made",
        "boards",
        "catalogue",
        "dashboard_urls",
        "notes",
        "runbooks",
        "series",
        "values",
        "warnings",
        "workshop",
        "world",
    )

    catalogue: Catalogue
    series: Mapping[str, Series]
    values: Values
    world: World
    notes: Mapping[str, Notes]
    runbooks: tuple[Runbook | Message, ...]
    boards: tuple[Board, ...]
    dashboard_urls: Mapping[str, str]
    workshop: Workshop
    warnings: tuple[Problem, ...]

    def __init__(self, draft: Draft, warnings: Iterable[Problem], seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("a CheckedCatalogue comes from sothat.generator.checked.check")
        self._made: dict[Callable[[CheckedCatalogue], Any], Any] = {}
        self.catalogue = draft.catalogue
        self.workshop = draft.workshop
        self.series = draft.world.series
        self.values = draft.values
        self.world = draft.world
        self.notes = draft.notes
        self.runbooks = draft.runbooks
        self.warnings = tuple(warnings)
        left_out = {board.uid for board in left_out_boards(draft)}
        fitting = (board for board in draft.boards if board.uid not in left_out)
        self.boards = (*fitting, *draft.made_boards)
        self.dashboard_urls = board_urls(self.catalogue, self.values, self.boards, self.series)

    def once(self, make: Callable[["CheckedCatalogue"], _Made]) -> _Made:
        """Return what a pure function makes of this catalogue, made once for all emitters."""
        if make not in self._made:
            self._made[make] = make(self)
        made: _Made = self._made[make]
        return made


def installed_checks() -> tuple[Check, ...]:
    """Return every installed check, sorted by name."""
    return tuple(offered(GROUP, "CHECK", Check).values())


def problems_of(draft: Draft, checks: Iterable[Check], jobs: int = 1) -> list[Problem]:
    """Return what the checks find and no exception lets pass, in the order of files and lines.

    Args:
        draft: What they look at.
        checks: Those to run.
        jobs: How many processes take part.
    """
    every = tuple(checks)
    apart = [check for check in every if not check.shares]
    with begun(lambda check: _found(check, draft), apart, jobs) as others:
        found = [problem for check in every if check.shares for problem in _found(check, draft)]
        found += [problem for problems in others.results() for problem in problems]
    allowed = (code for check in every if not check.binding for code in check.codes)
    return in_order(excused(found, draft.exemptions, allowed, draft.today))


def _found(check: Check, draft: Draft) -> list[Problem]:
    whose = f"{GROUP}: what {check.find.__module__} finds"
    return [kept(each, Problem, whose) for each in kept(check.find(draft), Iterable, whose)]


def check(
    draft: Draft, checks: Iterable[Check], earlier: Iterable[Problem] = (), jobs: int = 1
) -> CheckedCatalogue:
    """Return the checked catalogue.

    Args:
        draft: What was read.
        checks: The checks to run, all of them whatever the others find.
        earlier: Problems that reading found.
        jobs: How many processes take part.

    Raises:
        Refused: There is any error, of reading or of the checks.
    """
    found = in_order([*earlier, *problems_of(draft, checks, jobs)])
    if any(problem.severity is Severity.ERROR for problem in found):
        raise Refused(found)
    return CheckedCatalogue(draft, found, _SEAL)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems once each, by file and line; those without a place come last."""
    nowhere = Position("")
    return sorted(
        dict.fromkeys(problems),
        key=lambda p: (p.position is None, p.position or nowhere, p.code, p.message),
    )
