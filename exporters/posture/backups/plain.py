"""Backups that are plain files: the newest one's age and size."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from stat import S_ISREG

from sothat.exporters.clock import Deadline
from sothat.exporters.posture.backups.backup import Backup
from sothat.exporters.posture.patterns import Walk
from sothat.exporters.source import PollFailed


def newest(folder: Path, pattern: str, deadline: Deadline) -> Sequence[Backup]:
    """Return what there is of files that match a pattern.

    Raises:
        OSError: A folder cannot be looked into.
        PollFailed: There are too many.
    """
    walk = Walk(folder, deadline)
    found = sorted(_stated(walk.files([pattern])))
    if walk.closed:
        raise PermissionError(f"cannot look into {walk.closed[0]}")
    if not found:
        return [Backup("", 0)]
    modified, size = found[-1]
    return [Backup("", len(found), modified, size)]


def _stated(paths: Iterator[Path]) -> Iterator[tuple[float, int]]:
    for path in paths:
        try:
            status = path.stat()
        except FileNotFoundError:  # deleted meanwhile: older ones are, every night
            continue
        except ValueError as error:
            raise PollFailed("unreadable", f"no file can have this name: {error}") from error
        if S_ISREG(status.st_mode):
            yield status.st_mtime, status.st_size
