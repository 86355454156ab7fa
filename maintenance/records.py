"""What was done: a file that only grows, one JSON object a line, on disk before it is confirmed."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sothat.maintenance.plan import Side
from sothat.model.problem import Position, Problem, Unusable, unusable
from sothat.service_levels.intervals import utc

_MAX_BYTES = 256 * 1024 * 1024


class Event(StrEnum):
    """What happened."""

    ANNOUNCED = "announced"
    CHECKED = "checked"
    STARTED = "started"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    NOTED = "noted"
    ROUTINE = "routine"


class Outcome(StrEnum):
    """How work ended."""

    DONE = "done"
    ROLLED_BACK = "rolled-back"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record.

    Attributes:
        at: When, in UTC.
        event: What happened.
        subject: The work's id, or the routine's name.
        who: Who says so.
        text: In words: what was done, which problems there were.
        outcome: Of a finished work.
        check: Name of the check, or of the routine's item.
        side: Of a check: before or after.
        passed: Of a check.
        value: What was measured, as text.
        incident: Number of an incident that the work has caused; 0: none.
        cost: Of a finished work, in its currency.
        currency: ISO 4217.
        nature: ``preventive`` or ``reactive``, of a finished work.
        overrun: Seconds that a finished work took beyond its announced end.
        day: The first day of the turn that a routine's item is for, ISO.
    """

    at: datetime
    event: Event
    subject: str
    who: str
    text: str = ""
    outcome: str = ""
    check: str = ""
    side: str = ""
    passed: bool | None = None
    value: str = ""
    incident: int = 0
    cost: float | None = None
    currency: str = ""
    nature: str = ""
    overrun: float = 0.0
    day: str = ""


class Records:
    """The entries of one file.

    Args:
        path: The file; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, entry: Entry) -> None:
        """Write an entry; it is on disk when this returns.

        Raises:
            Unusable: The file cannot be written.
        """
        line = json.dumps(_plain(entry), ensure_ascii=False, sort_keys=True)
        try:
            self._append(line.encode("utf-8", "replace") + b"\n")
        except OSError as error:
            message = f"cannot write: {error.strerror or error}"
            raise unusable(
                "unwritable-output", message, position=Position(str(self._path))
            ) from error

    def _append(self, line: bytes) -> None:
        with self._path.open("ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # What a crash has left half written must not swallow this line, too.
            size = file.seek(0, os.SEEK_END)
            if size and os.pread(file.fileno(), 1, size - 1) != b"\n":
                line = b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def all(self) -> tuple[Entry, ...]:
        """Return all entries in the order of their time; none where the file is not there.

        A last line that a crash has cut off was never confirmed, and is left out.

        Raises:
            Unusable: The file cannot be read, or a line is no entry.
        """
        try:
            if self._path.stat().st_size > _MAX_BYTES:
                raise unusable("file-too-large", "larger than 256 MiB", position=self._at(0))
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            message = f"cannot read: {error.strerror or error}"
            raise unusable("unreadable-file", message, position=self._at(0)) from error
        return tuple(sorted(self._entries(raw), key=lambda entry: entry.at))

    def _entries(self, raw: bytes) -> Iterator[Entry]:
        *lines, rest = raw.split(b"\n")
        problems = []
        for number, line in enumerate([*lines, rest], start=1):
            try:
                if line.strip():
                    yield _entry(json.loads(line))
            except (ValueError, KeyError, TypeError, OverflowError):
                # What is cut off is followed by nothing, or by what came after the crash.
                if not _is_whole(line):
                    continue
                problems.append(Problem("bad-record", "this line is no entry", self._at(number)))
        if problems:
            raise Unusable(problems)

    def _at(self, line: int) -> Position:
        return Position(str(self._path), line, 1 if line else 0)


def _is_whole(line: bytes) -> bool:
    return line.rstrip().endswith(b"}")


def _plain(entry: Entry) -> dict[str, Any]:
    data = {key: value for key, value in asdict(entry).items() if value not in ("", None)}
    for empty in (key for key in ("incident", "overrun") if not data[key]):
        del data[empty]
    return {**data, "at": utc(entry.at).isoformat(), "event": entry.event.value}


def _entry(data: Mapping[str, Any]) -> Entry:
    fields = {**data, "at": utc(datetime.fromisoformat(data["at"])), "event": Event(data["event"])}
    entry = Entry(**fields)
    texts = (entry.subject, entry.who, entry.text, entry.check, entry.nature, entry.currency)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    numbers = (entry.incident, entry.cost or 0, entry.overrun)
    if not all(isinstance(number, int | float) for number in numbers):
        raise TypeError
    if entry.outcome:
        Outcome(entry.outcome)
    if entry.event is Event.CHECKED:
        Side(entry.side)
    return entry
