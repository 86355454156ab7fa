"""Looks again whenever a file of a folder changes: the editor's loop."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

Snapshot = Mapping[Path, tuple[int, int]]


def snapshot(folder: Path) -> Snapshot:
    """Return time of change and size of each YAML file and of the runbooks beside the folder."""
    notes = folder.resolve().parent / "runbooks"
    files = [*folder.rglob("*.yaml"), *notes.rglob("*.yaml"), *notes.glob("*.md")]
    return {file: found for file in files for found in _state(file)}


def _state(file: Path) -> Iterator[tuple[int, int]]:
    """Yield a file's state; nothing when it has just been moved away, as editors do."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return
    yield status.st_mtime_ns, status.st_size


def changes(folder: Path, pause: Callable[[], None]) -> Iterator[None]:
    """Yield at once, and again after each change; ``pause`` waits between two looks."""
    while True:
        seen = snapshot(folder)
        yield
        while snapshot(folder) == seen:
            pause()
