"""What a run may remember of the one before it, so that an editor's loop stays quick."""

from collections.abc import Callable
from pathlib import Path

from sothat.generator.draft import Expression
from sothat.generator.loading.files import ReadFile, read_file
from sothat.generator.proving.book import CaseBook
from sothat.generator.typecheck.world import World
from sothat.model.alert import Recording
from sothat.model.metric import Contract

Typed = tuple[World, tuple[Expression, ...]]
Key = tuple[tuple[Contract, ...], tuple[Recording, ...], tuple[Recording, ...], float]


class Memory:
    """Files that have not changed since, and the typed world while no recording rule has.

    Whoever runs the compiler again and again keeps one; a single run begins with an empty one.
    """

    def __init__(
        self, book: CaseBook | None = None, read: Callable[[Path], ReadFile] | None = None
    ) -> None:
        """Begin empty, or with what others have done.

        Args:
            book: The tests that earlier processes have made.
            read: Reads a file, or has had it read.
        """
        self.book = book or CaseBook()
        self.reader = read or read_file
        self._files: dict[Path, tuple[tuple[int, int, int], ReadFile]] = {}
        self._key: Key | None = None
        self._typed: Typed | None = None

    def read(self, path: Path) -> ReadFile:
        """Return a file as it is, read again only where its time, size or place has changed."""
        try:
            status = path.stat()
        except OSError:  # reported by reading it
            return self.reader(path)
        state = (status.st_mtime_ns, status.st_size, status.st_ino)
        known = self._files.get(path)
        if known is None or known[0] != state:
            known = self._files[path] = (state, self.reader(path))
        return known[1]

    def forget_files(self) -> None:
        """Let go of all files: nobody reads them again."""
        self._files.clear()

    def world(self, key: Key, make: Callable[[], Typed]) -> Typed:
        """Return the world of these contracts and recording rules, made anew for others only."""
        if self._typed is None or self._key != key:
            self._key, self._typed = key, make()
        return self._typed
