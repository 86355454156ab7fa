"""Extensions by entry point: built-ins and teams' own register alike, failures are fatal."""

from collections.abc import Iterable, Mapping
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
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group) if points is None else points:
        first = found.setdefault(point.name, point)
        if first.value != point.value:
            message = f"{group}: '{point.name}' is claimed by {first.value} and {point.value}"
            raise unusable("extension-clash", message, hint="uninstall or rename one of the two")
    return MappingProxyType({name: _load(group, found[name]) for name in sorted(found)})


def _load(group: str, point: EntryPoint) -> Any:
    try:
        return point.load()
    except (ImportError, AttributeError, SyntaxError) as error:
        message = f"{group}: '{point.name}' ({point.value}) cannot be loaded: {error}"
        raise unusable("extension-broken", message, hint="repair or uninstall it") from error
