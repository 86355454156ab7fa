"""Age, size and state of backups: plain files, pgBackRest, restic, borg."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sothat.exporters.clock import Deadline
from sothat.exporters.declare import flag, gauge
from sothat.exporters.posture.backups import borg, pgbackrest, restic
from sothat.exporters.posture.backups.backup import Backup, Parse
from sothat.exporters.posture.backups.plain import newest
from sothat.exporters.posture.machine import Machine
from sothat.exporters.posture.part import Part, Reader
from sothat.exporters.posture.reading import Malformed, parse_json, read
from sothat.exporters.source import Context, PollFailed, Sample, Settings
from sothat.model.metric import Label

_LARGEST = 16 * 1024 * 1024
_FORMATS: Mapping[str, Parse] = {
    "borg": borg.parse,
    "pgbackrest": pgbackrest.parse,
    "restic": restic.parse,
}
_PLAIN = "files"
_KINDS = (_PLAIN, *_FORMATS)
_Ask = Callable[[Deadline], Sequence[Backup]]


@dataclass(frozen=True, slots=True)
class _Configured:
    """One entry of the settings: its name, and what says how its backups are."""

    name: str
    ask: _Ask


def _open(settings: Settings, machine: Machine, _context: Context) -> Reader:
    entries = [_configured(entry, machine) for entry in settings.values.get("backups", ())]
    names = Counter(entry.name for entry in entries)
    for name, times in names.items():
        if times > 1:
            message = f"{times} backups have the name '{name}'"
            hint = "give each a name of its own"
            raise settings.unusable("name-clash", message, "backups", hint=hint)

    def collect(deadline: Deadline) -> Iterator[Sample]:
        for entry in entries:
            yield from _samples(entry, deadline)

    return collect


def _configured(entry: Mapping[str, Any], machine: Machine) -> _Configured:
    if _PLAIN in entry:
        return _Configured(entry["name"], lambda d: newest(machine.folder, entry[_PLAIN], d))
    kind = next(kind for kind in _FORMATS if kind in entry)
    said = entry[kind]
    parse = _FORMATS[kind]
    if isinstance(said, str):
        path = machine.folder / said
        return _Configured(entry["name"], lambda _: parse(parse_json(read(path, _LARGEST).data)))
    command: Sequence[str] = said["command"]
    return _Configured(entry["name"], lambda d: parse(_spoken(command, machine, d)))


def _spoken(command: Sequence[str], machine: Machine, deadline: Deadline) -> Any:
    output = machine.run(command, deadline)
    if output.code != 0:
        raise PollFailed("command", f"exit code {output.code}")
    return parse_json(output.data)


def _samples(entry: _Configured, deadline: Deadline) -> Iterator[Sample]:
    try:
        found = entry.ask(deadline)
    except (OSError, Malformed, PollFailed):
        yield Sample("posture_backup_readable", 0, {"backup": entry.name})
        return
    yield Sample("posture_backup_readable", 1, {"backup": entry.name})
    if not found:
        found = [Backup("", 0)]
    for backup in found:
        label = f"{entry.name}/{backup.item}" if backup.item else entry.name
        yield from _figures(backup, {"backup": label})


def _figures(backup: Backup, named: Mapping[str, str]) -> Iterator[Sample]:
    yield Sample("posture_backups", backup.held, named)
    figures = {
        "posture_backup_last_completion_timestamp_seconds": backup.completed,
        "posture_backup_size_bytes": backup.size,
        "posture_backup_valid": None if backup.valid is None else float(backup.valid),
    }
    for name, value in figures.items():
        if value is not None:
            yield Sample(name, value, named)


_TEXT = {"type": "string", "minLength": 1}
_COMMAND = {
    "type": "object",
    "additionalProperties": False,
    "required": ["command"],
    "properties": {"command": {"type": "array", "minItems": 1, "items": _TEXT}},
}
_ENTRY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "minProperties": 2,
    "maxProperties": 2,
    "properties": {
        "name": {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"},
        _PLAIN: _TEXT,
        **{name: {"anyOf": [_TEXT, _COMMAND]} for name in _FORMATS},
    },
}
_PROPERTIES: dict[str, Any] = {"backups": {"type": "array", "items": _ENTRY, "default": []}}
_BACKUP = [Label("backup", "Name in the settings, with /STANZA or /HOST where there are such")]
PART = Part(
    "backups",
    (
        gauge(
            "posture_backup_readable",
            "Whether the state of a backup could be read; its other figures are absent else.",
            [Label("backup", "Name in the settings")],
            feature=True,
        ),
        gauge("posture_backups", "Usable backups that are held.", _BACKUP, feature=True),
        gauge(
            "posture_backup_last_completion_timestamp_seconds",
            "When the newest usable backup was finished.",
            _BACKUP,
            feature=True,
        ),
        gauge(
            "posture_backup_size_bytes",
            "What the newest usable backup holds.",
            _BACKUP,
            feature=True,
        ),
        flag(
            "posture_backup_valid",
            "Whether pgBackRest calls the stanza well and its newest backup free of errors.",
            _BACKUP,
            feature=True,
        ),
    ),
    _open,
    _PROPERTIES,
)
