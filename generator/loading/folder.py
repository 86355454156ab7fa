"""Reads a catalogue's folder: its documents by kind, and the notes beside it."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from sothat.generator.draft import Notes
from sothat.generator.loading import runbooks
from sothat.generator.loading.composition import (
    Composition,
    Graph,
    Level,
    circle_problems,
    in_order,
    without_circles,
)
from sothat.generator.loading.files import (
    ReadFile,
    catalogue_files,
    kind_of,
    read_file,
    runbook_files,
    runbooks_folder,
    shown_path,
)
from sothat.generator.loading.packs import (
    KIND,
    Base,
    Pack,
    bases_of,
    pack_of,
    second_packs,
)
from sothat.model.problem import Position, Problem, Unusable, unusable
from sothat.runtime.documents import Document


@dataclass(frozen=True)
class Folder:
    """The documents of a catalogue in the order of their file names.

    Attributes:
        shape: Problems of the documents' shape.
        unreadable: Problems of files that could not be read as YAML at all.
        composition: The catalogues that these are of; None: of one that builds on none.
        policies: Of catalogues below, where one above has its own.
        inherited: Files of catalogues below, those of notes included.
    """

    documents: tuple[Document, ...]
    notes: Mapping[str, Notes]
    shape: tuple[Problem, ...]
    unreadable: tuple[Problem, ...]
    composition: Composition | None = None
    policies: tuple[Document, ...] = ()
    inherited: frozenset[str] = frozenset()

    def of_kind(self, kind: str) -> list[Document]:
        """Return the documents of a kind."""
        return self._by_kind.get(kind, [])

    @cached_property
    def broken(self) -> frozenset[str]:
        """Return the files whose shape is wrong."""
        return frozenset(found.position.file for found in self.shape if found.position)

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Document]]:
        found: dict[str, list[Document]] = {}
        for document in self.documents:
            found.setdefault(kind_of(document), []).append(document)
        return found


def read_folder(folder: Path, read: Callable[[Path], ReadFile] = read_file) -> Folder:
    """Read a catalogue, and those that it builds on.

    Args:
        folder: The catalogue's.
        read: Reads one file, or remembers it.

    Raises:
        Unusable: A folder is missing or holds no catalogue, or an installed one cannot be loaded.
    """
    found = _found(folder, read)
    top = folder.resolve()
    if found[top].pack is None:
        return found[top].folder
    graph: Graph = {path: one.bases for path, one in found.items()}
    packs = {path: one.pack for path, one in found.items() if one.pack}
    sound = without_circles(graph)
    order = in_order(sound, top)
    numbers = {path: number for number, path in enumerate(order)}
    levels = tuple(
        Level(packs.get(path), _numbers(sound[path], numbers), found[path].files) for path in order
    )
    folders = [found[path].folder for path in order]
    return _composed(folders, Composition(levels), circle_problems(graph, packs))


def _numbers(bases: Iterable[Base], numbers: Mapping[Path, int]) -> tuple[int, ...]:
    return tuple(sorted(numbers[base.folder] for base in bases))


def folders_of(folder: Path, read: Callable[[Path], ReadFile] = read_file) -> tuple[Path, ...]:
    """Return the folders that a run reads: a catalogue's, and those below it that can be found."""
    found = {folder.resolve(): folder}
    for path in (waiting := [folder]):
        with suppress(Unusable):  # told by whoever reads the catalogue
            bases = _with_bases(_read_one(path, read)).bases
            new = {base.folder: base.path for base in bases if base.folder not in found}
            found.update(new)
            waiting += new.values()
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _One:
    """One catalogue by itself, and what it builds on."""

    folder: Folder
    pack: Pack | None = None
    bases: tuple[Base, ...] = ()

    @property
    def files(self) -> frozenset[str]:
        """Return the files of its documents and notes."""
        notes = (each.position.file for each in self.folder.notes.values())
        return frozenset((*(document.file for document in self.folder.documents), *notes))


def _found(folder: Path, read: Callable[[Path], ReadFile]) -> Mapping[Path, _One]:
    """Return a catalogue and all below it, each once, by its folder."""
    found: dict[Path, _One] = {}
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        if path.resolve() not in found:
            one = found[path.resolve()] = _with_bases(_read_one(path, read))
            waiting += (base.path for base in one.bases)
    return found


def _with_bases(folder: Folder) -> _One:
    documents = folder.of_kind(KIND)
    if len(documents) > 1:
        return _One(replace(folder, shape=(*folder.shape, *second_packs(documents))))
    if not documents or documents[0].file in folder.broken:
        return _One(folder)
    pack = pack_of(documents[0])
    bases = list(bases_of(pack.document))
    problems = [*pack.contradictions(), *(each for each in bases if isinstance(each, Problem))]
    known = {each.folder: each for each in bases if isinstance(each, Base)}
    return _One(replace(folder, shape=(*folder.shape, *problems)), pack, tuple(known.values()))


def _composed(
    folders: list[Folder], composition: Composition, problems: Iterable[Problem]
) -> Folder:
    """Return one catalogue of several, those below first."""
    governing = composition.highest(
        number for number, each in enumerate(folders) if each.of_kind("Policy")
    )
    documents: list[Document] = []
    policies: list[Document] = []
    for number, each in enumerate(folders):
        for document in each.documents:
            hidden = kind_of(document) == "Policy" and number not in governing
            (policies if hidden else documents).append(document)
    notes, clashes = _notes(folders, composition)
    shape = chain.from_iterable(each.shape for each in folders)
    return Folder(
        documents=tuple(documents),
        notes=MappingProxyType(notes),
        shape=(*shape, *problems, *clashes),
        unreadable=tuple(chain.from_iterable(each.unreadable for each in folders)),
        composition=composition,
        inherited=frozenset(
            file for file, home in composition.home.items() if home != composition.top
        ),
        policies=tuple(policies),
    )


def _notes(
    folders: list[Folder], composition: Composition
) -> tuple[dict[str, Notes], tuple[Problem, ...]]:
    """Return the notes that count, those above before those below, and where two clash."""
    by_name: dict[str, dict[int, Notes]] = {}
    for number, each in enumerate(folders):
        for name, notes in each.notes.items():
            by_name.setdefault(name, {})[number] = notes
    counting = {name: sorted(composition.highest(found)) for name, found in by_name.items()}
    kept = {name: by_name[name][numbers[-1]] for name, numbers in counting.items()}
    clashes = (
        _clash(name, [by_name[name][number] for number in numbers])
        for name, numbers in counting.items()
        if len({by_name[name][number].text for number in numbers}) > 1
    )
    return kept, tuple(clashes)


def _clash(name: str, notes: list[Notes]) -> Problem:
    *_, first, second = notes
    message = f"notes on '{name}' stand here and at {first.position.file}"
    hint = "write those that count beside the catalogue that builds on both"
    return Problem("pack-conflict", message, second.position, hint)


def _read_one(folder: Path, read: Callable[[Path], ReadFile]) -> Folder:
    """Read all ``*.yaml`` of a folder, and what is in the folder ``runbooks`` beside it."""
    files = catalogue_files(folder)
    if not files:
        position = Position(shown_path(folder))
        hint = "name a folder with at least a policy and one file of alerts"
        raise unusable("no-catalogue", "no YAML files here", position=position, hint=hint)
    found = [read(file) for file in (*files, *runbook_files(folder))]
    return Folder(
        documents=tuple(each.document for each in found if each.document is not None),
        notes=runbooks.read_notes(runbooks_folder(folder), shown_path),
        shape=tuple(problem for each in found for problem in each.shape),
        unreadable=tuple(problem for each in found for problem in each.unreadable),
    )
