"""Extensions by entry point: built-ins and teams' own register alike, failures are fatal."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

from sothat.model.problem import unusable


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


def offered(group: str, attribute: str) -> Mapping[str, Any]:
    """Return what a group's modules offer under one name, each loaded only when it is looked up.

    So a heavy library costs only those who use what needs it.

    Raises:
        Unusable: Two packages claim one name; what cannot be loaded is told on look-up.
    """
    return _Offered(group, attribute, _points(group, None))


class _Offered(Mapping[str, Any]):
    """Python itself remembers the modules that were loaded."""

    def __init__(self, group: str, attribute: str, points: Mapping[str, EntryPoint]) -> None:
        self._group = group
        self._attribute = attribute
        self._points = points

    def __getitem__(self, name: str) -> Any:
        return getattr(_load(self._group, self._points[name]), self._attribute)

    def __iter__(self) -> Iterator[str]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)


def _points(group: str, points: Iterable[EntryPoint] | None) -> Mapping[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group) if points is None else points:
        first = found.setdefault(point.name, point)
        if first.value != point.value:
            message = f"{group}: '{point.name}' is claimed by {first.value} and {point.value}"
            raise unusable("extension-clash", message, hint="uninstall or rename one of the two")
    return {name: found[name] for name in sorted(found)}


def _load(group: str, point: EntryPoint) -> Any:
    try:
        return point.load()
    except (ImportError, AttributeError, SyntaxError) as error:
        message = f"{group}: '{point.name}' ({point.value}) cannot be loaded: {error}"
        raise unusable("extension-broken", message, hint=_remedy(point, error)) from error


def _remedy(point: EntryPoint, error: Exception) -> str:
    """Return what to do: a module of somebody else's that is missing wants to be installed."""
    package = point.dist.name if point.dist else "it"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing and missing.partition(".")[0] != point.module.partition(".")[0]:
        return f"install the package with the module '{missing}', or uninstall {package}"
    return f"repair or uninstall {package}"
