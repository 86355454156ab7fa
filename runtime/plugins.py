"""Extensions by entry point: built-ins and teams' own register alike, failures are fatal."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from inspect import get_annotations
from types import MappingProxyType
from typing import Any, TypeVar

from sothat.model.problem import Unusable, unusable
from sothat.runtime.blame import broken, in_words

_T = TypeVar("_T")


def load_extensions(group: str, points: Iterable[EntryPoint] | None = None) -> Mapping[str, Any]:
    """Return what a group's entry points name, sorted by name.

    Args:
        group: Entry-point group such as ``sothat.checks``.
        points: The entry points; default: those of the installed packages.

    Raises:
        Unusable: Two packages claim one name, or one cannot be loaded; both sides are named.
    """
    found = _points(group, points)
    return MappingProxyType({name: _load(group, found[name]) for name in found})


def offered(
    group: str,
    attribute: str,
    contract: type = object,
    points: Iterable[EntryPoint] | None = None,
) -> Mapping[str, Any]:
    """Return what a group's modules offer under one name, each loaded only when it is looked up.

    So a heavy library costs only those who use what needs it.

    Args:
        group: As for `load_extensions`.
        attribute: The name.
        contract: What is offered there: a class, or a protocol.
        points: As for `load_extensions`.

    Raises:
        Unusable: Two packages claim one name; what cannot be loaded, or does not keep the
            contract, is told on look-up.
    """
    return _Offered(group, attribute, contract, _points(group, points))


def kept(value: _T, contract: type, whose: str) -> _T:
    """Return what an extension has given, if that keeps its contract.

    Args:
        value: What it has given.
        contract: A class, or a protocol, of which each public part must be there.
        whose: What gave it, and what it is, for the sentence.

    Raises:
        Unusable: It does not.
    """
    wanting = _wanting(value, contract)
    if wanting:
        raise unusable("extension-broken", f"{whose} {wanting}", hint="repair or uninstall it")
    return value


class _Offered(Mapping[str, Any]):
    """Python itself remembers the modules that were loaded."""

    def __init__(
        self, group: str, attribute: str, contract: type, points: Mapping[str, EntryPoint]
    ) -> None:
        self._group = group
        self._attribute = attribute
        self._contract = contract
        self._points = points

    def __getitem__(self, name: str) -> Any:
        point = self._points[name]
        module = _load(self._group, point)
        whose = f"{self._group}: '{name}' ({point.value})"
        if not hasattr(module, self._attribute):
            message = f"{whose} offers nothing by the name {self._attribute}"
            raise unusable("extension-broken", message, hint="repair or uninstall it")
        return kept(getattr(module, self._attribute), self._contract, f"{whose}: {self._attribute}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)


def _wanting(value: object, contract: type) -> str:
    """Return what a value lacks to keep a contract, in words; empty if it lacks nothing."""
    if not getattr(contract, "_is_protocol", False):
        return "" if isinstance(value, contract) else f"is {_named(value)}, not {_of(contract)}"
    if isinstance(value, type):
        return f"is the class {value.__name__}; an object of it is wanted: {value.__name__}()"
    lacking = [part for part in _parts(contract) if not hasattr(value, part)]
    return f"is {_named(value)}, which has no {', no '.join(lacking)}" if lacking else ""


def _named(value: object) -> str:
    return "None" if value is None else _of(type(value))


def _of(kind: type) -> str:
    return f"of the type {kind.__name__}"


def _parts(protocol: type) -> list[str]:
    """Return the names of what a protocol asks for."""
    own = [each for each in protocol.__mro__ if getattr(each, "_is_protocol", False)]
    names = {name: None for each in own for name in (*get_annotations(each), *vars(each))}
    return [name for name in names if name == "__call__" or not name.startswith("_")]


def _points(group: str, points: Iterable[EntryPoint] | None) -> Mapping[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for point in _installed(tuple(sys.path)).get(group, ()) if points is None else points:
        first = found.setdefault(point.name, point)
        if first.value != point.value:
            message = f"{group}: '{point.name}' is claimed by {first.value} and {point.value}"
            raise unusable("extension-clash", message, hint="uninstall or rename one of the two")
    return {name: found[name] for name in sorted(found)}


@lru_cache(maxsize=4)
def _installed(_: tuple[str, ...]) -> Mapping[str, EntryPoints]:
    """Return the entry points by group; finding them reads a file of each package.

    Args:
        _: Where packages are looked for.
    """
    every = entry_points()
    return MappingProxyType({group: every.select(group=group) for group in every.groups})


def _load(group: str, point: EntryPoint) -> Any:
    try:
        return point.load()
    except Unusable:
        raise
    # A module that ends the process when it is imported is a script, and no extension.
    except (Exception, SystemExit) as error:
        message = f"{group}: '{point.name}' ({point.value}) cannot be loaded: {in_words(error)}"
        raise Unusable([broken(error, message, _remedy(point, error))]) from error


def _remedy(point: EntryPoint, error: BaseException) -> str:
    """Return what to do: a module of somebody else's that is missing wants to be installed."""
    package = point.dist.name if point.dist else "it"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing and missing.partition(".")[0] != point.module.partition(".")[0]:
        return f"install the package with the module '{missing}', or uninstall {package}"
    return f"repair or uninstall {package}"
