"""The entries of a folder whose shape is right, and what each of them inherits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from sothat.generator.layers import Layer, merged
from sothat.generator.loading.files import kind_of
from sothat.generator.loading.folder import Folder
from sothat.generator.loading.settling import Conflict, Settled, conflict_problems, settle
from sothat.generator.schemas import schema_for
from sothat.generator.values import Values
from sothat.model.problem import Problem
from sothat.runtime.documents import Document
from sothat.runtime.schema import validator

# Kinds of documents that hold entries with settings, and the key of their list.
_LISTS = MappingProxyType({"Alerts": "alerts", "SLOs": "slos"})
# What an entry inherits from the head of its file, beside the file's defaults.
_HEAD = ("domain", "owner", "board")
# What each entry must have in the end, wherever it comes from.
_NEEDED = ("domain", "owner")


@dataclass(frozen=True, slots=True)
class Entry:
    """An alert or a service level as it stands in a document.

    Attributes:
        key: The list that holds it: ``alerts`` or ``slos``.
        layers: Its settings, the farthest first.
    """

    document: Document
    key: str
    number: int
    layers: tuple[Layer, ...]

    @property
    def own(self) -> Mapping[str, Any]:
        """Return what stands in the entry itself."""
        settings: Mapping[str, Any] = self.document.data[self.key][self.number]
        return settings

    @property
    def name(self) -> str:
        """Return its name."""
        return str(self.own["name"])

    def path(self, *keys: str) -> list[str | int]:
        """Return the path of a part of it in its document."""
        return [self.key, self.number, *keys]

    def problems(self) -> Iterator[Problem]:
        """Yield what neither it nor anything that it inherits from says."""
        settings = merged(self.layers)
        for key in _NEEDED:
            if key not in settings:
                message = f"the key '{key}' is missing, and {self.name} inherits none"
                hint = f"add '{key}' to the entry, to the head of its file, or to a defaults file"
                yield self.document.problem("missing-key", message, self.path("name"), hint=hint)


@dataclass(frozen=True, slots=True)
class Entries:
    """All entries of a folder.

    Attributes:
        sound: Those that can be resolved.
        lost: Names of the others.
        problems: Why entries that are well-formed cannot be resolved.
        left_out: By name why a catalogue above does not take it over.
        disputed: What catalogues that do not build on one another have changed differently.
    """

    sound: tuple[Entry, ...]
    lost: frozenset[str]
    problems: tuple[Problem, ...]
    left_out: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    disputed: tuple[Problem, ...] = ()


def read_entries(folder: Folder, values: Values) -> Entries:
    """Return the entries of all documents, in the order of files and lists."""
    lost: set[str] = set()
    left_out: dict[str, str] = {}
    found: list[Entry] = []
    conflicts: list[Conflict] = []
    for document in (d for kind in _LISTS for d in folder.of_kind(kind)):
        key = _LISTS[kind_of(document)]
        listed, broken = listed_in(document, key), broken_in(document, key, folder)
        lost |= {str(_get(listed[i], "name")) for i in broken}
        inherited = _inherited(document, folder)
        for number in range(len(listed)):
            if number in broken:
                continue
            name = listed[number]["name"]
            settings = (*inherited, Layer("entry", document, (key, number), listed[number]))
            settled = _settled(folder, document, name, settings)
            conflicts += settled.conflicts
            if settled.layers is None:
                left_out[name] = settled.why
                continue
            tuned = values.layers(name) if key == "alerts" else ()
            layers = (*settings, *settled.layers, *tuned)
            found.append(Entry(document, key, number, layers))
    faults = {id(entry): tuple(entry.problems()) for entry in found}
    lost |= {entry.name for entry in found if faults[id(entry)]}
    sound = tuple(entry for entry in found if not faults[id(entry)])
    problems = tuple(problem for each in faults.values() for problem in each)
    disputed = tuple(conflict_problems(conflicts, _top(folder)))
    return Entries(sound, frozenset(lost), problems, MappingProxyType(left_out), disputed)


def _settled(folder: Folder, document: Document, name: str, layers: tuple[Layer, ...]) -> Settled:
    """Return what catalogues above make of an entry."""
    composition = folder.composition
    if composition is None or document.file not in folder.inherited:
        return Settled(())
    return settle(composition, composition.home[document.file], name, layers)


def _top(folder: Folder) -> str:
    """Return the file of the topmost pack."""
    pack = folder.composition.levels[-1].pack if folder.composition else None
    return pack.document.file if pack else ""


def _inherited(document: Document, folder: Folder) -> tuple[Layer, ...]:
    """Return what each entry of a document inherits: defaults of its folders, then its head."""
    head = {key: document.data[key] for key in _HEAD if key in document.data}
    return (
        *_defaults(document, folder),
        Layer("file", document, (), head),
        Layer("file", document, ("defaults",), document.data.get("defaults", {})),
    )


def _defaults(document: Document, folder: Folder) -> Iterator[Layer]:
    """Yield the defaults that hold for a document, those of outer folders first."""
    homes = PurePath(document.file).parents
    holding = [
        defaults
        for defaults in folder.of_kind("Defaults")
        if defaults.file not in folder.broken and PurePath(defaults.file).parent in homes
    ]
    for defaults in sorted(holding, key=lambda d: len(PurePath(d.file).parts)):
        settings = {k: v for k, v in defaults.data.items() if k not in ("apiVersion", "kind")}
        yield Layer("defaults", defaults, (), settings)


def listed_in(document: Document, key: str) -> Any:
    """Return the list of a document, an empty one where it has none."""
    entries = _get(document.data, key)
    return entries if isinstance(entries, list) else []


def names_in(document: Document) -> frozenset[str]:
    """Return the names of a document's entries, whatever else is wrong with them."""
    names = (_get(each, "name") for key in _LISTS.values() for each in listed_in(document, key))
    return frozenset(name for name in names if isinstance(name, str))


def domains_in(document: Document) -> frozenset[str]:
    """Return the domains that a document names, in its head or in an entry."""
    return frozenset(_said(document, "domain"))


def owners_in(document: Document) -> frozenset[str]:
    """Return the teams that a document names as owners, or says what they are."""
    teams = _get(document.data, "teams")
    changed = _get(document.data, "alerts")
    packs = (*_strings(_get(document.data, "owners")), *_strings(changed, "owner"))
    described = teams if isinstance(teams, Mapping) else ()
    return frozenset((*_said(document, "owner"), *packs, *described))


def _strings(data: Any, key: str = "") -> Iterator[str]:
    """Yield the values of a mapping that are strings, or what they have at a key."""
    values = data.values() if isinstance(data, Mapping) else ()
    found = (_get(each, key) if key else each for each in values)
    return (each for each in found if isinstance(each, str))


def _said(document: Document, key: str) -> Iterator[str]:
    """Yield what a document says at a key, in its head or in an entry."""
    entries = (each for name in _LISTS.values() for each in listed_in(document, name))
    found = (_get(each, key) for each in (document.data, *entries))
    return (each for each in found if isinstance(each, str))


def _get(data: Any, key: str) -> Any:
    return data.get(key) if isinstance(data, Mapping) else None


def broken_in(document: Document, key: str, folder: Folder) -> set[int]:
    """Return the numbers of the entries whose shape is wrong.

    A problem of the document's head, such as a missing owner, breaks them all.
    """
    if document.file not in folder.broken:
        return set()
    schema = schema_for(kind_of(document))
    entries = listed_in(document, key)
    head = {**schema, "properties": {**schema["properties"], key: True}}
    if not validator(head).is_valid(document.data):
        return set(range(len(entries)))
    entry = validator({**schema["properties"][key]["items"], "$defs": schema["$defs"]})
    return {number for number, data in enumerate(entries) if not entry.is_valid(data)}
