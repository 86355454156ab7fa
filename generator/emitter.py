"""The contract of emitters: pure functions from the checked catalogue to artefacts."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Protocol, TypeVar

from sothat.generator.checked import CheckedCatalogue
from sothat.model.artefact import Artefact
from sothat.model.problem import unusable
from sothat.runtime.plugins import kept, offered

GROUP = "sothat.emitters"
_FIRST = "begun_first"
_Made = TypeVar("_Made")
# What a purpose needs, by the beginnings of paths.
PURPOSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"kubernetes": ("kubernetes/", "incidents/", "runbooks/", "kustomization.yaml")}
)


class Emitter(Protocol):
    """Turns the checked catalogue into files; no clock, no I/O, the same bytes every time."""

    def __call__(self, checked: CheckedCatalogue, /) -> Iterable[Artefact]:
        """Return the artefacts."""


def begun_first(emitter: _Made) -> _Made:
    """Mark an emitter that takes long, so that others are made beside it and not before it."""
    setattr(emitter, _FIRST, True)
    return emitter


def installed_emitters() -> tuple[Emitter, ...]:
    """Return every installed emitter, those first that take long, sorted by name otherwise."""
    found = offered(GROUP, "EMITTER", Emitter).values()
    return tuple(sorted(found, key=lambda emitter: not getattr(emitter, _FIRST, False)))


def emit_all(checked: CheckedCatalogue, emitters: Iterable[Emitter]) -> list[Artefact]:
    """Return what all emitters make, sorted by path.

    Raises:
        Unusable: Two emitters claim one path.
    """
    made = sorted(
        (artefact for emitter in emitters for artefact in _emitted(emitter, checked)),
        key=lambda artefact: artefact.path,
    )
    refuse_clashes([artefact.path for artefact in made])
    return made


def emit_for(purpose: str, emitter: Emitter, checked: CheckedCatalogue) -> Iterable[Artefact]:
    """Yield what an emitter makes for one purpose.

    Args:
        purpose: One of `PURPOSES`; empty for all there is.
        emitter: Makes it.
        checked: Of this.
    """
    wanted = PURPOSES.get(purpose, ("",))
    made = _emitted(emitter, checked)
    return (artefact for artefact in made if artefact.path.startswith(wanted))


def _emitted(emitter: Emitter, checked: CheckedCatalogue) -> Iterator[Artefact]:
    whose = f"{GROUP}: what {emitter.__module__} makes"
    for each in kept(emitter(checked), Iterable, whose):
        made = kept(each, Artefact, whose)
        path = kept(made.path, str, f"{whose}: a path")
        kept(made.text, str, f"{whose}: the text of {path}")
        yield made


def refuse_clashes(paths: Iterable[str]) -> None:
    """Refuse two artefacts of one path.

    Args:
        paths: The paths, sorted.

    Raises:
        Unusable: There are two.
    """
    for one, next_one in pairwise(paths):
        if one == next_one:
            raise unusable("artefact-clash", f"two emitters write {one}")
