"""The documents of kind Dependencies as the model has them."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from sothat.generator.loading.folder import Folder
from sothat.model.dependencies import Component, Mention, Need
from sothat.model.problem import Problem
from sothat.runtime.documents import Document

KIND = "Dependencies"
_LISTS = ("down", "alerts")


def read_components(folder: Folder, left_out: Collection[str] = ()) -> Mapping[str, Component]:
    """Return the components of all documents whose shape is right, sorted by name.

    Of two with one name the first counts; see `dependency_problems`.

    Args:
        folder: The catalogue.
        left_out: Alerts that are not taken over from a catalogue below.
    """
    found: dict[str, Component] = {}
    for document in _sound(folder):
        for name, data in document.data["components"].items():
            found.setdefault(name, _component(document, name, _without(data, left_out)))
    return MappingProxyType(dict(sorted(found.items())))


def dependency_problems(folder: Folder) -> list[Problem]:
    """Return the components that more than one document declares."""
    first: dict[str, Document] = {}
    problems: list[Problem] = []
    for document in _sound(folder):
        for name in document.data["components"]:
            if name in first:
                message = f"a second component '{name}'; the first is in {first[name].file}"
                hint = "join the two, or rename one"
                path = ("components", name)
                problems.append(document.problem("duplicate-component", message, path, hint=hint))
            first.setdefault(name, document)
    return problems


def _without(data: Mapping[str, Any], left_out: Collection[str]) -> Mapping[str, Any]:
    """Return a component without the alerts that nobody has; the places of the others stay."""
    if not left_out:
        return data
    lists = {
        key: [None if name in left_out else name for name in data.get(key, ())] for key in _LISTS
    }
    return {**data, **lists}


def _sound(folder: Folder) -> Iterable[Document]:
    broken = {problem.position.file for problem in folder.shape if problem.position}
    return [document for document in folder.of_kind(KIND) if document.file not in broken]


def _component(document: Document, name: str, data: Mapping[str, Any]) -> Component:
    path = ["components", name]
    return Component(
        name=name,
        position=document.position(path, key=True),
        down=_mentions(document, [*path, "down"], data),
        alerts=_mentions(document, [*path, "alerts"], data),
        needs=tuple(
            Need(Mention(need, document.position([*path, "needs", need], key=True)), tuple(labels))
            for need, labels in data.get("needs", {}).items()
        ),
        identity=tuple(data.get("identity", ())),
    )


def _mentions(document: Document, path: list[str], data: Mapping[str, Any]) -> tuple[Mention, ...]:
    names = data.get(path[-1], ())
    return tuple(
        Mention(name, document.position([*path, number]))
        for number, name in enumerate(names)
        if name is not None
    )
