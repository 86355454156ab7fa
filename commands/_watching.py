"""Looks again whenever a file of some folders changes: the editor's loop."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

Snapshot = Mapping[Path, tuple[int, int]]


def snapshot(folders: Iterable[Path]) -> Snapshot:
    """Return time of change and size of each YAML file, and of the runbooks beside the folders."""
    return {file: found for folder in folders for file in _files(folder) for found in _state(file)}


def _files(folder: Path) -> Iterator[Path]:
    notes = folder.resolve().parent / "runbooks"
    yield from folder.rglob("*.yaml")
    yield from notes.rglob("*.yaml")
    yield from notes.glob("*.md")


def _state(file: Path) -> Iterator[tuple[int, int]]:
    """Yield a file's state; nothing when it has just been moved away, as editors do."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return
    yield status.st_mtime_ns, status.st_size


def changes(folders: Callable[[], Iterable[Path]], pause: Callable[[], None]) -> Iterator[None]:
    """Yield at once, and again after each change.

    Args:
        folders: Returns those to look at; asked anew after each change, which may add some.
        pause: Waits between two looks.
    """
    while True:
        looked_at = tuple(folders())
        seen = snapshot(looked_at)
        yield
        while snapshot(looked_at) == seen:
            pause()
