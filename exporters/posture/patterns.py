"""Files by pattern: a bounded walk that follows no loops and waits for nothing."""

import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sothat.exporters.clock import Deadline
from sothat.exporters.source import PollFailed

MOST_ENTRIES = 200_000
MOST_FILES = 10_000
_DEEPEST = 64
_MAGIC = re.compile(r"[*?[]")


@dataclass(slots=True)
class Walk:
    """One walk over some patterns (``*``, ``?``, ``[…]``, and ``**`` for folders at any depth).

    Names that begin with a dot are matched by patterns that do. ``**`` does not enter links to
    folders. A pattern without magic stands for its file, whether or not there is one.

    Attributes:
        closed: Folders that could not be looked into.
    """

    folder: Path
    deadline: Deadline
    closed: list[Path] = field(default_factory=list)
    _entries: int = 0

    def files(self, patterns: Sequence[str]) -> Iterator[Path]:
        """Yield each file once, in the order of the patterns and then of names.

        Raises:
            PollFailed: There is more than can be walked through.
        """
        seen: set[Path] = set()
        for pattern in patterns:
            parts = (self.folder / pattern).parts
            for path in self._below(Path(parts[0]), parts[1:], 0):
                if path not in seen:
                    seen.add(path)
                    if len(seen) > MOST_FILES:
                        raise PollFailed("budget", f"more than {MOST_FILES} files match")
                    yield path

    def _below(self, base: Path, parts: Sequence[str], depth: int) -> Iterator[Path]:
        if not parts:
            yield base
        elif parts[0] == "**":
            yield from self._any_depth(base, parts[1:] or ("*",), depth)
        elif not _MAGIC.search(parts[0]):
            yield from self._below(base / parts[0], parts[1:], depth)
        else:
            yield from self._matching(base, parts, depth)

    def _matching(self, base: Path, parts: Sequence[str], depth: int) -> Iterator[Path]:
        matches = re.compile(fnmatch.translate(parts[0])).match
        hidden = parts[0].startswith(".")
        for entry in self._listed(base):
            if matches(entry.name) and (hidden or not entry.name.startswith(".")):
                if len(parts) > 1:
                    yield from self._below(base / entry.name, parts[1:], depth)
                elif not _is_folder(entry, follow=True):
                    yield base / entry.name

    def _any_depth(self, base: Path, rest: Sequence[str], depth: int) -> Iterator[Path]:
        yield from self._below(base, rest, depth)
        if depth < _DEEPEST:
            for entry in self._listed(base):
                if _is_folder(entry, follow=False) and not entry.name.startswith("."):
                    yield from self._any_depth(base / entry.name, rest, depth + 1)

    def _listed(self, folder: Path) -> list["os.DirEntry[str]"]:
        try:
            with os.scandir(folder) as found:
                return sorted(map(self._counted, found), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except (OSError, ValueError):
            self.closed.append(folder)
            return []

    def _counted(self, entry: "os.DirEntry[str]") -> "os.DirEntry[str]":
        self._entries += 1
        if self._entries > MOST_ENTRIES:
            raise PollFailed("budget", f"more than {MOST_ENTRIES} names to look at")
        if self.deadline.expired():
            raise PollFailed("deadline", "no time to look at all files")
        return entry


def _is_folder(entry: "os.DirEntry[str]", *, follow: bool) -> bool:
    try:
        return entry.is_dir(follow_symlinks=follow)
    except OSError:  # a loop of links: reading it will say so
        return False
