"""Extensions that the project around a catalogue declares and nobody has installed."""

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from sothat.generator.loading.files import shown_path
from sothat.model.problem import Position, Problem, Severity

_OURS = "sothat."


def installed_names(group: str) -> Collection[str]:
    """Return the names in an entry-point group of all installed packages."""
    return entry_points(group=group).names


def uninstalled_problems(
    catalogue: Path, installed: Callable[[str], Collection[str]] = installed_names
) -> Iterator[Problem]:
    """Yield a warning where metrics or boards are missing only because a pack is not installed.

    Args:
        catalogue: Its folder; the project is the folder above, or itself.
        installed: Gives the names in an entry-point group.
    """
    for folder in (catalogue, catalogue.absolute().parent):
        file = folder / "pyproject.toml"
        lacking = {
            name: None
            for group, points in _declared(file).items()
            for name in sorted(set(points) - set(installed(group)))
        }
        if lacking:
            yield Problem(
                "pack-not-installed",
                f"the pack declares what is not installed here: {', '.join(lacking)}",
                Position(shown_path(file)),
                hint=f"pip install -e {shown_path(file.parent)}",
                severity=Severity.WARNING,
            )


def _declared(file: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return what a project registers with us, by group; one that makes no sense nothing."""
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        points = project["entry-points"].items()
        return {group: dict(found) for group, found in points if group.startswith(_OURS)}
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return {}
