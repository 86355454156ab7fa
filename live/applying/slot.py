"""One file that is changed as a whole: what is needed to change it back waits beside it."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Slot:
    """A file with a new content and an old one.

    Both wait beside the file before it is touched, so that putting one in place is a rename:
    atomic, and possible on a disk that is full.

    Attributes:
        old: What it held before; None: there was no file.
    """

    file: Path
    old: bytes | None
    new: bytes

    def stage(self) -> None:
        """Let both contents wait beside the file.

        Raises:
            OSError: There is no room, or no right to write.
        """
        _write(self._waiting("new"), self.new)
        if self.old is not None:
            _write(self._waiting("old"), self.old)
        self._keep_rights()

    def put_new(self) -> None:
        """Put the new content in place.

        Raises:
            OSError: It cannot be.
        """
        self._put("new", self.new)

    def put_old(self) -> None:
        """Put the old content in place again, or remove the file that was not there.

        Raises:
            OSError: It cannot be.
        """
        if self.old is None:
            self.file.unlink(missing_ok=True)
            _sync_folder(self.file.parent)
        else:
            self._put("old", self.old)

    def clear(self) -> None:
        """Remove what waits."""
        for name in ("new", "old"):
            with suppress(OSError):
                self._waiting(name).unlink(missing_ok=True)

    def holds(self, content: bytes | None) -> bool:
        """Return whether the file has a content; None: whether there is no file."""
        return content_of(self.file) == content

    def _put(self, name: str, content: bytes) -> None:
        if self.holds(content):
            return
        waiting = self._waiting(name)
        if content_of(waiting) != content:
            _write(waiting, content)
        waiting.replace(self.file)
        _sync_folder(self.file.parent)

    def _waiting(self, name: str) -> Path:
        """Return where a content waits; the ending keeps it out of a pattern such as *.yaml."""
        return self.file.with_name(f".{self.file.name}.sothat-{name}")

    def _keep_rights(self) -> None:
        """Give what waits the owner and the rights of the file: its server must read it."""
        with suppress(FileNotFoundError):
            was = self.file.stat()
            for name in ("new", "old"):
                waiting = self._waiting(name)
                waiting.chmod(was.st_mode & 0o7777)
                with suppress(PermissionError):
                    os.chown(waiting, was.st_uid, was.st_gid)


def content_of(file: Path) -> bytes | None:
    """Return a file's content, None where there is no file."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def write_whole(file: Path, content: bytes) -> None:
    """Write a file so that whoever reads it finds the old content or the new, after a crash too.

    Raises:
        OSError: It cannot be written; it is as it was.
    """
    waiting = file.with_name(f".{file.name}.writing")
    _write(waiting, content)
    waiting.replace(file)
    _sync_folder(file.parent)


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename last; some file systems know no such thing."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
