"""Which catalogue builds on which: each is there once, however many build on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from sothat.generator.circles import circles
from sothat.generator.loading.packs import Base, Pack
from sothat.model.problem import Problem

Graph = Mapping[Path, tuple[Base, ...]]


@dataclass(frozen=True, slots=True)
class Level:
    """One catalogue.

    Attributes:
        pack: What it says of those below; None: it builds on none.
        bases: The numbers of those that it builds on.
        files: Of its own documents.
    """

    pack: Pack | None
    bases: tuple[int, ...]
    files: frozenset[str]


@dataclass(frozen=True)
class Composition:
    """All catalogues of a run by number: each after those that it builds on, the last on top.

    The order is the same in whichever order packs name what they build on.
    """

    levels: tuple[Level, ...]

    @property
    def top(self) -> int:
        """Return the number of the catalogue that the run is about."""
        return len(self.levels) - 1

    @cached_property
    def below(self) -> tuple[frozenset[int], ...]:
        """Return, for each catalogue, all that it builds on, at first hand or not."""
        found: list[frozenset[int]] = []
        for level in self.levels:
            found.append(frozenset(level.bases).union(*(found[base] for base in level.bases)))
        return tuple(found)

    @cached_property
    def home(self) -> Mapping[str, int]:
        """Return the catalogue of each file."""
        return MappingProxyType(
            {file: number for number, level in enumerate(self.levels) for file in level.files}
        )

    def highest(self, numbers: Iterable[int]) -> frozenset[int]:
        """Return those of some catalogues on which none of the others builds."""
        given = frozenset(numbers)
        return given - frozenset[int]().union(*(self.below[number] for number in given))


def circle_problems(graph: Graph, packs: Mapping[Path, Pack]) -> tuple[Problem, ...]:
    """Return what is wrong where catalogues build on themselves, or lie within one another."""
    edges = {str(folder): [str(base.folder) for base in bases] for folder, bases in graph.items()}
    within = (
        _within(packs[folder], base)
        for folder, bases in graph.items()
        for base in bases
        if folder != base.folder and _nested(folder, base.folder)
    )
    return (*(_circle(graph, packs, path) for path in circles(edges)), *within)


def without_circles(graph: Graph) -> Graph:
    """Return a graph without the edges that problems are told of."""
    kept = {
        folder: tuple(base for base in bases if not _nested(folder, base.folder))
        for folder, bases in graph.items()
    }
    while found := circles({str(f): [str(b.folder) for b in bases] for f, bases in kept.items()}):
        for path in found:
            last, first = Path(path[-1]), Path(path[0])
            kept[last] = tuple(base for base in kept[last] if base.folder != first)
    return kept


def _nested(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _circle(graph: Graph, packs: Mapping[Path, Pack], path: tuple[str, ...]) -> Problem:
    last, first = Path(path[-1]), Path(path[0])
    (base,) = (base for base in graph[last] if base.folder == first)
    files = [packs[Path(folder)].document.file for folder in path]
    message = "a catalogue builds on itself"
    if len(path) > 1:
        message = f"catalogues build on one another: {' → '.join((*files, files[0]))}"
    hint = "leave this line out, or one of the others"
    return packs[last].document.problem("pack-circle", message, base.place, hint=hint)


def _within(pack: Pack, base: Base) -> Problem:
    message = f"'{base.name}' and this catalogue lie one within the other"
    hint = "all below a catalogue's folder is read as part of it: put them side by side"
    return pack.document.problem("pack-circle", message, base.place, hint=hint)


def in_order(graph: Graph, top: Path) -> tuple[Path, ...]:
    """Return the folders of a graph without circles that the top builds on, and it as the last.

    Those of equal height stand by the names that packs give them: these are the same on every
    machine, and in whatever order a pack names them.
    """
    names: dict[Path, list[str]] = {}
    heights: dict[Path, int] = {}
    waiting = [top]
    while waiting:
        folder = waiting[-1]
        missing = [base.folder for base in graph[folder] if base.folder not in heights]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        if folder not in heights:
            heights[folder] = 1 + max((heights[base.folder] for base in graph[folder]), default=0)
            for base in graph[folder]:
                names.setdefault(base.folder, []).append(base.name)
    return tuple(sorted(heights, key=lambda f: (heights[f], min(names.get(f, [""])), str(f))))
