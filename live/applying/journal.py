"""What an apply is about, on disk: whoever is killed leaves enough to go on or back."""

import fcntl
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sothat.live.applying.slot import content_of, write_whole
from sothat.model.problem import Position, unusable

_INDEX, _LOCK = "journal.json", "lock"
_FORMAT = 1
_NAME = re.compile(r"\d{8}T\d{12}Z")


class Status(StrEnum):
    """How far an apply is."""

    APPLYING = "applying"
    APPLIED = "applied"
    ROLLING_BACK = "rolling-back"
    ROLLED_BACK = "rolled-back"


@dataclass(frozen=True, slots=True)
class Entry:
    """One apply.

    Attributes:
        name: What tells it from others: the moment at which it began.
        order: The parts that change, in the order in which they do.
        files: The file of each part that is one.
        absent: The parts whose file was not there before.
        message: Why, for Grafana's history.
        step: The step that was begun last.
        notes: What could not be verified.
    """

    name: str
    status: Status
    order: tuple[str, ...]
    files: Mapping[str, str]
    absent: tuple[str, ...] = ()
    message: str = ""
    step: str = ""
    notes: tuple[str, ...] = ()

    @property
    def unfinished(self) -> bool:
        """Return whether it was interrupted, or is still going on."""
        return self.status in (Status.APPLYING, Status.ROLLING_BACK)


def name_of(at: datetime) -> str:
    """Return the name of an apply that begins at a moment, given in UTC."""
    return at.strftime("%Y%m%dT%H%M%S%fZ")


class Journal:
    """The folder with the last apply: its index, and the contents before and after."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Refuse a second apply while one goes on.

        Raises:
            Unusable: There is one, or the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self.folder / _LOCK).open("w")
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                message = "another apply is going on"
                position = Position(str(self.folder))
                raise unusable("apply-running", message, position=position) from error
            yield

    def read(self) -> Entry | None:
        """Return the last apply, None where there was none.

        Raises:
            Unusable: The journal is damaged.
        """
        index = self.folder / _INDEX
        raw = content_of(index)
        if raw is None:
            return None
        try:
            data = json.loads(raw)
            return _entry(data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            hint = "compare the servers with the catalogue (sothat plan), then remove the folder"
            message = "the journal of the last apply is damaged"
            position = Position(str(index))
            raise unusable("journal-damaged", message, position=position, hint=hint) from error

    def begin(self, entry: Entry, contents: Mapping[str, bytes]) -> None:
        """Put down what is to happen; the last apply is forgotten.

        Args:
            entry: The apply.
            contents: By name (``rules.old``, ``rules.new`` …), what is needed to go on or back.

        Raises:
            Unusable: It cannot be written; nothing has happened.
        """
        folder = self.folder / entry.name
        try:
            folder.mkdir(mode=0o700, parents=True)
            for name, content in contents.items():
                write_whole(folder / name, content)
            self._write(entry)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise _unwritable(self.folder, error) from error
        for other in self.folder.iterdir():
            # Whatever else lies here is not ours: somebody may have named a folder that is in use.
            if _NAME.fullmatch(other.name) and other.name != entry.name:
                shutil.rmtree(other, ignore_errors=True)

    def note(self, entry: Entry, **changes: Any) -> Entry:
        """Return an entry with changes that are on disk.

        Raises:
            OSError: They cannot be written.
        """
        changed = replace(entry, **changes)
        self._write(changed)
        return changed

    def content(self, entry: Entry, name: str) -> bytes:
        """Return what was put down when an apply began.

        Raises:
            Unusable: It is gone.
        """
        found = content_of(self.folder / entry.name / name)
        if found is None:
            position = Position(str(self.folder / entry.name / name))
            message = "what the last apply has put down is gone"
            raise unusable("journal-damaged", message, position=position)
        return found

    def _write(self, entry: Entry) -> None:
        data = {"format": _FORMAT, **asdict(entry)}
        write_whole(self.folder / _INDEX, (json.dumps(data, indent=2) + "\n").encode())


def _entry(data: Mapping[str, Any]) -> Entry:
    if data["format"] != _FORMAT:
        raise ValueError("another format")
    return Entry(
        name=str(data["name"]),
        status=Status(data["status"]),
        order=tuple(map(str, data["order"])),
        files={str(part): str(file) for part, file in data["files"].items()},
        absent=tuple(map(str, data["absent"])),
        message=str(data["message"]),
        step=str(data["step"]),
        notes=tuple(map(str, data["notes"])),
    )


def _unwritable(folder: Path, error: OSError) -> Exception:
    reason = error.strerror or str(error)
    message = f"the journal cannot be written, so nothing is begun: {reason}"
    return unusable("unwritable-folder", message, position=Position(str(folder)))
